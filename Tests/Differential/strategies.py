"""Hypothesis strategies for schemas of draft 2020-12 and for instances that come close to them."""

from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

NAMES = ["a", "b", "c", "op", "", "é", "a/b", "~1", "x-1", "a name"]
TEXTS = ["", "a", "b", "aa", "abc", "é", "e\u0301", "😀", "1", "a\nb", "A-1", "2024-01-01", "null"]
# What ECMA-262 and the peer's engine both know, with classes whose meaning they must agree on.
PATTERNS = [
    "^a", "b$", "^[a-z]+$", "[^a-z]", "^.$", "^a{2,3}$", "(a|b)+", "^\\d+$", "\\w", "\\s", "^\\p{L}+$", "a.b", "^$", "^(?:a|é)*$",
    "\\S\\D", "^[\\w-]+$", "(?=a)", "^(?!a)", "(.)\\1",
]
NUMBERS = st.one_of(
    st.integers(-5, 20), st.sampled_from([0, 1, -1, 2**31, 2**53, 2**63 - 1, -(2**63)]),
    st.integers(-400, 400).map(lambda value: value / 4), st.sampled_from([0.5, 1.0, 1.5, -0.0, 2.5, 1e3, 1e15]),
)
COUNTS = st.integers(0, 4)
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
# Keywords by the type they are about; the others are about all.
ABOUT = {
    "number": ["multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "type", "enum", "const"],
    "string": ["minLength", "maxLength", "pattern", "format", "contentMediaType", "type", "enum"],
    "array": [
        "minItems", "maxItems", "uniqueItems", "prefixItems", "items", "contains", "minContains", "maxContains",
        "unevaluatedItems", "type",
    ],
    "object": [
        "minProperties", "maxProperties", "required", "dependentRequired", "dependentSchemas", "properties",
        "patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties", "type",
    ],
}
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(TEXTS)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)),
    max_leaves=8,
)


def some_of(draw, groups: dict) -> dict:
    """A schema of up to five of these keywords, most of them about one type."""
    focus = draw(st.sampled_from(sorted(ABOUT)))
    about = [name for name in ABOUT[focus] if name in groups]
    general = [name for name in groups if not any(name in names for names in ABOUT.values())]
    chosen = draw(st.lists(st.sampled_from(about), min_size=1, max_size=4, unique=True))
    chosen += draw(st.lists(st.sampled_from(general), max_size=2, unique=True))
    if "if" in chosen and "then" in groups:
        chosen += ["then", "else"]
    return {name: draw(groups[name]) for name in dict.fromkeys(chosen)}


@st.composite
def schemas(draw, depth: int = 2, definitions: tuple = ()):
    if draw(st.integers(0, 15)) == 15:
        return draw(st.booleans())
    groups = {
        "type": st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True)),
        "enum": st.lists(VALUES, min_size=1, max_size=4),
        "const": VALUES,
        "multipleOf": st.sampled_from([1, 2, 3, 7, 0.5, 0.25, 1.5]),
        "minimum": NUMBERS, "maximum": NUMBERS, "exclusiveMinimum": NUMBERS, "exclusiveMaximum": NUMBERS,
        "minLength": COUNTS, "maxLength": COUNTS, "pattern": st.sampled_from(PATTERNS),
        "minItems": COUNTS, "maxItems": COUNTS, "uniqueItems": st.booleans(),
        "minProperties": COUNTS, "maxProperties": COUNTS,
        "required": st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
        "dependentRequired": st.dictionaries(
            st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=2, unique=True), max_size=2
        ),
        "format": st.sampled_from(["date", "email", "regex", "unknown"]),
        "contentMediaType": st.just("application/json"),
        "title": st.just("A title"),
    }
    if definitions:
        groups["$ref"] = st.sampled_from([f"#/$defs/{name}" for name in definitions] + [f"#anchor-{name}" for name in definitions])
    if depth > 0:
        inner = schemas(depth - 1, definitions)
        some = st.lists(inner, min_size=1, max_size=3)
        # A schema that refers to itself must do so from inside the value.
        child = st.one_of(inner, inner, st.just({"$ref": "#"}))
        groups.update({
            "allOf": some, "anyOf": some, "oneOf": some, "not": inner,
            "if": inner, "then": inner, "else": inner,
            "dependentSchemas": st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
            "prefixItems": st.lists(child, min_size=1, max_size=3), "items": child, "contains": inner,
            "minContains": COUNTS, "maxContains": COUNTS,
            "properties": st.dictionaries(st.sampled_from(NAMES), child, max_size=3),
            "patternProperties": st.dictionaries(st.sampled_from(PATTERNS), child, max_size=2),
            "additionalProperties": child, "propertyNames": inner,
            "unevaluatedItems": inner, "unevaluatedProperties": inner,
        })
    return some_of(draw, groups)


@st.composite
def documents(draw):
    """A whole schema; its definitions only refer to those before them, so that no reference is endless."""
    known: tuple = ()
    definitions = {}
    for name in ["p", "q"][: draw(st.integers(0, 2))]:
        made = draw(schemas(1, known))
        definitions[name] = {**made, "$anchor": f"anchor-{name}"} if isinstance(made, dict) else {"$anchor": f"anchor-{name}", "not": {}}
        known = (*known, name)
    schema = draw(schemas(2, known))
    if isinstance(schema, dict) and (definitions or draw(st.booleans())):
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "$defs": definitions}
    return schema


def simplified(schema):
    """What hypothesis-jsonschema understands of a schema: it knows draft 7, and needs no more than a direction."""
    if not isinstance(schema, dict):
        return schema
    known = {}
    for key, value in schema.items():
        if key in ("allOf", "anyOf", "oneOf"):
            known[key] = [simplified(each) for each in value]
        elif key == "properties":
            known[key] = {name: simplified(each) for name, each in value.items()}
        elif key == "prefixItems":
            known["items"] = [simplified(each) for each in value]
        elif key == "items":
            known.setdefault("items", simplified(value))
        elif key in (
            "type", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required",
            "minProperties", "maxProperties", "multipleOf",
        ):
            known[key] = value
    return known


@st.composite
def near(draw, schema, root, depth: int = 4):
    """A value that comes close to a schema: each part is made for one of the schemas that apply to it, or is arbitrary."""
    if not isinstance(schema, dict) or depth == 0 or draw(st.integers(0, 9)) == 9:
        return draw(VALUES)
    inner = [schema[key] for key in ("$ref", "not", "if", "then", "else") if key in schema]
    inner += [each for key in ("allOf", "anyOf", "oneOf") for each in schema.get(key, [])]
    if inner and draw(st.booleans()):
        target = draw(st.sampled_from(inner))
        if target == "#":
            target = root
        elif isinstance(target, str):
            target = root["$defs"][target.removeprefix("#anchor-").removeprefix("#/$defs/")]
        return draw(near(target, root, depth - 1))
    if "const" in schema and draw(st.booleans()):
        return schema["const"]
    if "enum" in schema and draw(st.booleans()):
        return draw(st.sampled_from(schema["enum"]))
    types = schema.get("type") or [name for name in ABOUT if any(key in schema for key in ABOUT[name])] or TYPES
    chosen = draw(st.sampled_from([types] if isinstance(types, str) else types))
    if chosen == "object":
        names = st.sampled_from([*schema.get("properties", {}), *schema.get("required", []), *NAMES])
        other = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        return {
            name: draw(near(schema.get("properties", {}).get(name, other), root, depth - 1))
            for name in draw(st.lists(names, max_size=4, unique=True))
        }
    if chosen == "array":
        first = schema.get("prefixItems", [])
        rest = schema.get("items", schema.get("contains", schema.get("unevaluatedItems", True)))
        count = draw(st.integers(0, 4))
        return [draw(near(first[place] if place < len(first) else rest, root, depth - 1)) for place in range(count)]
    if chosen == "string":
        return draw(st.sampled_from(TEXTS))
    if chosen in ("number", "integer"):
        bounds = [schema[key] for key in ABOUT["number"][:5] if key in schema] or [0]
        return draw(st.sampled_from(bounds)) + draw(st.sampled_from([0, 0, 1, -1, 0.5]))
    return draw(st.none() if chosen == "null" else st.booleans())


@st.composite
def cases(draw, count: int):
    """A schema and so many instances: arbitrary, made to fit by hypothesis-jsonschema, and near."""
    schema = draw(documents())
    instances = [draw(VALUES)]
    try:
        instances.append(draw(from_schema(simplified(schema), allow_x00=False)))
    except Exception:  # noqa: BLE001 - it gives up on what nothing fits, and on some of what it does not know
        instances.append(draw(VALUES))
    instances += [draw(near(schema, schema)) for _ in range(count - 2)]
    return schema, instances
