"""The server that the host is measured against: the same durable cycle in Python, as well as one process can do it.

Starlette on uvicorn (uvloop, httptools), aiohttp to the plugin, orjson, jsonschema-rs, and sqlite3 in WAL mode with
synchronous=FULL. `POST /v1/documents/{id}/commands` reads the change, validates it, applies it, commits it together
with the pending work, calls the one plugin (signed as Standard Webhooks says), validates its answer, applies that,
commits it with the exchange, and answers. It leaves out what the host does beyond that: matching, grants, salted
commitments to payloads, limits.

What makes it quick, since a slow peer would prove nothing: documents stay in memory (the database is written through),
whatever has queued is committed in one transaction, connections are kept alive, schemas are compiled once and chosen by
`op`, JSON is never parsed twice.

    python3 peer.py --database FILE --port N --plugin URL --token TOKEN
"""

import argparse
import asyncio
import base64
import contextlib
import hashlib
import hmac
import os
import queue
import sqlite3
import threading
import time

import aiohttp
import jsonschema_rs
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from yarl import URL

# One commit takes at most this many transactions' worth of work, so that latency stays bounded.
MOST_JOBS_A_COMMIT = 128
PLUGIN_SECONDS = 2
MOST_ANSWER_BYTES = 1 << 20

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mutations (
    seq INTEGER PRIMARY KEY, document TEXT NOT NULL, revision INTEGER NOT NULL, actor TEXT NOT NULL, exchange TEXT,
    time INTEGER NOT NULL, command BLOB NOT NULL, before BLOB NOT NULL, after BLOB NOT NULL, inverse BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS mutations_by_document ON mutations (document, revision);
CREATE TABLE IF NOT EXISTS exchanges (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, outcome TEXT NOT NULL, time INTEGER NOT NULL,
    request BLOB NOT NULL, response BLOB NOT NULL, timings BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS exchanges_by_document ON exchanges (document, seq);
CREATE TABLE IF NOT EXISTS pending (id TEXT PRIMARY KEY, document TEXT NOT NULL, event BLOB NOT NULL) WITHOUT ROWID;
"""

COMMANDS = {
    "property.set": {
        "type": "object",
        "required": ["op", "pointer", "value"],
        "additionalProperties": False,
        "properties": {
            "op": {"const": "property.set"},
            "pointer": {"type": "string", "pattern": "^(/([^~/]|~[01])*)*$", "maxLength": 4096},
            "value": True,
            "expect": {"type": "object"},
        },
    },
    "property.remove": {
        "type": "object",
        "required": ["op", "pointer"],
        "additionalProperties": False,
        "properties": {
            "op": {"const": "property.remove"},
            "pointer": {"type": "string", "pattern": "^(/([^~/]|~[01])*)*$", "maxLength": 4096},
            "expect": {"type": "object"},
        },
    },
    "document.setTitle": {
        "type": "object",
        "required": ["op", "title"],
        "additionalProperties": False,
        "properties": {
            "op": {"const": "document.setTitle"},
            "title": {"type": "string", "maxLength": 262144},
            "expect": {"type": "object"},
        },
    },
}

LIST = {"type": "array", "maxItems": 256, "items": {"type": "object", "required": ["op"]}}

CHANGE = jsonschema_rs.validator_for({
    "type": "object",
    "required": ["commands"],
    "additionalProperties": False,
    "properties": {
        "commands": LIST,
        "baseRevision": {"type": "integer", "minimum": 0},
        "expectRevision": {"type": "integer", "minimum": 0},
        "dryRun": {"type": "boolean"},
    },
})
ANSWER = jsonschema_rs.validator_for({
    "type": "object",
    "required": ["protocol"],
    "additionalProperties": False,
    "properties": {
        "protocol": {"const": "1.0"},
        "verdict": {"type": "object"},
        "commands": LIST,
        "view": {"type": "object"},
        "warnings": {"type": "array", "items": {"type": "string"}},
        "notes": {"type": "object"},
        "state": {"type": "object"},
        "defer": {"type": "object"},
    },
})
VALIDATORS = {op: jsonschema_rs.validator_for(schema) for op, schema in COMMANDS.items()}


class Refused(Exception):
    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status, self.message = status, message


def check_commands(commands: list):
    for index, command in enumerate(commands):
        validator = VALIDATORS.get(command["op"])
        if validator is None or not validator.is_valid(command):
            raise Refused(422, f"/commands/{index} is not a command")


def tokens(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def apply(document: dict, commands: list, actor: dict, now: str) -> tuple[dict, list]:
    """A changed copy of the document and the mutations that led there; the document itself when nothing changes."""
    changed = {**document, "properties": dict(document["properties"])}
    mutations = []
    for index, command in enumerate(commands):
        op = command["op"]
        if op == "document.setTitle":
            holder, key, pointer, value = changed, "title", "/title", command["title"]
            back = {"op": op, "title": holder[key]}
        else:
            path = tokens(command["pointer"])
            if not path:
                raise Refused(409, f"/commands/{index} names no property")
            holder, key, pointer = changed["properties"], path[-1], "/properties" + command["pointer"]
            for token in path[:-1]:
                inner = holder.get(token)
                if not isinstance(inner, dict):
                    raise Refused(409, f"/commands/{index} names no property")
                holder[token] = holder = dict(inner)
            back = {"op": "property.remove", "pointer": command["pointer"]}
            if key in holder:
                back = {"op": "property.set", "pointer": command["pointer"], "value": holder[key]}
            if op == "property.remove":
                if key not in holder:
                    raise Refused(409, f"/commands/{index} names no property")
                before = holder.pop(key)
                mutations.append({"command": command, "pointer": pointer, "before": before, "after": None, "inverse": [back]})
                continue
            value = command["value"]
        before = holder.get(key)
        if key in holder and before == value:
            continue
        holder[key] = value
        mutations.append({"command": command, "pointer": pointer, "before": before, "after": value, "inverse": [back]})
    if not mutations:
        return document, []
    changed["revision"] = document["revision"] + 1
    changed["updatedBy"], changed["updatedAt"] = actor, now
    return changed, mutations


class Database:
    """Group commit: whatever has queued goes into one transaction.

    The statements run on the event loop's thread and only COMMIT, which waits for the disk, on another. All of it on
    the other thread was slower: each statement gives up the interpreter's lock and then waits for it behind the loop.
    """

    def __init__(self, path: str, loop: asyncio.AbstractEventLoop):
        self.loop = loop
        self.jobs: list = []
        self.committing = self.scheduled = False
        self.orders: queue.SimpleQueue = queue.SimpleQueue()
        # Never used by both threads at once: the loop's does not touch it while a commit is under way.
        self.connection = sqlite3.connect(path, isolation_level=None, cached_statements=64, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.executescript(SCHEMA)
        self.thread = threading.Thread(target=self.commit_on_order, name="database")
        self.thread.start()

    def submit(self, work: list) -> asyncio.Future:
        """Runs `(sql, rows)` pairs in one transaction with others; the future ends when they are durable."""
        future = self.loop.create_future()
        self.jobs.append((work, future))
        if not self.scheduled and not self.committing:
            self.scheduled = True
            self.loop.call_soon(self.begin)
        return future

    def begin(self):
        self.scheduled = False
        batch, self.jobs = self.jobs[:MOST_JOBS_A_COMMIT], self.jobs[MOST_JOBS_A_COMMIT:]
        execute, execute_many = self.connection.execute, self.connection.executemany
        try:
            execute("BEGIN IMMEDIATE")
            for work, _ in batch:
                for sql, rows in work:
                    if len(rows) == 1:
                        execute(sql, rows[0])
                    else:
                        execute_many(sql, rows)
        except sqlite3.Error as error:
            if self.connection.in_transaction:
                execute("ROLLBACK")
            self.end(batch, error)
            return
        self.committing = True
        self.orders.put(batch)

    def commit_on_order(self):
        while (batch := self.orders.get()) is not None:
            error = None
            try:
                self.connection.execute("COMMIT")
            except sqlite3.Error as failed:
                error = failed
            self.loop.call_soon_threadsafe(self.end, batch, error)

    def end(self, batch: list, error: Exception | None):
        self.committing = False
        for _, future in batch:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
        if self.jobs and not self.scheduled:
            self.scheduled = True
            self.loop.call_soon(self.begin)

    def close(self):
        self.orders.put(None)
        self.thread.join()
        self.connection.close()


PUT_DOCUMENT = (
    "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, body = excluded.body"
)
PUT_MUTATION = (
    "INSERT INTO mutations (document, revision, actor, exchange, time, command, before, after, inverse)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
PUT_EXCHANGE = (
    "INSERT INTO exchanges (id, document, outcome, time, request, response, timings) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
PUT_PENDING = "INSERT INTO pending VALUES (?, ?, ?)"
DROP_PENDING = "DELETE FROM pending WHERE id = ?"


def identifier(prefix: str) -> str:
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def timestamp() -> str:
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{milliseconds:03}Z"


class Server:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.documents: dict[str, dict] = {}
        self.locks: dict[str, asyncio.Lock] = {}
        self.token = hashlib.sha256(options.token.encode()).digest()
        self.secret = os.urandom(32)
        self.plugin_id = identifier("plg")
        self.plugin_url = URL(options.plugin)
        self.client_actor = {"type": "client", "id": "cli_bench"}
        self.plugin_actor = {"type": "plugin", "id": self.plugin_id, "name": "nginx"}
        self.host = {"name": "peer", "url": f"http://127.0.0.1:{options.port}"}
        self.plugin = {"id": self.plugin_id, "scopes": ["properties:write"], "state": {}}

    @contextlib.asynccontextmanager
    async def life(self, _app: Starlette):
        self.database = Database(self.options.database, asyncio.get_running_loop())
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=128, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=PLUGIN_SECONDS),
            skip_auto_headers=("user-agent", "accept", "accept-encoding"),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        try:
            yield
        finally:
            await self.session.close()
            self.database.close()

    def authorise(self, request: Request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        digest = hashlib.sha256(token.encode()).digest()
        if scheme.lower() != "bearer" or not hmac.compare_digest(digest, self.token):
            raise Refused(401, "a bearer token is needed")

    def document(self, key: str) -> dict:
        document = self.documents.get(key)
        if document is None:
            raise Refused(404, "no such document")
        return document

    def rows(self, document: dict, body: bytes, mutations: list, actor: bytes, exchange: str | None) -> list:
        now, key, revision = time.time_ns() // 1_000_000, document["id"], document["revision"]
        dumps = orjson.dumps
        return [
            (PUT_DOCUMENT, [(key, revision, body)]),
            (PUT_MUTATION, [
                (key, revision, actor, exchange, now, dumps(m["command"]), dumps(m["before"]), dumps(m["after"]), dumps(m["inverse"]))
                for m in mutations
            ]),
        ]

    async def call(self, exchange: str, body: bytes) -> bytes:
        stamp = str(int(time.time()))
        mac = hmac.digest(self.secret, f"{exchange}.{stamp}.".encode() + body, "sha256")
        headers = {
            "content-type": "application/json",
            "webhook-id": exchange,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
            "pluginhost-budget-ms": "2000",
        }
        async with self.session.post(self.plugin_url, data=body, headers=headers, allow_redirects=False) as answer:
            data = await answer.content.read(MOST_ANSWER_BYTES + 1) if answer.content_length is None else await answer.read()
            if answer.status != 200 or answer.content_type != "application/json" or len(data) > MOST_ANSWER_BYTES:
                raise Refused(502, "the plugin's answer is no answer")
            return data

    async def create(self, request: Request) -> Response:
        self.authorise(request)
        given = orjson.loads(await request.body())
        now = timestamp()
        document = {
            "id": identifier("doc"), "type": given["type"], "title": given["title"], "revision": 1,
            "properties": given.get("properties", {}), "tags": [], "participants": [], "blocks": given.get("blocks", []),
            "createdBy": self.client_actor, "createdAt": now, "updatedBy": self.client_actor, "updatedAt": now,
        }
        body = orjson.dumps(document)
        await self.database.submit([(PUT_DOCUMENT, [(document["id"], 1, body)])])
        self.documents[document["id"]] = document
        return Response(body, 201, media_type="application/json")

    async def get(self, request: Request) -> Response:
        self.authorise(request)
        return Response(orjson.dumps(self.document(request.path_params["id"])), media_type="application/json")

    async def ready(self, _request: Request) -> Response:
        return Response(b'{"status":"ready"}', media_type="application/json")

    async def change(self, request: Request) -> Response:
        self.authorise(request)
        key = request.path_params["id"]
        try:
            given = orjson.loads(await request.body())
        except orjson.JSONDecodeError as error:
            raise Refused(400, str(error)) from None
        if not CHANGE.is_valid(given):
            raise Refused(422, "not a change")
        check_commands(given["commands"])
        settled = request.query_params.get("wait") == "settled"
        lock = self.locks.setdefault(key, asyncio.Lock())
        async with lock:
            document = self.document(key)
            expected = given.get("expectRevision")
            if expected is not None and expected != document["revision"]:
                raise Refused(412, "the document has moved on")
            document, mutations = apply(document, given["commands"], self.client_actor, timestamp())
            event = {
                "id": identifier("evt"), "type": "document.changed", "phase": "after", "time": timestamp(), "hop": 0,
                "causes": [], "commands": [mutation["command"] for mutation in mutations],
                "data": {"fromRevision": document["revision"] - 1, "revision": document["revision"]},
            }
            body, exchange = orjson.dumps(document), identifier("exc")
            work = self.rows(document, body, mutations, orjson.dumps(self.client_actor), None)
            work.append((PUT_PENDING, [(exchange, key, orjson.dumps(event))]))
            await self.database.submit(work)
            self.documents[key] = document
            reaction = self.react(key, document, body, event, exchange)
            exchanges = [await reaction] if settled else []
            if not settled:
                asyncio.get_running_loop().create_task(reaction)
            answer = orjson.dumps({
                "document": self.documents[key], "mutations": mutations, "exchanges": exchanges, "warnings": [],
                "settled": settled,
            })
        return Response(answer, media_type="application/json")

    async def react(self, key: str, document: dict, body: bytes, event: dict, exchange: str) -> dict:
        """Asks the plugin about a committed change and commits what it answers, if it is good."""
        started = time.perf_counter_ns()
        asked = orjson.dumps({
            "protocol": "1.0", "exchange": exchange, "dryRun": False, "budgetMilliseconds": PLUGIN_SECONDS * 1000,
            "host": self.host, "plugin": self.plugin, "actor": self.client_actor, "events": [event],
            "document": orjson.Fragment(body), "view": None,
        })
        commands, mutations, work, outcome, data = [], [], [], "nothing", b""
        try:
            data = await self.call(exchange, asked)
            answered = time.perf_counter_ns()
            answer = orjson.loads(data)
            if not ANSWER.is_valid(answer):
                raise Refused(502, "the plugin's answer does not match the schema")
            commands = answer.get("commands", [])
            check_commands(commands)
            changed, mutations = apply(self.documents[key], commands, self.plugin_actor, timestamp())
            if mutations:
                outcome = "applied"
                work = self.rows(changed, orjson.dumps(changed), mutations, orjson.dumps(self.plugin_actor), exchange)
        except (Refused, aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
            answered, outcome = time.perf_counter_ns(), "refused"
        timings = {"plugin": (answered - started) / 1e6, "apply": (time.perf_counter_ns() - answered) / 1e6}
        work.append((PUT_EXCHANGE, [
            (exchange, key, outcome, time.time_ns() // 1_000_000, asked, data, orjson.dumps(timings))
        ]))
        work.append((DROP_PENDING, [(exchange,)]))
        await self.database.submit(work)
        if mutations:
            self.documents[key] = changed
        return {
            "id": exchange, "plugin": self.plugin_id, "document": key, "phase": "after", "events": [event["id"]],
            "outcome": outcome, "commands": commands, "timings": timings, "time": event["time"],
        }


async def refused(_request: Request, error: Refused) -> Response:
    problem = {"type": "about:blank", "status": error.status, "detail": error.message}
    return Response(orjson.dumps(problem), error.status, media_type="application/problem+json")


def main():
    parser = argparse.ArgumentParser(description="The Python server that the benchmark measures beside the host.")
    parser.add_argument("--database", required=True, help="the SQLite file")
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    parser.add_argument("--plugin", required=True, help="the URL of the one plugin")
    parser.add_argument("--token", required=True, help="what clients must bear")
    options = parser.parse_args()
    server = Server(options)
    app = Starlette(
        routes=[
            Route("/readyz", server.ready),
            Route("/v1/documents", server.create, methods=["POST"]),
            Route("/v1/documents/{id}", server.get),
            Route("/v1/documents/{id}/commands", server.change, methods=["POST"]),
        ],
        lifespan=server.life,
        exception_handlers={Refused: refused},
    )
    uvicorn.run(
        app, host="127.0.0.1", port=options.port, loop="uvloop", http="httptools", ws="none", access_log=False,
        log_level="warning", server_header=False, timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
