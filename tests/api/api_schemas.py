"""The schemas of api/openapi.json, for answers and examples of the calls."""

import json
import re

import jsonschema

from api_document import METHODS
from server import ROOT

DOCUMENT = json.loads((ROOT / "api" / "openapi.json").read_text())


class Operation:
    """One call of the document, with the schemas of its bodies."""

    def __init__(self, path, method, item):
        self.path = path
        self.method = method.upper()
        self.name = f"{self.method} {path}"
        self.definition = item[method]
        self.parameters = inlined(item.get("parameters", []) + self.definition.get("parameters", []))
        self.request = self.definition.get("requestBody", {}).get("content", {})
        self.responses = {int(status): inlined(response) for status, response in self.definition["responses"].items()}

    def readable_requests(self):
        """The media types of the body that are text."""
        return [media for media, body in self.request.items() if body["schema"].get("contentEncoding") != "binary"]

    def problems(self, status, content_type, body):
        """What of an answer is not as the document says; an empty list when all is."""
        if status not in self.responses:
            return [f"{self.name}: status {status} is not documented"]
        content = self.responses[status].get("content", {})
        media = content_type.partition(";")[0]
        if not content:
            return [f"{self.name}: {status} has a body, which is not documented"] if body else []
        if media not in content:
            return [f"{self.name}: {status} is {media or 'without a type'}, documented are {', '.join(content)}"]
        if not re.fullmatch(r"application/(\w+\+)?json", media):
            return [] if body else [f"{self.name}: {status} has no body"]
        return [f"{self.name} {status}: {text}" for text in violations(content[media]["schema"], json.loads(body))]


def operations():
    return [Operation(path, method, item)
            for path, item in DOCUMENT["paths"].items() for method in METHODS if method in item]


def inlined(schema):
    """A copy with every $ref replaced by what it names. No schema of the document contains itself."""
    if isinstance(schema, list):
        return [inlined(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return inlined(target)
    return {name: value if name in ("example", "examples") else inlined(value) for name, value in schema.items()}


def closed(schema, outermost=True):
    """A copy in which an object has no fields but those that are listed: an answer must not say more than the document."""
    if not isinstance(schema, dict):
        return schema
    parts = {}
    for name, value in schema.items():
        if name == "properties":
            parts[name] = {field: closed(part) for field, part in value.items()}
        elif name in ("allOf", "anyOf", "oneOf"):
            parts[name] = [closed(part, outermost=False) for part in value]
        else:
            parts[name] = closed(value) if name == "items" else value
    if outermost and ("properties" in schema or "allOf" in schema) and "additionalProperties" not in schema:
        parts["unevaluatedProperties"] = False
    return parts


def violations(schema, value):
    """Sentences that say where the value is not as the schema says; formats are checked too."""
    validator = jsonschema.Draft202012Validator(
        closed(inlined(schema)), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def examples_of(holder):
    """The examples of a parameter, a body or an answer, its own or those of its schema."""
    if "example" in holder:
        return [holder["example"]]
    if "examples" in holder:
        return [example["value"] for example in holder["examples"].values()]
    return inlined(holder.get("schema", {})).get("examples", [])
