"""A ClickHouse cluster of two shards and two replicas as adtally sees one over HTTP, made of one `adtally store`.

Every replica is an HTTP address of its own, every shard a database of its own in the one engine, so that replicas never lag. Statements are rewritten on the way: what is ON CLUSTER
runs for every shard, replicated tables are plain ones, and a Distributed table is a Merge table over the shards' databases. What is not there
to be tested: replication, Keeper, and ClickHouse's own distributed queries.
"""

import collections
import http.client
import http.server
import re
import threading
import urllib.parse

NAME = "two"
DATABASE = "ads"
BY_SHARD = ("minute", "ledger", "progress", "hour", "day", "reach_quarter", "reach", "click_conversion")
REPLICAS = 2
EXCEPTION = {"X-ClickHouse-Exception-Code": "210", "Content-Type": "text/plain"}


def shard_database(shard):
    return f"{DATABASE}_{shard + 1}"


def on_one_server(sql):
    """A statement for one server of one that is for all hosts of the cluster."""
    sql = sql.replace(f" ON CLUSTER '{NAME}'", "")
    sql = re.sub(r"Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?([^)]*)\)", r"\1(\2)", sql)
    sql = re.sub(
        r"replicated_deduplication_window = (\d+), replicated_deduplication_window_seconds = \d+",
        r"non_replicated_deduplication_window = \1",
        sql,
    )
    return re.sub(
        rf"Distributed\('{NAME}', `{DATABASE}`, (\w+)\)",
        rf"Merge(REGEXP('^{DATABASE}_[0-9]+$'), '^\1$')",
        sql,
    )


class FakeCluster:
    """Listens on an address a replica. The store may be killed and started again meanwhile. A context manager."""

    def __init__(self, store, shards=2):
        self.store = store
        self.shards = shards
        self.down = set()  # replicas, (shard, replica), that answer with an exception
        self.syncs = collections.Counter()  # by replica
        self.inserts = collections.defaultdict(list)  # tables by replica
        self.quorums = set()  # that inserts asked for
        self.lock = threading.Lock()
        self.servers = {(s, r): self.listen((s, r)) for s in range(shards) for r in range(REPLICAS)}

    def __enter__(self):
        for shard in range(self.shards):
            answer = self.store.ask(f"CREATE DATABASE IF NOT EXISTS {shard_database(shard)} ENGINE = Atomic")
            assert answer.status == 200, answer
        for server in self.servers.values():
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.shutdown()
            server.server_close()

    def address(self, shard, replica):
        return "127.0.0.1:%d" % self.servers[shard, replica].server_address[1]

    def environment(self):
        """Of an `adtally serve` that delivers into this cluster."""
        urls = ",".join(f"shard{s + 1}:{9000 + r}=http://{self.address(s, r)}" for s, r in self.servers)
        return {
            **self.store.environment(),
            "ADTALLY_STORE_URL": f"http://{self.address(0, 0)}",
            "ADTALLY_STORE_CLUSTER": NAME,
            "ADTALLY_STORE_DATABASE": DATABASE,
            "ADTALLY_STORE_REPLICA_URLS": urls,
        }

    def statements(self, sql, shard):
        """What the engine gets for a statement that came to a shard."""
        everywhere = " ON CLUSTER " in sql
        sql = on_one_server(sql)
        if not re.search(r"`%s`\.(%s)_local" % (DATABASE, "|".join(BY_SHARD)), sql):
            return [sql]
        shards = range(self.shards) if everywhere and "Merge(REGEXP" not in sql else [shard]
        pattern = r"`%s`\.((?:%s)_local)" % (DATABASE, "|".join(BY_SHARD))
        return [re.sub(pattern, rf"`{shard_database(one)}`.\1", sql) for one in shards]

    def listen(self, replica):
        cluster = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, answer = cluster.answer(self, replica, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                """A client that was killed while it waited."""

        return Server(("127.0.0.1", 0), Handler)

    def answer(self, handler, replica, body):
        """(status, headers, body) for one request."""
        if replica in self.down:
            return 500, EXCEPTION, b"Code: 210. DB::Exception: this replica is down. (NETWORK_ERROR)"
        target = urllib.parse.urlsplit(handler.path)
        parameters = dict(urllib.parse.parse_qsl(target.query, keep_blank_values=True))
        insert = "query" in parameters
        sql = parameters["query"] if insert else body.decode()
        if "system.clusters" in sql:
            rows = "".join(f"{s + 1}\tshard{s + 1}\t{9000 + r}\n" for s, r in self.servers)
            return 200, {}, rows.encode() if parameters.get("param_cluster") == NAME else b""
        if sql.startswith("SYSTEM SYNC REPLICA"):
            with self.lock:
                self.syncs[replica] += 1
            return 200, {}, b""
        result = (200, {}, b"")
        for one in self.statements(sql, replica[0]):
            if insert:
                parameters["query"] = one
                with self.lock:
                    self.inserts[replica].append(re.search(r"INSERT INTO (\S+)", one).group(1))
                    self.quorums.add(parameters.get("insert_quorum"))
            result = self.pass_on(handler, parameters, body if insert else one.encode())
            if result[0] != 200:
                break
        return result

    def pass_on(self, handler, parameters, body):
        headers = {name: value for name, value in handler.headers.items() if name.lower().startswith("x-clickhouse")}
        for name in ("Authorization", "Content-Encoding"):
            if name in handler.headers:
                headers[name] = handler.headers[name]
        host, port = self.store.address.split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        try:
            connection.request("POST", "/?" + urllib.parse.urlencode(parameters), body, headers)
            response = connection.getresponse()
            kept = {name: value for name, value in response.getheaders() if name.lower().startswith("x-clickhouse-ex")}
            return response.status, kept, response.read()
        except (OSError, http.client.HTTPException) as error:
            return 500, EXCEPTION, f"Code: 210. DB::Exception: {error}. (NETWORK_ERROR)".encode()
        finally:
            connection.close()
