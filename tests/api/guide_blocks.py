"""The code of a Markdown page in order, with the output that the page shows for it."""

import dataclasses
import json
import re

CODE = ("sh", "python")
OUTPUT = ("text", "json")
ANY = "…"  # stands for what is different each time


@dataclasses.dataclass
class Block:
    language: str
    line: int
    code: str
    output: str | None = None
    output_language: str | None = None


def blocks(text):
    """The blocks of code. An output belongs to the last block of code before it."""
    found = []
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        language, content = match.groups()
        line = text.count("\n", 0, match.start()) + 2
        if language in CODE:
            found.append(Block(language, line, content))
        elif language in OUTPUT and found and found[-1].output is None:
            found[-1].output, found[-1].output_language = content, language
        else:
            raise AssertionError(f"line {line}: {language or 'a block without a language'} is neither code nor the output of code")
    return found


def pattern(text):
    return re.compile(".*?".join(re.escape(part) for part in text.split(ANY)))


def same(expected, actual):
    """Whether a value of JSON is the expected one."""
    if expected == ANY:
        return True
    if isinstance(expected, dict):
        return isinstance(actual, dict) and list(expected) == list(actual) and all(same(v, actual[k]) for k, v in expected.items())
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, str):
        return isinstance(actual, str) and pattern(expected).fullmatch(actual) is not None
    return type(expected) is type(actual) and expected == actual


def agrees(block, printed):
    """Whether the block printed what the page shows; nothing, where it shows nothing."""
    if block.output_language == "json":
        # Numbers as they are written.
        read = lambda text: json.loads(text, parse_float=lambda digits: f"number {digits}")  # noqa: E731
        try:
            return same(read(block.output), read(printed))
        except json.JSONDecodeError:
            return False
    return pattern((block.output or "").strip("\n")).fullmatch(printed.strip("\n")) is not None
