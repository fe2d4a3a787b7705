#!/usr/bin/env python3
"""Checks the architecture: who includes whom, and that no test file is forgotten.

    layers_test.py [BUILD_FOLDER]

With a build folder (one that holds compile_commands.json) it also checks that every *_test.cc is compiled there.
"""

import json
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
BUILD = None  # set from the command line

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
SUFFIXES = {".h", ".cc"}


def read_layers():
    """{folder: the folders it may include} from src/layers.txt."""
    layers = {}
    for line in (SRC / "layers.txt").read_text().splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            folder, _, allowed = line.partition(":")
            layers[folder.strip()] = set(allowed.split())
    return layers


def source_files():
    return sorted(p for p in SRC.rglob("*") if p.suffix in SUFFIXES)


def includes_of(path):
    return INCLUDE.findall(path.read_text())


def is_test_only(path):
    """A test, or a header that only tests may include. A .cc of that kind would end up in the library."""
    return path.name.endswith(("_test.cc", "_test_support.h"))


def folder_of(path):
    return path.relative_to(SRC).parts[0]


def find_cycle(graph):
    """A list of nodes that form a cycle, or None. `graph` maps a node to its successors."""
    done = set()

    def visit(node, path):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        for successor in sorted(graph.get(node, ())):
            cycle = visit(successor, path + [node])
            if cycle:
                return cycle
        done.add(node)
        return None

    for start in sorted(graph):
        cycle = visit(start, [])
        if cycle:
            return cycle
    return None


class Layers(unittest.TestCase):
    def test_every_folder_has_a_line_and_every_line_a_folder(self):
        folders = {folder_of(p) for p in source_files() if p.parent != SRC}
        layers = read_layers()
        self.assertEqual(set(), folders - set(layers), "folders without a line in src/layers.txt")
        for folder, allowed in layers.items():
            self.assertTrue((SRC / folder).is_dir(), f"src/layers.txt names {folder}, which does not exist")
            self.assertEqual(set(), allowed - set(layers), f"{folder} may include folders that do not exist")

    def test_the_layers_have_no_cycle(self):
        self.assertIsNone(find_cycle(read_layers()))

    def test_every_include_is_allowed(self):
        layers = read_layers()
        wrong = []
        for path in source_files():
            folder = folder_of(path)
            for include in includes_of(path):
                target = include.split("/")[0]
                if target not in layers or "/" not in include:
                    continue
                if target != folder and target not in layers.get(folder, set()):
                    wrong.append(f"{path.relative_to(ROOT)} includes {include}")
        self.assertEqual([], wrong)

    def test_project_includes_are_written_from_src(self):
        """No "neighbour.h" and no "../": a path from src/ says which layer it is in."""
        wrong = []
        for path in source_files():
            for include in includes_of(path):
                beside = (path.parent / include).exists()
                if include.startswith(".") or (beside and not (SRC / include).exists()):
                    wrong.append(f"{path.relative_to(ROOT)} includes {include}")
        self.assertEqual([], wrong)

    def test_no_file_includes_itself_through_others(self):
        graph = {}
        for path in source_files():
            targets = {SRC / include for include in includes_of(path)}
            graph[str(path)] = {str(t) for t in targets if t.exists() and t != path}
        self.assertIsNone(find_cycle(graph))

    def test_only_tests_include_testing(self):
        wrong = []
        for path in source_files():
            if is_test_only(path):
                continue
            for include in includes_of(path):
                if include.startswith("testing/") or is_test_only(SRC / include):
                    wrong.append(f"{path.relative_to(ROOT)} includes {include}")
        self.assertEqual([], wrong)


class TestFiles(unittest.TestCase):
    def test_every_test_file_is_built(self):
        if BUILD is None:
            self.skipTest("no build folder given")
        commands = json.loads((BUILD / "compile_commands.json").read_text())
        built = {pathlib.Path(c["directory"], c["file"]).resolve() for c in commands}
        tests = {p.resolve() for folder in ("src", "tests", "testing") for p in (ROOT / folder).rglob("*_test.cc")}
        cache = (BUILD / "CMakeCache.txt").read_text()
        if re.search(r"^ADTALLY_WITH_CHDB:\w+=(OFF|0|FALSE)$", cache, re.MULTILINE):
            tests = {p for p in tests if not p.name.startswith("chdb_")}  # the embedded store is left out there
        missing = sorted(str(p.relative_to(ROOT)) for p in tests - built)
        self.assertEqual([], missing, f"test files that {BUILD} does not compile")


class Canary(unittest.TestCase):
    """The checker itself finds what it is for."""

    def test_a_cycle_is_found(self):
        self.assertEqual(["a", "b", "c", "a"], find_cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}))
        self.assertIsNone(find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}))

    def test_includes_are_found(self):
        self.assertEqual(["x/y.h", "z.h"], INCLUDE.findall('#include "x/y.h"\n  # include "z.h"\n#include <v>\n'))


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if not a.startswith("-")]
    options = [a for a in sys.argv[1:] if a.startswith("-")]
    if arguments:
        BUILD = pathlib.Path(arguments[0]).resolve()
        if not (BUILD / "compile_commands.json").exists():
            sys.exit(f"{BUILD} holds no compile_commands.json: configure it with CMake first")
    unittest.main(argv=[sys.argv[0]] + options)
