"""The examples of docs/programs.md, in order and as they are written, against a server and an edge that loses answers."""

import contextlib
import http.server
import io
import os
import subprocess
import tempfile
import threading
import unittest

import guide_blocks
from server import ROOT, Server, clean_environment, send

GUIDE = ROOT / "docs" / "programs.md"
END_MARK = "that was the block"


class ForgetfulProxy:
    """Passes requests on; of the calls of one path it loses every second answer, as a network does at the worst moment."""

    def __init__(self, origin, path):
        self.lost = 0
        proxy, calls = self, iter(range(1_000_000))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = send(origin, self.command, self.path, body, dict(self.headers))
                if self.path == path and next(calls) % 2 == 0:
                    proxy.lost += 1
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name not in ("connection", "date", "server"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Shell:
    """A bash that stays, so that a block finds the variables of those before it."""

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(["bash", "-u"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, code):
        self.process.stdin.write(f"{code}\nprintf '\\n%s %s\\n' '{END_MARK}' $?\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line.startswith(END_MARK):
                status = int(line.removeprefix(END_MARK))
                assert status == 0, f"ended with {status}: {''.join(printed)}"
                return "".join(printed)
            printed.append(line)
        raise AssertionError(f"the shell ended: {''.join(printed)}")

    def variable(self, name):
        return self.run(f'printf %s "${name}"').strip("\n")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


class Guide(unittest.TestCase):
    def setUp(self):
        # Fewer calls at once than by default, so that the program that makes many is told to wait.
        self.server = Server(environment={"ADTALLY_API_RATE_LIMIT_PER_S": "30", "ADTALLY_API_RATE_LIMIT_BURST": "100"})
        self.addCleanup(self.server.close)
        self.server.start()
        self.proxy = ForgetfulProxy(self.server.edge, "/v1/events")
        self.addCleanup(self.proxy.close)
        self.folder = tempfile.TemporaryDirectory(prefix="adtally-guide-")
        self.addCleanup(self.folder.cleanup)

    def test_every_example_prints_what_the_guide_shows(self):
        places = {"EDGE": f"http://{self.server.edge}", "API": f"http://{self.server.api}", "KEY": self.server.key}
        shell = Shell(self.folder.name, {**clean_environment(), **places})
        self.addCleanup(shell.close)
        python = {"__name__": "__main__"}
        ran = set()
        with contextlib.chdir(self.folder.name):
            for block in guide_blocks.blocks(GUIDE.read_text()):
                printed = shell.run(block.code) if block.language == "sh" else self.run_python(shell, block, python)
                self.assertTrue(guide_blocks.agrees(block, printed),
                                f"programs.md, line {block.line}: expected\n{block.output}\nprinted\n{printed}")
                ran.add(block.language)
        self.assertEqual({"sh", "python"}, ran)
        # What the examples are about must have happened.
        self.assertGreaterEqual(self.proxy.lost, 4, "no answer to a batch was lost, so nothing was sent twice")
        self.assertGreater(python["pauses"], 0, "the program was never told to wait")
        self.assertGreaterEqual(self.server.ledger_totals()["duplicate"], 2 + 1 + 500)

    def run_python(self, shell, block, variables):
        """With the shell's variables; its events go through the proxy."""
        names = ("API", "KEY", "AT", "FROM", "TO")
        os.environ.update({name: shell.variable(name) for name in names}, EDGE=f"http://{self.proxy.address}")
        output = io.StringIO()
        # Error messages name the lines of the page.
        code = compile("\n" * (block.line - 1) + block.code, str(GUIDE), "exec")
        with contextlib.redirect_stdout(output):
            exec(code, variables)
        return output.getvalue()


class Comparison(unittest.TestCase):
    def test_another_output_is_found(self):
        page = "```sh\nx\n```\n\n```text\na … c\n```\n```python\ny\n```\n```json\n{\"n\": 1.50, \"t\": \"…Z\"}\n```\n"
        text, values = guide_blocks.blocks(page)
        self.assertTrue(guide_blocks.agrees(text, "a b c\n"))
        self.assertFalse(guide_blocks.agrees(text, "a b d\n"))
        self.assertFalse(guide_blocks.agrees(text, ""))
        self.assertTrue(guide_blocks.agrees(values, '{"n":1.50,"t":"12:00Z"}'))
        for other in ('{"n":1.5,"t":"12:00Z"}', '{"n":1.50,"t":"12:00"}', '{"n":1.50,"t":"12:00Z","m":1}', "no JSON", '{"n":"1.50","t":"Z"}'):
            self.assertFalse(guide_blocks.agrees(values, other), other)
        self.assertRaises(AssertionError, guide_blocks.blocks, "```\nwhat is this?\n```\n")


if __name__ == "__main__":
    unittest.main()
