"""What the end-to-end tests share: their command line, their output, and what a good error looks like."""

import argparse
import os
import sys
import time
import unittest


def assert_sentence(test, text, *words):
    """One line that a user can act on, with these words in it."""
    test.assertIsInstance(text, str)
    test.assertEqual(1, len(text.strip().splitlines()), f"not one sentence: {text!r}")
    test.assertGreaterEqual(len(text.split()), 2, f"says too little: {text!r}")
    test.assertLess(len(text), 400, f"says too much: {text!r}")
    for word in words:
        test.assertIn(word.lower(), text.lower())


def assert_problem(test, answer, status, *words):
    """An RFC 9457 problem document of that status whose detail is one sentence."""
    test.assertEqual(status, answer.status, repr(answer))
    document = answer.json()
    test.assertEqual(status, document["status"])
    assert_sentence(test, document["detail"], *words)


def event(event_id, timestamp, campaign=7, **fields):
    """A good impression, unless `fields` say otherwise."""
    return {
        "event_id": event_id,
        "type": "impression",
        "timestamp": timestamp,
        "advertiser_id": 1,
        "campaign_id": campaign,
        "ad_group_id": campaign * 10,
        "creative_id": campaign * 100,
        "device": "mobile",
        "country": "US",
        "region": "CA",
        "cost_micros": 1500,
        **fields,
    }


class LineResult(unittest.TestResult):
    """One line per test as it ends, failures below it."""

    def __init__(self):
        super().__init__()
        self.passed = 0

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def line(self, word, test, note=""):
        seconds = time.monotonic() - getattr(self, "started", time.monotonic())
        print(f"{word:7} {test.id().removeprefix('__main__.')} ({seconds:.1f} s){note}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.line("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("skipped", test, f": {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("FAILED", test)
        print(self.failures[-1][1], flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self.line("FAILED", test)
        print(self.errors[-1][1], flush=True)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line("FAILED", subtest)
            failed = issubclass(err[0], test.failureException)
            print((self.failures if failed else self.errors)[-1][1], flush=True)

    @property
    def failed(self):
        return len(self.failures) + len(self.errors)


def run(tests):
    """Runs a TestSuite, prints the closing line and returns the exit code."""
    result = LineResult()
    tests.run(result)
    for failure, text in result.failures + result.errors:  # again at the end, where they are not overlooked
        print(f"failed: {failure.id()}: {text.strip().splitlines()[-1]}")
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    print(f"{result.passed} passed, {result.failed} failed{skipped}")
    return 1 if result.failed else 0


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--binary", help="the adtally to test; build/release/adtally by default")
    return parser


def use_binary(options):
    if options.binary:
        os.environ["E2E_BINARY"] = os.path.abspath(options.binary)


def main(description):
    """The main of a test file without options of its own. Further arguments select tests by a part of their name."""
    parser = arguments(description)
    parser.add_argument("names", nargs="*", help="run only tests whose name contains one of these")
    options = parser.parse_args()
    use_binary(options)
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{name}*" for name in options.names] or None
    sys.exit(run(loader.loadTestsFromModule(sys.modules["__main__"])))
