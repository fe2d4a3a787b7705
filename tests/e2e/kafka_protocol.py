"""The two questions to a Kafka broker that the tests ask: who leads a partition, and who is the active controller."""

import socket
import struct

METADATA, DESCRIBE_QUORUM = 3, 55


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, layout):
        values = struct.unpack_from(">" + layout, self.data, self.at)
        self.at += struct.calcsize(">" + layout)
        return values[0]

    def text(self):
        length = self.take("h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def array(self, item):
        return [item() for _ in range(self.take("i"))]


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def ask(port, head, body, timeout=5):
    request = head + body
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.settimeout(timeout)
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = b""
        while len(answer) < 4 or len(answer) < 4 + struct.unpack(">i", answer[:4])[0]:
            data = connection.recv(65536)
            if not data:
                raise OSError("the broker closed the connection")
            answer += data
    return Reader(answer[8:])  # without length and correlation id


def leaders(port, topic):
    """{partition: node that leads it}, as the broker at that port knows it; -1 for none."""
    head = struct.pack(">hhi", METADATA, 1, 1) + text("adtally-test")
    answer = ask(port, head, struct.pack(">i", 1) + text(topic))
    answer.array(lambda: (answer.take("i"), answer.text(), answer.take("i"), answer.text()))
    answer.take("i")  # a broker that takes admin calls; not the active controller

    def partition():
        answer.take("h")
        number, leader = answer.take("i"), answer.take("i")
        answer.array(lambda: answer.take("i"))
        answer.array(lambda: answer.take("i"))
        return number, leader

    found = {}
    for _ in range(answer.take("i")):
        answer.take("h")
        answer.text()
        answer.take("b")
        found.update(answer.array(partition))
    return found


def active_controller(port):
    """The node that leads the controllers' quorum."""
    topic = b"__cluster_metadata"
    head = struct.pack(">hhi", DESCRIBE_QUORUM, 0, 1) + text("adtally-test") + b"\0"
    body = b"\x02" + bytes([len(topic) + 1]) + topic + b"\x02" + struct.pack(">i", 0) + b"\0\0\0"
    answer = ask(port, head, body)
    answer.take("b")  # no tags
    assert answer.take("h") == 0, "the quorum cannot be described"
    assert answer.take("b") == 2
    length = answer.take("b") - 1
    answer.at += length  # the topic's name
    assert answer.take("b") == 2
    answer.take("i")
    assert answer.take("h") == 0, "the quorum cannot be described"
    return answer.take("i")
