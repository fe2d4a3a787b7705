#!/usr/bin/env python3
"""`adtally store` as one process, `adtally serve` with store.kind = "clickhouse" as another: exact through kill -9 of both."""

import random
import socket
import ssl
import subprocess
import threading
import time
import unittest

from reports import Truth, compare, compare_ledger
from server import Server, finish, generate, now_ms
from store_process import READER, Store
import suite
from suite import assert_sentence, event

EVENTS = 120_000
SECONDS = 14  # of traffic
KILLS = 9


class TlsFront(threading.Thread):
    """Takes TLS connections on a port of its own and passes them on in the clear."""

    def __init__(self, target, certificate, key):
        super().__init__(daemon=True)
        self.target = target
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            with self.context.wrap_socket(peer, server_side=True) as client:
                host, port = self.target.split(":")
                with socket.create_connection((host, int(port))) as server:
                    back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
                    back.start()
                    self.pump(client, server)
                    back.join()
        except OSError:
            pass  # a client that does not trust the certificate

    @staticmethod
    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def make_certificate(folder):
    """A certificate for 127.0.0.1 that signs itself; (certificate, key)."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=adtally test"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


class ClickHouseStore(unittest.TestCase):
    def test_counts_are_exact_after_kills_of_both(self):
        seed = random.SystemRandom().randrange(1_000_000)
        rng = random.Random(seed)
        print(f"        seed {seed}: {EVENTS} events, {KILLS} kills", flush=True)
        with Store() as store, Server(environment=store.environment()) as server:
            truth_file = server.folder / "truth.json"
            traffic = generate(
                server, EVENTS, truth_file, seed=seed, rate=EVENTS / SECONDS, duplicates=0.03, late=0.02, campaigns=200
            )
            try:
                under_traffic = self.kill_at_random(store, server, rng, traffic)
                finish(traffic)
            finally:
                if traffic.poll() is None:
                    traffic.kill()
                    traffic.wait()
            truth = Truth(truth_file)
            self.assertTrue(truth.complete)
            server.wait_complete(120)
            found = compare(server, truth) + compare_ledger(server, truth)
            self.assertEqual([], found, server.log_tail())
            self.assertGreater(under_traffic, 2, "too few kills came while there was traffic")
            # Both let go of what they hold when they are asked to.
            self.assertEqual(0, server.stop())
            self.assertEqual(0, store.stop())

    def kill_at_random(self, store, server, rng, traffic):
        """Kills the store, the aggregator, or both; returns how many kills came under traffic."""
        under_traffic = 0
        victims = [name for name in ("store", "server", "both") for _ in range(KILLS // 3)]
        rng.shuffle(victims)
        for victim in victims:
            time.sleep(rng.uniform(0.1, 1.2))
            under_traffic += traffic.poll() is None
            if victim != "server":
                store.kill9()
            if victim != "store":
                server.kill9()
            time.sleep(rng.uniform(0, 0.4))
            if victim == "both":
                server.start(wait=False)  # it waits for its store
            if victim != "server":
                store.start()
            if victim == "server":
                server.start(wait=False)
            server.wait_ready()
        return under_traffic

    def test_tls_is_verified(self):
        with Store() as store:
            certificate, key = make_certificate(store.folder)
            front = TlsFront(store.address, certificate, key)
            front.start()
            environment = {**store.environment(), "ADTALLY_STORE_URL": f"https://127.0.0.1:{front.port}"}
            trusting = {**environment, "ADTALLY_STORE_CA_FILE": str(certificate)}
            with Server(environment=trusting) as server:
                server.post_accepted([event(f"tls-{i}", now_ms()) for i in range(100)])
                server.wait_complete()
                self.assertEqual(100, server.ledger_totals()["counted"])
            doubting = Server(environment=environment)
            try:
                doubting.start(wait=False)
                deadline = time.monotonic() + 20
                while "store.ca_file" not in doubting.log_tail() and time.monotonic() < deadline:
                    time.sleep(0.1)
                self.assertIn("certificate", doubting.log_tail())
                self.assertNotIn("edge on", doubting.log_tail())
            finally:
                doubting.close()
                front.close()

    def test_a_refused_start_says_why(self):
        with Store() as store:
            cases = [
                ({"ADTALLY_STORE_PASSWORD_FILE": "", "ADTALLY_STORE_PASSWORD": "not-the-word"}, "store.user"),
                ({"ADTALLY_STORE_PASSWORD": "not-the-word"}, "store.password_file"),
                ({"ADTALLY_STORE_PASSWORD_FILE": "/nowhere/key"}, "/nowhere/key"),
                ({"ADTALLY_STORE_URL": "127.0.0.1:1"}, "store.url"),
            ]
            for extra, word in cases:
                with self.subTest(word=word):
                    server = Server(environment={**store.environment(), **extra})
                    try:
                        server.start(wait=False)
                        self.assertIn(server.process.wait(30), (1, 2))
                        last = server.log_tail().splitlines()[-1]
                        assert_sentence(self, last, "adtally: ", word)
                        self.assertNotIn("not-the-word", server.log_tail())
                    finally:
                        server.close()

    def test_one_store_a_folder(self):
        with Store() as store:
            second = Store()
            second.data = store.data
            try:
                second.start(wait=False)
                self.assertEqual(1, second.process.wait(30))
                self.assertIn("in use by another process", second.log_text())
            finally:
                second.__exit__()


class StoreInterface(unittest.TestCase):
    """What a client sees of it, byte by byte. tests/clickhouse runs a real client."""

    @classmethod
    def setUpClass(cls):
        cls.store = Store()
        cls.store.start()

    @classmethod
    def tearDownClass(cls):
        cls.store.__exit__()

    def test_settings_last_for_one_statement(self):
        ask = "SELECT getSetting('max_threads'), getSetting('max_block_size'), getSetting('readonly')"
        before = self.store.ask(ask).body
        for _ in range(20):
            changed = self.store.ask(ask, max_threads=1, max_block_size=77, readonly=2)
            self.assertEqual(b"1\t77\t2\n", changed.body)
            self.store.ask("SET max_threads = 1")
            self.store.ask("SELECT throwIf(1)", max_threads=1)
            self.store.ask("SELECT 1", max_threads=1, nope=1)
            self.assertEqual(before, self.store.ask(ask).body)

    def test_a_failed_answer_does_not_show_up_in_the_next(self):
        for _ in range(10):
            failed = self.store.ask("SELECT number, throwIf(number = 900000) FROM numbers(1000000)")
            self.assertEqual("395", failed.headers["x-clickhouse-exception-code"])
            self.assertEqual(b"", self.store.ask("CREATE TABLE IF NOT EXISTS left (x UInt8) ENGINE = Memory").body)

    def test_an_answer_over_the_limit_is_refused_and_the_store_lives(self):
        for text in ("toString(number)", "'0123456789'"):  # the engine counts a constant once
            answer = self.store.ask(f"SELECT repeat({text}, 100) FROM numbers(500000)")
            self.assertEqual("396", answer.headers.get("x-clickhouse-exception-code"), text)
        self.assertEqual(b"1\n", self.store.ask("SELECT 1").body)

    def test_no_way_to_the_machine(self):
        (self.store.folder / "secret.tsv").write_text("secret\n")
        path = self.store.folder / "secret.tsv"
        for sql in (
            f"SELECT * FROM file('{path}', 'TSVRaw')",
            f"SELECT * FROM '{path}'",
            f"SELECT * FROM default.`{path}`",
            f"SELECT file('{path}')",
            f"CREATE TABLE f (x String) ENGINE = File(TSVRaw, '{path}')",
            f"SELECT 1 INTO OUTFILE '{path}.out'",
            "SYSTEM SHUTDOWN",
        ):
            with self.subTest(sql=sql):
                answer = self.store.ask(sql)
                self.assertGreaterEqual(answer.status, 400, repr(answer))
                self.assertNotIn(b"secret\n", answer.body)
        self.assertTrue(self.store.process.poll() is None)

    def test_readers_only_read(self):
        self.assertEqual(b"1\n", self.store.ask("SELECT 1", user=READER).body)
        for sql in ("CREATE TABLE r (x UInt8) ENGINE = Memory", "INSERT INTO r VALUES (1)", "DROP DATABASE adtally"):
            answer = self.store.ask(sql, user=READER)
            self.assertEqual("164", answer.headers["x-clickhouse-exception-code"], sql)

    def test_no_port_but_its_own(self):
        taken = Store()
        taken.address = self.store.address
        try:
            taken.start(wait=False)
            self.assertNotEqual(0, taken.process.wait(30))
            self.assertIn("cannot listen", taken.log_text())
        finally:
            taken.__exit__()


if __name__ == "__main__":
    suite.main(__doc__)
