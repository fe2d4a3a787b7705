#!/usr/bin/env python3
"""Runs the browser tests in Debian's Chromium against a real server of their own.

    run.py [--binary FILE] [--web FOLDER] [--screenshots FOLDER] [TEST...]

TEST: names of files such as `table`; all of them by default.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "e2e"))

import server as e2e  # noqa: E402


def install():
    modules, lock = FOLDER / "node_modules", FOLDER / "package-lock.json"
    if not modules.exists() or lock.stat().st_mtime > modules.stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=FOLDER, check=True)
        modules.touch()


def run_node(arguments, environment, timeout):
    return subprocess.run(["node", *arguments], cwd=FOLDER, env=environment, timeout=timeout).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", help="the adtally to test; build/release/adtally by default")
    parser.add_argument("--web", help="the built dashboard; the folder web beside the binary by default")
    parser.add_argument("--screenshots", help="where to save pictures of the main views")
    parser.add_argument("tests", nargs="*", metavar="TEST", help="which files to run; all by default")
    options = parser.parse_args()
    install()
    web = pathlib.Path(options.web or pathlib.Path(options.binary or e2e.default_binary()).parent / "web").resolve()
    files = [f"{name}.test.mjs" for name in options.tests] or sorted(f.name for f in FOLDER.glob("*.test.mjs"))
    with (
        e2e.Server(options.binary, environment={"ADTALLY_API_WEB_ROOT": str(web)}) as server,
        tempfile.NamedTemporaryFile(suffix=".json") as truth,
    ):
        environment = {
            **os.environ,
            "ADTALLY_API_URL": f"http://{server.api}",
            "ADTALLY_EDGE_URL": f"http://{server.edge}",
            "ADTALLY_ADMIN_KEY": server.key,
            "ADTALLY_TRUTH": truth.name,
            "ADTALLY_WEB_ROOT": str(web),
            "ADTALLY_BINARY": str(pathlib.Path(server.binary).resolve()),
        }
        if options.screenshots:
            environment["ADTALLY_SCREENSHOTS"] = os.path.abspath(options.screenshots)
        if run_node(["seed.mjs"], environment, 300):
            sys.exit("the server could not be filled with data")
        # One file after the other: each has a browser, and two at a time would only wait for each other.
        failed = [file for file in files if run_node(["--test", file], environment, 600)]
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
