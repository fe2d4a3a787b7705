"""Times reports over HTTP: one after the other, and many at a time beside a load."""

import http.client
import itertools
import threading
import time
import urllib.parse

PATIENCE_S = 120


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Connection:
    """A client that keeps its connection."""

    def __init__(self, server):
        self.http = http.client.HTTPConnection(server.api, timeout=PATIENCE_S)
        self.headers = {"Authorization": f"Bearer {server.key}"}

    def ask(self, parameters):
        """Milliseconds, and the body of the answer."""
        target = "/v1/report?" + urllib.parse.urlencode(parameters)
        begin = time.perf_counter()
        self.http.request("GET", target, headers=self.headers)
        answer = self.http.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begin) * 1000
        if answer.status != 200:
            raise AssertionError(f"GET {target} answered {answer.status}: {body[:500]!r}")
        return took, body


def one_by_one(server, question, rounds):
    connection = Connection(server)
    return [connection.ask(question.parameters)[0] for _ in range(rounds)]


class Load:
    """`clients` connections that ask the questions in turn, of one campaign or advertiser after the other, `rate` a second all
    together. A report that begins late has waited since its time came, as its user has."""

    def __init__(self, server, asked, clients, rate):
        self.server = server
        self.asked = asked
        self.clients = clients
        self.rate = rate
        self.turns = itertools.count()
        self.lock = threading.Lock()
        self.times = {question.name: [] for question in asked}
        self.errors = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(clients)]

    def start(self):
        self.begin = time.perf_counter()
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.seconds = time.perf_counter() - self.begin
        if self.errors:
            raise self.errors[0]

    def work(self):
        try:
            connection = Connection(self.server)
            while not self.stopping.is_set():
                with self.lock:
                    turn = next(self.turns)
                due = self.begin + turn / self.rate
                if self.stopping.wait(max(0, due - time.perf_counter())):
                    return
                question = self.asked[turn % len(self.asked)]
                connection.ask(question.of_another(turn // len(self.asked)))
                took = (time.perf_counter() - due) * 1000
                with self.lock:
                    self.times[question.name].append(took)
        except Exception as error:  # noqa: BLE001 - a thread's failure is the benchmark's
            self.errors.append(error)
