"""What the plugin does, without network: python3 -m unittest, in this folder."""

import pathlib
import random
import unittest

import spelling

WORDS = spelling.Dictionary.load(pathlib.Path(__file__).resolve().parent / "words.txt")


def block(text, number=1, **members):
    return {"id": f"blk_{number:026}", "type": "paragraph", "text": text, "annotations": [], "children": [], **members}


def document(*blocks, **members):
    return {"id": "doc_" + "0" * 26, "type": "note", "revision": 1, "properties": {}, "blocks": list(blocks), **members}


def request(document, type="document.changed", data=None):
    return {"protocol": "1.0", "events": [{"type": type, "data": data or {}}], "document": document}


def found(text):
    """The words that are marked in a text."""
    return [text[start:end] for start, end in spelling.misspellings(text, WORDS)]


def apply(document, commands):
    """A small stand-in for the host: carries out the two commands that this plugin sends."""
    blocks = {block["id"]: block for block in spelling.blocks_in(document["blocks"])}
    for number, command in enumerate(commands):
        annotations = blocks[command["target"]["block"]]["annotations"]
        if command["op"] == "annotation.remove":
            annotations[:] = [annotation for annotation in annotations if annotation["id"] != command["id"]]
        else:
            text = blocks[command["target"]["block"]]["text"]
            assert text[command["start"] : command["end"]] == command["expect"]["text"]
            new = {name: command[name] for name in ("name", "value", "start", "end")}
            annotations.append({"id": f"ann_{document['revision']:013}{number:013}", **new})
    document["revision"] += 1


class WordTests(unittest.TestCase):
    def test_known_words(self):
        for word in (
            "house houses boxes cities stopped tried making agreed agreeing dying children wives referred beginning "
            "don't writer's writers colour color quickly happily simply basically happier biggest nicest kindness "
            "played Anna's"
        ).split():
            with self.subTest(word):
                self.assertTrue(WORDS.knows(word))
                self.assertTrue(WORDS.knows(word.capitalize().replace("'", "’")))

    def test_misspelled_words(self):
        for word in "teh wil recieve stoping makeing citys happyly begining childs occured untill truely".split():
            with self.subTest(word):
                self.assertFalse(WORDS.knows(word))

    def test_best_suggestion(self):
        for wrong, right in {
            "teh": "the", "wil": "will", "recieve": "receive", "seperate": "separate", "wich": "which",
            "untill": "until", "definately": "definitely", "Tomorow": "Tomorrow", "stoping": "stopping", "langauge": "language",
            "maintainance": "maintenance", "occured": "occurred", "thier": "their",
        }.items():  # fmt: skip
            with self.subTest(wrong):
                self.assertEqual(WORDS.suggestions(wrong)[0], right)

    def test_suggestions_are_few_and_near(self):
        self.assertLessEqual(len(WORDS.suggestions("sed")), spelling.SUGGESTIONS_AT_MOST)
        self.assertEqual(WORDS.suggestions("xqzv"), [])
        self.assertNotIn("anna", WORDS.suggestions("anne's"))

    def test_distance(self):
        for left, right, slips in (("", "", 0), ("ab", "ab", 0), ("ab", "ba", 1), ("abc", "ac", 1), ("mitten", "sitting", 3)):
            self.assertEqual(spelling.distance(left, right), slips)


class TextTests(unittest.TestCase):
    def test_marks_what_is_wrong(self):
        self.assertEqual(found("We wil meet agian. Teh room is free."), ["wil", "agian", "Teh"])

    def test_positions_count_code_points(self):
        self.assertEqual(list(spelling.misspellings("👋🏽 Grüße: teh end", WORDS)), [(10, 13)])

    def test_leaves_alone(self):
        for text in (
            "We met Wilm in Goetheborg.",  # names
            "See https://exampel.com/teh or www.exampel.com, or write to teh@exampel.com.",
            "Run `teh comand` and read /usr/shar/teh or teh_file or readme.markdwn.",
            "The NATO, an iPhon, 3rd, x2y and a b c.",
            "Ein schöner Abend, naïve café.",
            "and/or",
            "Kubernetes xqzvk",  # far from every known word
            "a" * 40,
            "",
        ):
            with self.subTest(text):
                self.assertEqual(found(text), [] if "Ein" not in text else found("Ein Abend"))

    def test_capital_at_the_start_of_a_sentence_is_no_name(self):
        self.assertEqual(found("Recieve. “Recieve it!” Recieve? (Recieve)\nRecieve"), ["Recieve"] * 5)
        self.assertEqual(found("They Recieve"), [])

    def test_long_texts_take_no_long_time(self):
        for text in ("a" * 200_000, "`" * 200_001, "a." * 100_000, "word " * 40_000, "'" * 200_000):
            spelling.misspellings(text, WORDS)


class DocumentTests(unittest.TestCase):
    def test_annotates(self):
        answer = spelling.respond(request(document(block("We wil meet."))), WORDS)
        self.assertEqual(answer["protocol"], "1.0")
        (command,) = answer["commands"]
        self.assertEqual(command["op"], "annotation.set")
        self.assertEqual((command["name"], command["start"], command["end"]), ("spelling", 3, 6))
        self.assertEqual(command["expect"], {"text": "wil"})
        self.assertIn("will", command["value"]["suggestions"])

    def test_children_are_checked_and_code_is_not(self):
        inner = block("wil", 3)
        given = document(block("fine", 1, children=[inner]), block("teh", 2, type="code"))
        answer = spelling.respond(request(given), WORDS)
        self.assertEqual([command["target"]["block"] for command in answer["commands"]], [inner["id"]])

    def test_outdated_annotations_are_removed(self):
        old = {"id": "ann_" + "0" * 26, "name": "spelling", "value": {"suggestions": ["will"]}, "start": 3, "end": 6}
        link = {**old, "id": "ann_" + "1" * 26, "name": "link"}
        answer = spelling.respond(request(document(block("We will meet.", annotations=[old, link]))), WORDS)
        target = {"block": "blk_" + "0" * 25 + "1"}
        self.assertEqual(answer["commands"], [{"op": "annotation.remove", "target": target, "id": old["id"]}])

    def test_nothing_to_say(self):
        for given in (document(block("All is well.")), document(), None):
            self.assertIsNone(spelling.respond(request(given), WORDS))

    def test_events_of_another_kind(self):
        self.assertIsNone(spelling.respond(request(document(block("wil")), "document.dreamed"), WORDS))

    def test_words_of_the_document_itself(self):
        given = document(block("The frobnicater is on."), properties={"dictionary": ["Frobnicater", 7]})
        self.assertIsNone(spelling.respond(request(given), WORDS))
        self.assertIsNone(spelling.respond(request(document(properties={"dictionary": "none"})), WORDS))

    def test_ping(self):
        answer = spelling.respond(request(None, "plugin.ping", {"challenge": "7f3c"}), WORDS)
        self.assertEqual(answer, {"protocol": "1.0", "challenge": "7f3c", "manifest": spelling.MANIFEST})

    def test_no_more_commands_than_the_host_takes(self):
        given = document(*(block("wil teh " * 20, number) for number in range(20)))
        rounds = 0
        while answer := spelling.respond(request(given), WORDS):
            self.assertLessEqual(len(answer["commands"]), 256)
            self.assertEqual("notes" in answer, len(given["blocks"]) * 40 - rounds * 256 > 256)
            apply(given, answer["commands"])
            rounds += 1
        self.assertEqual(rounds, 4)

    def test_is_silent_about_its_own_result(self):
        chance = random.Random(1)
        pieces = "We wil meet teh Team at 👋 `code teh` recieve Grüße. Teh https://teh.example/ isn’t it? 'wil'".split(" ")

        def text():
            return " ".join(chance.choices(pieces, k=chance.randrange(12)))

        for _ in range(200):
            given = document(*(block(text(), number) for number in range(4)))
            for _ in range(3):
                answer = spelling.respond(request(given), WORDS)
                if answer:
                    apply(given, answer["commands"])
                self.assertIsNone(spelling.respond(request(given), WORDS))
                changed = chance.choice(given["blocks"])
                changed["text"] = text()
                # Annotations move with their text; to the plugin it must not matter where they went.
                for annotation in changed["annotations"]:
                    annotation["start"] = chance.randrange(5)
                    annotation["end"] = annotation["start"] + 3


if __name__ == "__main__":
    unittest.main()
