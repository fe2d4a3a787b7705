#!/usr/bin/env python3
"""store.cluster: every log partition at its shard, exact through kills and a shard that is away. The cluster is a fake (fake_cluster.py)."""

import time
import unittest

from fake_cluster import DATABASE, FakeCluster, shard_database
from reports import Truth, compare, compare_ledger
from server import Server, finish, generate
from store_process import Store
import suite
from suite import assert_sentence

EVENTS = 75_000
SECONDS = 10


class ClusterStore(unittest.TestCase):
    def test_counts_are_exact_over_two_shards(self):
        with Store() as store, FakeCluster(store) as cluster:
            with Server(environment=cluster.environment()) as server:
                truth_file = server.folder / "truth.json"
                traffic = generate(
                    server, EVENTS, truth_file, seed=7, rate=EVENTS / SECONDS, duplicates=0.03, late=0.02, campaigns=50
                )
                try:
                    self.disturb(store, cluster, server)
                    finish(traffic)
                finally:
                    if traffic.poll() is None:
                        traffic.kill()
                        traffic.wait()
                truth = Truth(truth_file)
                server.wait_complete(60)
                self.assertEqual([], compare(server, truth) + compare_ledger(server, truth), server.log_tail())
                self.assert_placed(store, cluster)
                self.assertEqual(0, server.stop())

    def disturb(self, store, cluster, server):
        self.wait_for_sync(cluster, (0, 0))
        cluster.down = {(0, 0)}  # the first shard goes on with its other replica
        self.wait_for_sync(cluster, (0, 1))
        cluster.down = {(1, 0), (1, 1)}  # the second shard is away
        time.sleep(1.5)
        cluster.down = set()
        store.kill9()
        store.start()
        time.sleep(0.7)
        server.kill9()
        server.start(wait=False)
        server.wait_ready()

    def wait_for_sync(self, cluster, replica):
        """Until a checkpoint was delivered through that replica."""
        deadline = time.monotonic() + 60
        while cluster.syncs[replica] == 0:
            self.assertLess(time.monotonic(), deadline, f"nothing is delivered through replica {replica}")
            time.sleep(0.05)

    def assert_placed(self, store, cluster):
        """Partition p is at shard p mod 2 in every table, and nothing went anywhere else."""
        column = {"minute": "campaign_id", "ledger": "log_partition", "progress": "log_partition"}
        for shard in range(2):
            for table in column:
                condition = " WHERE advertiser_id = 0" if table == "minute" else ""
                name = f"{shard_database(shard)}.{table}_local"
                answer = store.ask(f"SELECT DISTINCT {column[table]} AS p FROM {name}{condition} ORDER BY p")
                expected = "".join(f"{p}\n" for p in range(4) if p % 2 == shard)
                self.assertEqual(expected, answer.body.decode(), name)
            used = [replica for replica in range(2) if cluster.syncs[shard, replica] > 0]
            self.assertTrue(used == [0, 1] or shard == 1 and used, f"shard {shard} used the replicas {used}")
            for replica in used:
                inserted = [table for table in cluster.inserts[shard, replica] if table.endswith("_local")]
                self.assertTrue(inserted and all(shard_database(shard) in table for table in inserted))
        self.assertEqual({"2"}, cluster.quorums)
        self.assertEqual(b"1\n", store.ask(f"SELECT count() FROM {DATABASE}.log").body)

    def test_another_cluster_is_refused(self):
        with Store() as store, FakeCluster(store) as cluster:
            server = Server(environment={**cluster.environment(), "ADTALLY_STORE_CLUSTER": "three"})
            try:
                server.start(wait=False)
                self.assertNotEqual(0, server.process.wait(30))
                assert_sentence(self, server.log_tail().splitlines()[-1], "adtally: ", "remote_servers")
            finally:
                server.close()


if __name__ == "__main__":
    suite.main(__doc__)
