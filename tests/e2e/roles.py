"""Runs adtally as separate processes that meet in a Kafka cluster and in `adtally store`."""

import re
import signal
import time

from server import Server, free_port, send

ADMIN_KEY = "the-admin-key-of-the-tests"
SHARED = {
    "ADTALLY_AUTH_ADMIN_KEY": ADMIN_KEY,
    "ADTALLY_LINKS_KEYS": "1=a-link-key-of-the-tests",
    "ADTALLY_LINKS_SIGNING_KEY": "1",
}


class Process(Server):
    """`adtally serve --roles ROLES` with a data folder of its own."""

    def __init__(self, roles, environment):
        super().__init__(environment={**SHARED, **environment})
        self.roles = roles
        self.listen = f"127.0.0.1:{free_port()}"
        self.extra_environment["ADTALLY_AGGREGATOR_LISTEN"] = self.listen

    def command(self):
        return [*super().command(), "--roles", self.roles]

    @property
    def key(self):
        return ADMIN_KEY

    @property
    def probes(self):
        roles = self.roles.split(",")
        return self.api if "api" in roles else self.edge if "edge" in roles else self.listen

    def suspend(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def metric(self, name):
        """{partition: value} of a metric."""
        text = send(self.probes, "GET", "/metrics", timeout=5).body.decode()
        found = re.findall(rf'^{name}{{partition="(\d+)"}} (\S+)$', text, re.MULTILINE)
        return {int(partition): float(value) for partition, value in found}

    def wait_drained(self, timeout=60):
        """Of an edge: until the log has what its spool held. Other processes do not know of that."""
        deadline = time.monotonic() + timeout
        while "\nadtally_spool_records 0\n" not in send(self.probes, "GET", "/metrics", timeout=5).body.decode():
            if time.monotonic() > deadline:
                raise AssertionError(f"the spool did not drain within {timeout} s\n{self.log_tail()}")
            time.sleep(0.1)

    def partitions(self):
        """Those that it counts."""
        return set(self.metric("adtally_dedup_ids"))


class Deployment:
    """One edge, one API and some aggregators; the first one is far from the brokers. A context manager."""

    def __init__(self, cluster, store, aggregators=3, partitions=6, **environment):
        self.cluster, self.store = cluster, store
        self.count = partitions
        self.environment = {**store.environment(), **environment}
        self.edge = self.process("edge")
        self.api = self.process("api")
        self.api.edge = self.edge.edge  # so that the API's helpers reach it
        self.aggregators = [self.process("aggregator", far=i == 0) for i in range(aggregators)]
        self.extra = []

    def process(self, roles, far=False, **environment):
        kafka = self.cluster.environment(self.count, far)
        return Process(roles, {**kafka, **self.environment, **environment})

    def everyone(self):
        return [self.edge, self.api, *self.aggregators, *self.extra]

    def __enter__(self):
        try:
            for process in self.everyone():
                process.start(wait=False)
            for process in self.everyone():
                process.wait_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in self.everyone():
            process.close()

    def add(self, roles="aggregator", **environment):
        """One more process; it is there when this returns."""
        process = self.process(roles, **environment)
        self.extra.append(process)
        process.start()
        return process

    def progress(self):
        """{partition: how far it is delivered} as the store has it."""
        sql = "SELECT log_partition, max(end_offset) FROM adtally.progress GROUP BY log_partition FORMAT TSV"
        rows = self.store.ask(sql).body.decode().splitlines()
        return {int(p): int(end) for p, end in (row.split("\t") for row in rows)}
