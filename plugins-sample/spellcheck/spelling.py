"""Finds misspelled words in documents. Pure: no files but the word list, no network, no clock.

`respond(request, dictionary)` is the whole plugin; what is around it only moves bytes.
"""

import functools
import re

PROTOCOL = "1.0"
ANNOTATION = "spelling"
COMMANDS_AT_MOST = 256  # The host refuses an answer with more.
SUGGESTIONS_AT_MOST = 5
LETTERS_AT_MOST = 30  # Longer runs of letters are no words.

MANIFEST = {
    "protocol": [PROTOCOL],
    "name": "spellcheck",
    "version": "1.0.0",
    "description": "Marks misspelled English words with an annotation and suggests better ones.",
    "subscriptions": [
        {
            "events": ["document.created", "document.changed", "block.created", "block.changed"],
            "phase": "after",
            "timeoutMilliseconds": 5000,
            "onFailure": "skip",
            "reads": ["/blocks", "/properties"],
            "writes": ["/blocks"],
            "sideEffects": "none",
        }
    ],
    "scopes": ["annotations:write"],
}

# Text in backticks, or a run of anything without white space.
PIECE = re.compile(r"`[^`]*`|[^\s`]+")
# What no dictionary can judge: code, web and mail addresses, paths, file names, words with digits or `_`.
NO_PROSE = re.compile(r"^`|[/\\@_\d]|\w\.\w")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# A word begins a sentence when only quotes and brackets lie between it and the end of the last one.
SENTENCE_START = re.compile(r"(?:^|[.!?:…\n])[\s\"'“”‘’()\[\]*_–—-]*$")


def respond(request, dictionary):
    """Answers a request as parsed from JSON; None when there is nothing to say."""
    for event in request["events"]:
        if event["type"] == "plugin.ping":
            return {"protocol": PROTOCOL, "challenge": event["data"]["challenge"], "manifest": MANIFEST}
    # Nothing else was subscribed to; what a later host sends beside it is none of our business.
    wanted = MANIFEST["subscriptions"][0]["events"]
    document = request.get("document")
    if not document or not any(event["type"] in wanted for event in request["events"]):
        return None
    commands = commands_for(document, dictionary)
    if not commands:
        return None
    answer = {"protocol": PROTOCOL, "commands": commands[:COMMANDS_AT_MOST]}
    if len(commands) > COMMANDS_AT_MOST:
        answer["notes"] = {"unfinished": "more to mark than one answer may hold; the rest follows with the next change"}
    return answer


def commands_for(document, dictionary):
    """The commands that bring the annotations in line with the text.

    It looks at the whole document and not only at what the events name: a request that was lost on its way is made
    good by the next one, and a document that is in order gets no command, so that nothing is ever done twice.
    """
    own_words = document.get("properties", {}).get("dictionary", [])
    allowed = {word.lower() for word in own_words if isinstance(word, str)} if isinstance(own_words, list) else set()
    removals, additions = [], []
    for block in blocks_in(document.get("blocks", [])):
        if len(removals) + len(additions) > COMMANDS_AT_MOST:
            break
        wanted = {} if block["type"] == "code" else misspellings(block.get("text", ""), dictionary, allowed)
        target = {"block": block["id"]}
        for annotation in block.get("annotations", []):
            if annotation["name"] != ANNOTATION:
                continue
            place = (annotation["start"], annotation["end"])
            if place in wanted and annotation["value"] == {"suggestions": wanted[place]}:
                del wanted[place]
            else:
                removals.append({"op": "annotation.remove", "target": target, "id": annotation["id"]})
        for (start, end), suggestions in wanted.items():
            additions.append(
                {
                    "op": "annotation.set",
                    "target": target,
                    "name": ANNOTATION,
                    "value": {"suggestions": suggestions},
                    "start": start,
                    "end": end,
                    # Has the text changed meanwhile, the host refuses the answer and does not mark another word.
                    "expect": {"text": block["text"][start:end]},
                }
            )
    return removals + additions


def blocks_in(blocks):
    """All blocks, in reading order; a list and not recursion, since documents may be deep."""
    waiting = list(reversed(blocks))
    while waiting:
        block = waiting.pop()
        yield block
        waiting.extend(reversed(block.get("children", [])))


def misspellings(text, dictionary, allowed=frozenset()):
    """{(start, end): [suggestions]} for each misspelled word.

    Positions count code points, as the protocol wants and as Python's strings do.
    """
    # As many zeros as there were characters keep every position where it was.
    prose = PIECE.sub(lambda match: "\0" * len(match[0]) if NO_PROSE.search(match[0]) else match[0], text)
    found = {}
    for match in WORD.finditer(prose):
        word = match.group()
        # What decides whether a sentence begins is close by.
        before = prose[max(0, match.start() - 40) : match.start()]
        if is_exempt(word, before) or word.lower() in allowed or dictionary.knows(word):
            continue
        suggestions = dictionary.suggestions(word)
        # A word that is far from every known one is more likely rare than wrong.
        if suggestions:
            found[(match.start(), match.end())] = suggestions
    return found


def is_exempt(word, before):
    """Whether a word is not to be judged: a single letter, a name, an abbreviation, not plain English letters."""
    if not 1 < len(word) <= LETTERS_AT_MOST or not word.replace("’", "'").isascii():
        return True
    if word[1:] != word[1:].lower():
        return True
    return word[0].isupper() and not SENTENCE_START.search(before)


class Dictionary:
    """The words that are known, with their regular forms.

    The list has sections, `[nouns]`, `[verbs]`, `[adjectives]`, `[other]` and `[names]`; words are separated by white
    space, and `#` starts a comment. Forms come of simple rules: houses, tried, stopping, happily. `+` after a verb
    says that its last letter is doubled although the word is long: `refer+`, referred. Names are never suggested.
    """

    def __init__(self, text):
        self.words, self.names = set(), set()
        section = "other"
        for line in text.splitlines():
            for item in line.split("#")[0].split():
                if item.startswith("["):
                    section = item.strip("[]")
                elif section == "names":
                    self.names.add(item)
                else:
                    word = item.rstrip("+")
                    self.words.add(word)
                    self.words.update(FORMS[section](word, item.endswith("+")))
        self.by_start = {}
        for word in self.words:
            self.by_start.setdefault(word[0], []).append((word, letters_of(word)))
        self.suggestions = functools.lru_cache(maxsize=4096)(self._suggestions)

    @classmethod
    def load(cls, path):
        """Reads a word list in UTF-8."""
        with open(path, encoding="utf-8") as file:
            return cls(file.read())

    def knows(self, word):
        """Whether a word is spelled well, in whatever case, possessive or not."""
        word = word.lower().replace("’", "'")
        stem = word[:-2] if word.endswith("'s") else word
        return word in self.words or stem in self.words or stem in self.names

    def _suggestions(self, word):
        """Known words within two slips of a word (one for short words), the nearest first; capitalised like it."""
        low = word.lower().replace("’", "'")
        letters = letters_of(low)
        near = edits(low) & self.words
        if not near and len(low) > 5:
            # The first letter is seldom wrong, and two slips change at most four letters: both keep the search short.
            near = {
                known
                for known, others in self.by_start.get(low[0], [])
                if abs(len(known) - len(low)) <= 2
                and bin(letters ^ others).count("1") <= 4
                and distance(low, known) <= 2
            }

        def rank(known):
            """Slips seldom touch the first letter, and mostly lose, double or swap letters that are there."""
            return known[0] != low[0], bin(letters ^ letters_of(known)).count("1"), abs(len(known) - len(low)), known

        best = sorted(near, key=rank)[:SUGGESTIONS_AT_MOST]
        return [known.capitalize() for known in best] if word[0].isupper() else best


def letters_of(word):
    """The set of letters of a word, a bit for each."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits


def edits(word):
    """All texts that are one slip away: a letter lost, two swapped, one wrong, one too many."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    pairs = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    lost = {a + letter + b for a, b in pairs for letter in letters}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in pairs if len(b) > 1}
    wrong = {a + letter + b[1:] for a, b in pairs if b for letter in letters}
    surplus = {a + b[1:] for a, b in pairs if b}
    return lost | swapped | wrong | surplus


def distance(left, right):
    """How many slips lie between two words: a letter lost, wrong or too many, or two neighbours swapped."""
    before, last = [], list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def plural(word):
    """house → houses, box → boxes, city → cities."""
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")


def joined(word, ending, doubled=False):
    """The word with an ending that begins with a vowel: making, stopped, tried, agreed."""
    if word.endswith("e") and not (ending[0] == "i" and re.search(r"[eoy]e$", word)):
        return word[:-1] + ending
    if re.search(r"[^aeiou]y$", word) and ending[0] != "i":
        return word[:-1] + "i" + ending
    if doubled or re.fullmatch(r"[^aeiou]*(qu)?[aeiou][bdfgklmnprstvz]", word):
        return word + word[-1] + ending
    return word + ending


def adverb(word):
    """quick → quickly, happy → happily, simple → simply, basic → basically."""
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ily"
    if re.search(r"[^aeiou]le$", word):
        return word[:-1] + "y"
    return word + ("y" if word.endswith("ll") else "ally" if word.endswith("ic") else "ly")


def forms_of_adjective(word, doubled):
    """The adverb; for short words also what compares, and the noun in -ness."""
    forms = {adverb(word)}
    if len(word) < 8:
        stem = word[:-1] + "i" if re.search(r"[^aeiou]y$", word) else word
        forms |= {joined(word, "er", doubled), joined(word, "est", doubled), stem + "ness"}
    return forms


def forms_of_verb(word, doubled):
    """works, worked, working, worker, workers."""
    return {plural(word)} | {joined(word, ending, doubled) for ending in ("ed", "ing", "er", "ers")}


FORMS = {
    "nouns": lambda word, _: {plural(word)},
    "verbs": forms_of_verb,
    "adjectives": forms_of_adjective,
    "other": lambda *_: set(),
}
