#!/usr/bin/env python3
"""Runs the browser tests in Debian's Chromium against a real server of their own.

    run.py [--binary FILE] [--screenshots FOLDER]
"""

import argparse
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "e2e"))

import server as e2e  # noqa: E402


def install():
    modules, lock = FOLDER / "node_modules", FOLDER / "package-lock.json"
    if not modules.exists() or lock.stat().st_mtime > modules.stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=FOLDER, check=True)
        modules.touch()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", help="the adtally to test; build/release/adtally by default")
    parser.add_argument("--screenshots", help="where to save pictures of the main views")
    options = parser.parse_args()
    install()
    with e2e.Server(options.binary) as server:
        environment = {
            **os.environ,
            "ADTALLY_API_URL": f"http://{server.api}",
            "ADTALLY_EDGE_URL": f"http://{server.edge}",
            "ADTALLY_ADMIN_KEY": server.key,
        }
        if options.screenshots:
            environment["ADTALLY_SCREENSHOTS"] = os.path.abspath(options.screenshots)
        tests = subprocess.run(["node", "--test", *sorted(f.name for f in FOLDER.glob("*.test.mjs"))], cwd=FOLDER, env=environment, timeout=600)
    sys.exit(tests.returncode)


if __name__ == "__main__":
    main()
