#!/usr/bin/env python3
"""Runs all end-to-end tests against one binary: a line per test and a closing line "N passed, N failed".

    run.py [--binary FILE] [--tests FOLDER] [PART_OF_A_NAME …]
"""

import pathlib
import sys
import unittest

import suite


def flatten(tests):
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def main():
    parser = suite.arguments(__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="run only tests whose name contains one of these")
    parser.add_argument("--tests", help="the folder of the tests; this file's by default")
    options = parser.parse_args()
    suite.use_binary(options)
    folder = pathlib.Path(options.tests or pathlib.Path(__file__).parent).resolve()
    found = unittest.TestLoader().discover(str(folder), pattern="*_test.py", top_level_dir=str(folder))
    if options.names:
        # Suites of one class each, so that setUpClass still runs once per class.
        chosen = [t for t in flatten(found) if any(name in t.id() for name in options.names)]
        found = unittest.TestSuite(chosen)
    sys.exit(suite.run(found))


if __name__ == "__main__":
    main()
