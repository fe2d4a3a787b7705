"""The commands of README.md as they are written, but for the addresses and the folder of the server under test."""

import json
import re
import subprocess
import tempfile
import unittest

from server import ROOT, Server, clean_environment, default_binary

README = (ROOT / "README.md").read_text()


def section(title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)[1]


def indented(text):
    """The indented blocks of code, without their indentation."""
    found = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", text, re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip("\n") + "\n" for block in found]


class Use(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.start()

    def run_command(self, text):
        for written, here in (("127.0.0.1:8080", self.server.edge), ("127.0.0.1:8081", self.server.api), ("DIR", str(self.server.data)),
                              ("build/release/adtally keys", f"{self.server.binary} keys --api http://{self.server.api}")):
            text = text.replace(written, here)
        key, = re.findall(r"With `(KEY=[^`]+)`", section("Use"))
        script = f"{key.replace('DIR', str(self.server.data))}\n{text}"
        done = subprocess.run(["bash", "-eu"], cwd=ROOT, input=script, env=clean_environment(), capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_each_command_does_what_its_comment_says(self):
        start, commands = indented(section("Use"))[:2]
        self.assertIn("adtally serve --data DIR", start)
        events, links, report, file, live, reach, clicks, key = commands.strip().split("\n\n")
        self.assertEqual({"accepted": 1, "rejected": 0, "errors": []}, json.loads(self.run_command(events)))
        self.assertEqual({"impression_url", "click_url", "impression_id"}, set(json.loads(self.run_command(links))))
        self.server.wait_complete()
        numbers = json.loads(self.run_command(report))
        row, = [dict(zip(numbers["columns"], values)) for values in numbers["rows"]]
        self.assertEqual((7, "US", 1, 0.25), (row["campaign_id"], row["country"], row["clicks"], row["spend"]))
        self.run_command(file.replace("-o report.parquet", f"-o {self.server.data}/report.parquet"))
        self.assertEqual(b"PAR1", (self.server.data / "report.parquet").read_bytes()[:4])
        # It has no end.
        first = self.run_command(live.replace("curl -NH", "timeout 3 curl -sNH") + " || [ $? = 124 ]")
        self.assertIn("event: report\ndata: ", first)
        self.assertIn("reach", json.loads(self.run_command(reach))["columns"])
        self.assertIn("conversions_by_click_time", json.loads(self.run_command(clicks))["columns"])
        made, = re.findall(r"adt_[A-Za-z0-9_-]{43}", self.run_command(key))
        answer = self.server.api_send("GET", "/v1/session", key=made).json()
        self.assertEqual(("advertiser", 1), (answer["role"], answer["advertiser_id"]))


class Mentions(unittest.TestCase):
    """What the README speaks of is there."""

    def test_files_and_scripts(self):
        for page in ("README.md", "docs/programs.md"):
            text = (ROOT / page).read_text()
            links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in link]
            files = [(ROOT / page).parent / link for link in links] + [ROOT / name for name in re.findall(r"\bscripts/[a-z-]+", text)]
            self.assertTrue(files)
            for file in files:
                self.assertTrue(file.exists(), f"{page} names {file}")

    def test_sections_that_links_lead_to(self):
        for page in ("README.md", "docs/programs.md"):
            text = (ROOT / page).read_text()
            for file, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text):
                target = ((ROOT / page).parent / file).resolve() if file else ROOT / page
                titles = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
                anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
                self.assertIn(anchor, anchors, f"{page} links to {file}#{anchor}")

    def run_adtally(self, *arguments):
        return subprocess.run([default_binary(), *arguments], env=clean_environment(), capture_output=True, text=True, timeout=60)

    def test_subcommands(self):
        named = set(re.findall(r"\badtally ([a-z]+)(?= --|`| )", "\n".join(re.findall(r"`adtally [^`]*`", README))))
        self.assertGreater(len(named), 4)
        for name in named:
            self.assertEqual(0, self.run_adtally(name, "--help").returncode, f"adtally {name}")

    def test_configurations(self):
        blocks = [block for block in indented(README) if block.startswith("[")]
        self.assertEqual(2, len(blocks))
        for block in blocks:
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write(block)
                file.flush()
                done = self.run_adtally("config", "--check", file.name)
                self.assertEqual(0, done.returncode, f"{done.stderr}\n{block}")


if __name__ == "__main__":
    unittest.main()
