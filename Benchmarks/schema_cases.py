"""The schemas and instances that schema.py measures; every instance is valid."""

import json
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"
PROTOCOL = "https://pluginhost.example/schemas/1.0/"


def protocol_schema(name: str) -> dict:
    """A schema of the host, with all others that it may refer to inside."""
    files = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "protocol/schemas").glob("*.json"))}
    wanted, waiting = {}, [name]
    while waiting:
        current = waiting.pop()
        if current in wanted:
            continue
        wanted[current] = files[current]
        text = json.dumps(files[current])
        waiting += [other for other in files if f'"{other}.json' in text or f"{PROTOCOL}{other}.json" in text]
    schema = dict(wanted.pop(name))
    schema["$defs"] = {**schema.get("$defs", {}), **{other: value for other, value in wanted.items()}}
    return schema


def example(path: str):
    return json.loads((ROOT / "protocol/examples/valid" / path).read_text())


def answer() -> dict:
    """An answer of 16 commands, about 1.7 kB."""
    commands = []
    for number in range(4):
        commands += [
            {"op": "property.set", "pointer": f"/checks/{number}", "value": {"status": "checked", "score": 0.5 + number}},
            {
                "op": "text.replace", "target": {"block": f"blk_01kb5q8x3zv7m4n9c2r6t8w00{number}"}, "start": 12, "end": 19 + number,
                "text": "a better word than the one that stood here",
            },
            {"op": "tag.add", "tag": f"reviewed-{number}"},
            {
                "op": "block.insert", "parent": None, "index": number,
                "block": {"type": "paragraph", "text": "Somebody should look at this again before it goes out."},
            },
        ]
    return {"protocol": "1.0", "commands": commands, "notes": {"run": "7f9c24e5"}}


def plain_answer_schema() -> dict:
    """The same rules for the commands of `answer`, without references and descriptions, and with nothing else."""
    text = {"type": "string", "maxLength": 262144}
    position = {"type": "integer", "minimum": 0}

    def command(op: str, required: list, properties: dict) -> dict:
        return {
            "type": "object", "properties": {"op": {"const": op}, **properties}, "required": ["op", *required],
            "additionalProperties": False,
        }

    target = {"type": "object", "properties": {"block": text}, "required": ["block"], "additionalProperties": False}
    block = {"type": "object", "properties": {"type": text, "text": text}, "required": ["type"]}
    parent = {"type": ["string", "null"]}
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": {
            "protocol": {"type": "string", "pattern": "^1\\.[0-9]+$"},
            "commands": {
                "type": "array", "maxItems": 256,
                "items": {"oneOf": [
                    command("property.set", ["pointer", "value"], {"pointer": text, "value": True}),
                    command("property.remove", ["pointer"], {"pointer": text}),
                    command(
                        "text.replace", ["target", "text"],
                        {"target": target, "start": position, "end": position, "text": text},
                    ),
                    command("block.insert", ["block"], {"block": block, "parent": parent, "index": position}),
                    command("tag.add", ["tag"], {"tag": {"type": "string", "minLength": 1, "maxLength": 128}}),
                    command("tag.remove", ["tag"], {"tag": {"type": "string", "minLength": 1, "maxLength": 128}}),
                ]},
            },
            "notes": {"type": "object", "additionalProperties": text},
        },
        "required": ["protocol"],
        "additionalProperties": False,
    }


def meta_schema() -> dict:
    import jsonschema_specifications

    return json.loads(json.dumps(jsonschema_specifications.REGISTRY.contents(DIALECT)))


def document(blocks: int) -> dict:
    made = example("document/inline-element.json")
    pattern = made["blocks"][0]
    made["blocks"] = [{**pattern, "id": f"{pattern['id'][:-6]}{number:06}", "children": []} for number in range(blocks)]
    return made


def people(count: int) -> tuple:
    random.seed(7)
    schema = {
        "$schema": DIALECT,
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "id": {"type": "integer", "minimum": 1},
                "name": {"type": "string", "minLength": 1, "maxLength": 80},
                "email": {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+\\.[a-z]+$"},
                "state": {"enum": ["new", "active", "gone"]},
                "score": {"type": "number", "minimum": 0, "maximum": 1},
                "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 8, "uniqueItems": True},
                "address": {
                    "type": "object",
                    "properties": {"street": {"type": "string"}, "city": {"type": "string"}, "zip": {"type": "string"}},
                    "required": ["city"],
                },
            },
            "required": ["id", "name", "email", "state"],
            "additionalProperties": False,
        },
    }
    rows = [
        {
            "id": number + 1, "name": random.choice(["Ada", "Zoë", "Grace", "Jürgen", "Li"]) + f" {number}",
            "email": f"person{number}@example.org", "state": random.choice(["new", "active", "gone"]),
            "score": random.random(), "tags": [f"t{tag}" for tag in range(number % 5)],
            "address": {"street": "1 Main Street", "city": "Springfield", "zip": f"{number:05}"},
        }
        for number in range(count)
    ]
    return schema, rows


def polygon(points: int) -> tuple:
    random.seed(11)
    position = {
        "type": "array", "prefixItems": [
            {"type": "number", "minimum": -180, "maximum": 180}, {"type": "number", "minimum": -90, "maximum": 90},
        ], "minItems": 2, "maxItems": 3, "items": {"type": "number"},
    }
    schema = {
        "$schema": DIALECT,
        "type": "object",
        "properties": {
            "type": {"const": "Polygon"},
            "coordinates": {"type": "array", "items": {"type": "array", "minItems": 4, "items": {"$ref": "#/$defs/position"}}},
        },
        "required": ["type", "coordinates"],
        "$defs": {"position": position},
    }
    ring = [[round(random.uniform(-180, 180), 6), round(random.uniform(-90, 90), 6)] for _ in range(points)]
    return schema, {"type": "Polygon", "coordinates": [ring]}


def tree(depth: int) -> tuple:
    schema = {
        "$schema": DIALECT,
        "$id": "https://example.org/tree",
        "$dynamicAnchor": "node",
        "type": "object",
        "properties": {
            "name": {"type": "string"}, "children": {"type": "array", "items": {"$dynamicRef": "#node"}},
        },
        "required": ["name"],
        "unevaluatedProperties": False,
    }

    def node(level: int) -> dict:
        if level == 0:
            return {"name": "leaf"}
        return {"name": f"level {level}", "children": [node(level - 1) for _ in range(4)]}

    return schema, node(depth)


def all_cases() -> list:
    """Name, schema, instance."""
    meta = meta_schema()
    refers = {"$schema": DIALECT, "$ref": DIALECT}
    return [
        ("answer-host-schema", protocol_schema("response"), answer()),
        ("answer-plain-schema", plain_answer_schema(), answer()),
        ("answer-256-commands", protocol_schema("response"), example("response/most-commands.json")),
        ("meta-schema-itself", refers, meta),
        ("meta-schema-on-commands", refers, json.loads((ROOT / "protocol/schemas/command.json").read_text())),
        ("manifest", protocol_schema("manifest"), example("manifest/full.json")),
        ("event", protocol_schema("event"), example("event/document.changed.json")),
        ("document-10-blocks", protocol_schema("document"), document(10)),
        ("document-1000-blocks", protocol_schema("document"), document(1000)),
        ("people-1", *people(1)),
        ("people-100", *people(100)),
        ("people-10000", *people(10000)),
        ("polygon-2000-points", *polygon(2000)),
        ("tree-1365-nodes", *tree(5)),
    ]
