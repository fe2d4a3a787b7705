"""Reads api/openapi.json: the calls that there are, with every parameter and every field of a body."""

import copy
import json

from server import ROOT

METHODS = ("get", "post", "put", "patch", "delete")


class Call:
    """One operation of the document."""

    def __init__(self, document, path, method, item):
        operation = item[method]
        self.document = document
        self.path = path
        self.method = method.upper()
        self.name = f"{self.method} {path}"
        self.on_edge = any("edge" in server["description"] for server in item.get("servers", []))
        self.parameters = [resolve(document, p) for p in item.get("parameters", []) + operation.get("parameters", [])]
        security = operation.get("security", document["security"])
        self.needs_key = bool(security)
        self.takes_session = any("session" in scheme for scheme in security)
        self.statuses = {int(status) for status in operation["responses"]}
        content = operation.get("requestBody", {}).get("content", {})
        self.body_schema = resolve(document, content["application/json"]["schema"]) if content else None

    def fields(self):
        """The names of the body's fields, those of nested objects included."""
        return set(leaf[-1] for leaf in self.leaves())

    def leaves(self):
        """Where each field of the body stands: a tuple of names and indexes."""
        return list(leaves(self.document, self.body_schema)) if self.body_schema else []

    def body(self, value_of):
        """A body with all fields; value_of(leaf, schema) gives each its value."""
        return build(self.document, self.body_schema, value_of)


def resolve(document, schema):
    """Follows $ref, merges allOf and takes the first of oneOf."""
    while "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            found = found[int(part)] if isinstance(found, list) else found[part]
        schema = found
    if "oneOf" in schema:
        return resolve(document, schema["oneOf"][0])
    if "allOf" in schema:
        merged = {"type": "object", "properties": {}}
        for part in schema["allOf"]:
            merged["properties"].update(resolve(document, part).get("properties", {}))
        return merged
    return schema


def leaves(document, schema, at=()):
    schema = resolve(document, schema)
    if "properties" in schema:
        for name, field in schema["properties"].items():
            yield from leaves(document, field, (*at, name))
    elif schema.get("type") == "array":
        yield from leaves(document, schema["items"], (*at, 0))
    else:
        yield tuple(part for part in at)


def build(document, schema, value_of, at=()):
    schema = resolve(document, schema)
    if "properties" in schema:
        return {name: build(document, field, value_of, (*at, name)) for name, field in schema["properties"].items()}
    if schema.get("type") == "array":
        return [build(document, schema["items"], value_of, (*at, 0))]
    return copy.deepcopy(value_of(at, schema))


def calls():
    document = json.loads((ROOT / "api" / "openapi.json").read_text())
    return [
        Call(document, path, method, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
