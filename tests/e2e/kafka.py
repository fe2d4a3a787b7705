"""A real Kafka cluster in KRaft mode on free ports of 127.0.0.1, in a temporary folder. The jars come with
scripts/install kafka."""

import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

import kafka_protocol
from network import Link
from server import ROOT, clean_environment, free_port

JARS = ROOT / "build" / "deps" / "kafka" / "libs"
JAVA = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(JARS / "*")]
STARTED = "Kafka Server started"

LOG4J = """<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%d %p %m (%c)%n"/></Console>
  </Appenders>
  <Loggers><Root level="INFO"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
"""


def available():
    return JARS.is_dir() and shutil.which("java") is not None


class Broker:
    def __init__(self, cluster, number):
        self.cluster = cluster
        self.number = number
        self.port = free_port()
        self.controller_port = free_port()
        self.far_port = free_port()
        self.link = Link(self.far_port)
        self.folder = cluster.folder / f"broker-{number}"
        self.folder.mkdir()
        self.log = self.folder / "broker.log"
        self.properties = self.folder / "server.properties"
        self.process = None

    def write_properties(self):
        brokers = self.cluster.brokers
        settings = {
            "process.roles": "broker,controller",
            "node.id": self.number,
            "controller.quorum.voters": ",".join(f"{b.number}@127.0.0.1:{b.controller_port}" for b in brokers),
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port},"
            f"FAR://127.0.0.1:{self.far_port}",
            # Who comes through the link is sent on through the links of the others.
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port},FAR://127.0.0.1:{self.link.port}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,FAR:PLAINTEXT",
            "log.dirs": self.folder / "data",
            "offsets.topic.replication.factor": len(brokers),
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": len(brokers),
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "auto.create.topics.enable": "false",
            # Restarts after a kill in seconds, not in tens of them.
            "broker.session.timeout.ms": 2000,
            "broker.heartbeat.interval.ms": 500,
            "controller.quorum.election.timeout.ms": 500,
            "controller.quorum.fetch.timeout.ms": 1000,
            "log.retention.check.interval.ms": 1000,
            "log.segment.delete.delay.ms": 1000,
            **self.cluster.settings,
        }
        self.properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def format(self):
        command = [*JAVA, "kafka.tools.StorageTool", "format", "-t", self.cluster.id, "-c", str(self.properties)]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, wait=True):
        assert self.process is None, "already running"
        self.log.unlink(missing_ok=True)  # that it is ready is read from it
        command = [*JAVA, f"-Dlog4j2.configurationFile={self.cluster.log4j}", "kafka.Kafka", str(self.properties)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        if wait:
            self.wait_started()

    def wait_started(self, timeout=60):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if STARTED in self.log_text():
                return
            assert self.process.poll() is None, f"the broker ended\n{self.log_text()[-3000:]}"
            time.sleep(0.05)
        raise AssertionError(f"the broker is not ready after {timeout} s\n{self.log_text()[-3000:]}")

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill9(self):
        """The process is gone when this returns."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def close(self):
        self.link.close()
        if self.process is not None and self.process.poll() is None:
            self.kill9()


class Cluster:
    """Use it as a context manager. All brokers are controllers, too."""

    def __init__(self, brokers=1, **settings):
        assert available(), "no Kafka: run scripts/install kafka"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="adtally-kafka-"))
        self.settings = settings
        self.id = "adtally-" + re.sub("[^A-Za-z0-9]", "", str(uuid.uuid4()))[:14]
        self.log4j = self.folder / "log4j2.xml"
        self.log4j.write_text(LOG4J)
        self.brokers = []
        for number in range(1, brokers + 1):
            self.brokers.append(Broker(self, number))

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        for broker in self.brokers:
            broker.write_properties()
            broker.format()
        for broker in self.brokers:
            broker.start(wait=False)
        for broker in self.brokers:
            broker.wait_started()

    def close(self):
        for broker in self.brokers:
            broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def addresses(self):
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    def cut(self):
        """Drops what goes between the brokers and the far processes, until `mend`."""
        for broker in self.brokers:
            broker.link.cut()

    def mend(self):
        for broker in self.brokers:
            broker.link.mend()

    def alive(self):
        return [broker for broker in self.brokers if broker.process is not None]

    def leader(self, topic, partition):
        """The broker that leads it."""
        number = kafka_protocol.leaders(self.alive()[0].port, topic)[partition]
        return next(broker for broker in self.brokers if broker.number == number)

    def controller(self):
        number = kafka_protocol.active_controller(self.alive()[0].port)
        return next(broker for broker in self.brokers if broker.number == number)

    def environment(self, partitions=4, far=False):
        """What makes `adtally serve` use it; `far`: through links that can be cut."""
        links = ",".join(f"127.0.0.1:{broker.link.port}" for broker in self.brokers)
        return {
            "ADTALLY_LOG_KIND": "kafka",
            "ADTALLY_LOG_BROKERS": links if far else self.addresses,
            "ADTALLY_LOG_PARTITIONS": str(partitions),
            "ADTALLY_LOG_REPLICATION": str(len(self.brokers)),
        }
