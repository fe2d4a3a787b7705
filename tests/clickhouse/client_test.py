#!/usr/bin/env python3
"""clickhouse-connect, a client that was written for ClickHouse, against `adtally store`."""

import datetime
import struct
import unittest

import clickhouse_connect
from clickhouse_connect import common
from clickhouse_connect.driver.exceptions import DatabaseError

import suite
from store_process import READER, Store

ROWS = 20_000
COLUMNS = ["id", "name", "at", "share", "kind"]
COMPRESSIONS = (False, "gzip", "zstd", "lz4", True)


def row(i):
    at = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=i)
    return (i, f"name {i}\n\n;'\\", at, None if i % 2 else i / 4, f"kind {i % 7}")


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        common.set_setting("autogenerate_session_id", False)
        cls.store = Store()
        cls.store.start()

    @classmethod
    def tearDownClass(cls):
        cls.store.__exit__()

    def connect(self, user=None, **options):
        host, port = self.store.address.split(":")
        name, password = user or ("adtally", self.store.password)
        client = clickhouse_connect.get_client(host=host, port=int(port), username=name, password=password, **options)
        self.addCleanup(client.close)
        return client

    def make_table(self, client, name):
        client.command(f"DROP TABLE IF EXISTS {name}")
        client.command(
            f"CREATE TABLE {name} (id UInt64, name String, at DateTime('UTC'), share Nullable(Float64),"
            " kind LowCardinality(String)) ENGINE = MergeTree ORDER BY id"
        )

    def test_native_blocks_and_compression(self):
        for compression in COMPRESSIONS:
            with self.subTest(compression=compression):
                client = self.connect(compress=compression)
                self.make_table(client, "trip")
                summary = client.insert("trip", [row(i) for i in range(ROWS)], column_names=COLUMNS)
                self.assertEqual(ROWS, summary.written_rows)
                answer = client.query("SELECT * FROM trip ORDER BY id")
                self.assertEqual(ROWS, answer.row_count)
                for i in (0, 1, 17, ROWS - 1):
                    self.assertEqual(row(i), tuple(answer.result_rows[i]))

    def test_row_binary_and_text_inserts(self):
        client = self.connect()
        client.command("CREATE TABLE raw (x UInt32, s String) ENGINE = MergeTree ORDER BY x")
        binary = b"".join(struct.pack("<I", i) + b"\x02\n\n" for i in range(1000))
        client.raw_insert("raw", ["x", "s"], binary, fmt="RowBinary")
        client.raw_insert("raw", ["x", "s"], b'1000,"a;b"\n1001,c\n', fmt="CSV")
        client.command("INSERT INTO raw VALUES (1002, concat('x', 'y')), (1003, 'z')")
        client.command("INSERT INTO raw SELECT 1004, 'w'")
        answer = client.query("SELECT count(), sum(x), countIf(s = '\\n\\n') FROM raw").result_rows
        self.assertEqual([(1005, sum(range(1005)), 1000)], answer)

    def test_parameters(self):
        client = self.connect()
        nasty = "it's \\ a\ttab\nline; {x:String} -- é"
        bound = client.query("SELECT {s:String}, {n:Int64}, {a:Array(String)}", parameters={"s": nasty, "n": -5, "a": ["q'", "z"]})
        self.assertEqual((nasty, -5, ["q'", "z"]), tuple(bound.result_rows[0]))
        self.assertEqual(nasty, client.query("SELECT %(s)s", parameters={"s": nasty}).result_rows[0][0])

    def test_formats(self):
        client = self.connect()
        sql = "SELECT number AS n, toString(number) AS s FROM numbers(3)"
        self.assertEqual(b'{"n":0,"s":"0"}', client.raw_query(sql, fmt="JSONEachRow").splitlines()[0])
        self.assertEqual(b'"n","s"\n0,"0"', b"\n".join(client.raw_query(sql, fmt="CSVWithNames").splitlines()[:2]))
        self.assertEqual(b"PAR1", client.raw_query(sql, fmt="Parquet")[:4])
        self.assertEqual(struct.pack("<Q", 0) + b"\x010", client.raw_query(sql, fmt="RowBinary")[:10])
        self.assertTrue(client.raw_query(sql, fmt="ArrowStream"))
        self.assertTrue(client.raw_query(sql, fmt="Native"))

    def test_settings_and_databases(self):
        client = self.connect(database="default", settings={"max_block_size": 1000})
        self.assertEqual("adtally", client.command("SELECT currentDatabase()"))
        self.assertEqual(3, client.query("SELECT getSetting('max_threads')", settings={"max_threads": 3}).result_rows[0][0])
        self.assertEqual(1000, client.query("SELECT getSetting('max_block_size')").result_rows[0][0])
        self.assertIn("minute", [r[0] for r in client.query("SHOW TABLES").result_rows])
        client.command("CREATE DATABASE other ENGINE = Atomic")
        self.assertEqual("other", self.connect(database="other").command("SELECT currentDatabase()"))

    def test_exceptions(self):
        client = self.connect()
        for sql, code in (
            ("SELECT * FROM nope", 60),
            ("SELEC 1", 62),
            ("SELECT nope FROM system.one", 47),
            ("SELECT throwIf(number = 700000) FROM numbers(1000000)", 395),
            ("SELECT * FROM file('/etc/passwd')", 497),
        ):
            with self.subTest(sql=sql), self.assertRaisesRegex(DatabaseError, f"[Cc]ode: {code}"):
                client.query(sql)
        self.assertEqual(1, client.command("SELECT 1"))
        with self.assertRaises(DatabaseError):
            client.raw_insert("adtally.minute", ["clicks"], b"not a number\n", fmt="CSV")

    def test_users(self):
        with self.assertRaisesRegex(DatabaseError, "516"):
            self.connect(user=("adtally", "wrong"))
        with self.assertRaisesRegex(DatabaseError, "516"):
            self.connect(user=("nobody", ""))
        reader = self.connect(user=READER)
        self.assertEqual(1, reader.command("SELECT 1"))
        with self.assertRaisesRegex(DatabaseError, "164"):
            reader.command("CREATE TABLE forbidden (x UInt8) ENGINE = Memory")

    def test_sessions_are_refused_clearly(self):
        with self.assertRaisesRegex(DatabaseError, "keeps no sessions"):
            self.connect(session_id="s").command("SELECT 1")

    def test_what_was_counted_can_be_read(self):
        client = self.connect()
        self.assertEqual(0, client.command("SELECT count() FROM adtally.minute WHERE advertiser_id != 0"))


if __name__ == "__main__":
    suite.main(__doc__)
