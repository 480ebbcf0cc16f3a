"""Work for a host that is killed in the midst of it, and what must be true of what it leaves."""

import collections
import contextlib
import http.client
import itertools
import json
import os
import random
import shutil
import sqlite3
import tempfile
import threading
import time
import urllib.parse

from host import Host, Plugin


class Change:
    """One change by a person, whose title, block and tag hold a word that occurs nowhere else."""

    def __init__(self, word, document=None):
        self.word, self.document, self.answer = word, document, None
        if document is None:
            self.path = "/v1/documents"
            block = {"type": "paragraph", "text": word}
            self.body = {"type": "note", "title": word, "blocks": [block], "properties": {"word": word}}
        else:
            self.path = f"/v1/documents/{document}/commands?wait=committed"
            insert = {"op": "block.insert", "block": {"type": "paragraph", "text": word}, "parent": None}
            self.body = {"commands": [insert, {"op": "tag.add", "tag": word}]}

    def headers(self, token):
        return {"authorization": f"Bearer {token}", "content-type": "application/json", "idempotency-key": self.word}

    def acknowledge(self, answer):
        self.answer = answer
        if self.document is None:
            self.document = answer["id"]


class Load:
    """People who change documents at once, as fast as the host lets them, until it is gone or they are told to end."""

    def __init__(self, host, run, random, authors=4, documents=3):
        self.host, self.run, self.documents = host, run, documents
        self.known, self.acknowledged, self.doubtful, self.refused = [], [], [], []
        self.lock, self.isOver = threading.Lock(), False
        address = urllib.parse.urlsplit(host.url)
        self.address = (address.hostname, address.port)
        seeds = [random.getrandbits(64) for _ in range(authors)]
        self.threads = [threading.Thread(target=self.work, args=(number, seed)) for number, seed in enumerate(seeds)]
        for thread in self.threads:
            thread.start()

    def work(self, author, seed):
        choose = random.Random(seed)
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        for count in itertools.count():
            if self.isOver:
                return
            with self.lock:
                document = choose.choice(self.known) if len(self.known) >= self.documents else None
            change = Change(f"r{self.run}a{author}n{count}", document)
            try:
                connection.request("POST", change.path, json.dumps(change.body), change.headers(self.host.token))
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                # It may have been made or not; nobody told.
                self.doubtful.append(change)
                return
            if answer.status not in (200, 201):
                self.refused.append((change, json.loads(body)))
                continue
            change.acknowledge(json.loads(body))
            self.acknowledged.append(change)
            if document is None:
                with self.lock:
                    self.known.append(change.document)

    def join(self):
        for thread in self.threads:
            thread.join()

    def end(self):
        """Has the people stop, each after the change that is under way."""
        self.isOver = True
        self.join()


class Plugins:
    """One asked before each change and two after it, each of whose answers can be told from all others.

    The checker and the marker answer with two commands that name the exchange, and with how many changes they have
    seen of the document, which they are told again by the host; the counter answers with the latter alone.
    """

    BOTH = ("document.created", "document.changed")

    def __init__(self, random):
        self.lock, self.random = threading.Lock(), random
        self.checker = Plugin("checker", self.mark, phase="before", events=self.BOTH,
                              scopes=("tags:write", "comments:write"), onFailure="reject", timeoutMilliseconds=5000)
        self.marker = Plugin("marker", self.mark, events=self.BOTH, scopes=("tags:write", "comments:write"),
                             timeoutMilliseconds=10000)
        self.counter = Plugin("counter", self.count, events=self.BOTH, timeoutMilliseconds=10000)
        self.all = [self.checker, self.marker, self.counter]

    def register(self, host):
        self.ids = {plugin: host.register(plugin)["id"] for plugin in self.all}

    def close(self):
        for plugin in self.all:
            plugin.__exit__()

    def mark(self, request):
        exchange = request["exchange"]
        commands = [{"op": "tag.add", "tag": exchange}, {"op": "comment.add", "text": exchange}]
        return dict(self.count(request), commands=commands)

    def count(self, request):
        with self.lock:
            pause = self.random.choice((0, 0, 0.002, 0.02))
        time.sleep(pause)
        return {"protocol": "1.0", "state": {"count": request["plugin"]["state"].get("count", 0) + 1}}


@contextlib.contextmanager
def files_of(database):
    """The database as a killed host left it: a copy, so that looking at it changes nothing for the next start."""
    with tempfile.TemporaryDirectory(prefix="pluginhost-crash-") as folder:
        for suffix in ("", "-wal"):
            if os.path.exists(database + suffix):
                shutil.copy(database + suffix, os.path.join(folder, "copy" + suffix))
        with contextlib.closing(sqlite3.connect(os.path.join(folder, "copy"))) as copy:
            yield copy


class Trace:
    """Everything that was promised over all runs, and the checks that it was kept."""

    def __init__(self, test, database, plugins):
        self.test, self.database, self.plugins = test, database, plugins
        self.acknowledged, self.doubtful = [], []
        # Exchanges that had no end when the host was killed, and events that waited for a plugin then.
        self.open, self.waiting = set(), set()
        self.checked = set()

    def killed(self):
        """Takes note of what the host left undone."""
        with files_of(self.database) as copy:
            self.test.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.open |= {id for (id,) in copy.execute("SELECT id FROM exchange WHERE outcome IS NULL")}
            self.waiting = {(plugin, event["id"]) for plugin, events in copy.execute("SELECT plugin, events FROM work")
                            for event in json.loads(events)}

    def left(self):
        """How much is under way or waits, read beside the running host."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return database.execute("SELECT (SELECT count(*) FROM exchange WHERE outcome IS NULL)"
                                    " + (SELECT count(*) FROM work)").fetchone()[0]

    def repeat(self, host):
        """Sends again, with the same keys, what nobody told how it ended."""
        for change in self.doubtful:
            answer = host.call("POST", change.path, json.dumps(change.body), change.headers(host.token))
            self.test.assertIn(answer.status, (200, 201), answer.raw)
            change.acknowledge(answer.json)
        self.acknowledged += self.doubtful
        self.doubtful = []

    def check(self, host, again=False):
        """All that must be true once a host that was started again has nothing left to do.

        Documents that were found right are looked at again only if asked for: nobody changes them any more.
        """
        deadline = time.monotonic() + 60
        while (left := self.left()) > 0:
            self.test.assertLess(time.monotonic(), deadline, f"{left} exchanges or pieces of work do not end")
            time.sleep(0.02)
        self.check_waiting_work()
        changes = collections.defaultdict(list)
        for change in self.acknowledged:
            changes[change.document].append(change)
        documents = set(changes) - (set() if again else self.checked)
        for document in documents:
            self.check_document(host, document, changes[document])
        self.checked |= documents
        self.check_interrupted(host)

    def check_waiting_work(self):
        """Each event was told to a plugin at most once, and those that waited when the host was killed, once."""
        for plugin in self.plugins.all:
            exchanges = [request["exchange"] for request in plugin.requests]
            self.test.assertEqual(len(exchanges), len(set(exchanges)), "an exchange was sent twice")
            if plugin is self.plugins.checker:
                continue
            told = collections.Counter(event["id"] for request in plugin.requests for event in request["events"])
            self.test.assertLessEqual(set(told.values()), {1}, "an event was told twice")
            waited = {event for id, event in self.waiting if id == self.plugins.ids[plugin]}
            self.test.assertLessEqual(waited, set(told), "work that waited did not go on")
        self.waiting = set()

    def check_interrupted(self, host):
        interrupted = {exchange["id"] for exchange in pages(host, "/v1/exchanges?outcome=interrupted")}
        self.test.assertEqual(interrupted, self.open, "exchanges without an end, and those marked as interrupted")
        entries = {entry["exchange"] for entry in pages(host, "/v1/audit?kind=exchange.failed")}
        self.test.assertEqual(entries, self.open, "the ledger's entries of exchanges that were cut off")

    def check_document(self, host, id, changes):
        equal = self.test.assertEqual
        document = host.call("GET", f"/v1/documents/{id}").json
        history = pages(host, f"/v1/documents/{id}/history")
        exchanges = pages(host, f"/v1/exchanges?document={id}")
        equal([item["revision"] for item in history], list(range(document["revision"], 0, -1)))
        mutations = [dict(mutation, revision=item["revision"]) for item in history for mutation in item["mutations"]]
        commands = [mutation["command"] for mutation in mutations]

        # The document holds what its history says, and nothing else.
        equal(sorted(document["tags"]), sorted(command["tag"] for command in commands if command["op"] == "tag.add"))
        texts = [block["text"] for block in document["blocks"]]
        equal(sorted(texts[1:]), sorted(c["block"]["text"] for c in commands if c["op"] == "block.insert"))
        comments = [comment["text"] for comment in document["comments"]]
        equal(sorted(comments), sorted(c["text"] for c in commands if c["op"] == "comment.add"))

        # Each acknowledged change was made once, whole, in the revision that was acknowledged.
        for change in changes:
            if change.path == "/v1/documents":
                equal((document["title"], texts[0]), (change.word, change.word))
                continue
            made = [mutation for mutation in mutations if word(mutation["command"]) == change.word]
            equal(sorted(mutation["op"] for mutation in made), ["block.insert", "tag.add"])
            equal({m["revision"] for m in made}, {change.answer["document"]["revision"]})
            self.test.assertLessEqual(set(change.answer["document"]["tags"]), set(document["tags"]))

        # Each answer was applied whole or not at all, and its end says which.
        marks = collections.defaultdict(list)
        for mutation in mutations:
            if mutation["exchange"]:
                marks[mutation["exchange"]].append(mutation["op"])
        for exchange in exchanges:
            self.test.assertIn(exchange["outcome"], ("applied", "nothing", "interrupted", "skipped", "refused"))
            isMade = exchange["outcome"] == "applied"
            equal(sorted(marks.pop(exchange["id"], [])), ["comment.add", "tag.add"] if isMade else [], exchange)
        equal(marks, {}, "mutations of exchanges that are not there")

        # Each after plugin was to be told each event that is not its own doing, in one exchange.
        for plugin in (self.plugins.marker, self.plugins.counter):
            wanted = {item["event"] for item in history if item["plugin"] != self.plugins.ids[plugin]}
            own = [exchange for exchange in exchanges if exchange["plugin"] == self.plugins.ids[plugin]]
            listed = collections.Counter(event["id"] for exchange in own for event in exchange["events"])
            equal(listed, collections.Counter(wanted))
        self.check_states(id, exchanges)

    def check_states(self, document, exchanges):
        """A state was stored with each answer that was taken, and with no other."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            states = dict(database.execute("SELECT plugin, state FROM plugin_state WHERE document = ?", (document,)))
        for plugin in (self.plugins.marker, self.plugins.counter):
            id = self.plugins.ids[plugin]
            taken = sum(e["plugin"] == id and e["outcome"] in ("applied", "nothing") for e in exchanges)
            self.test.assertEqual(json.loads(states.get(id, '{"count": 0}'))["count"], taken)


def word(command):
    """What a command put in, if it is one of those that tell."""
    return command["block"]["text"] if command["op"] == "block.insert" else command.get("tag")


def pages(host, path):
    """All items of a list, newest first."""
    items, cursor = [], None
    while True:
        more = ("&" if "?" in path else "?") + "limit=1000" + (f"&cursor={cursor}" if cursor else "")
        answer = host.call("GET", path + more)
        assert answer.status == 200, answer.raw
        items += answer["items"]
        cursor = answer.json.get("nextCursor")
        if not cursor:
            return items
