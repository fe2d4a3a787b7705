"""What the tests ask of the edge's spool."""

import time


def metrics(server):
    """The metrics without labels, by name."""
    answer = server.api_send("GET", "/metrics")
    assert answer.status == 200, repr(answer)
    lines = [line for line in answer.body.decode().splitlines() if not line.startswith("#") and "{" not in line]
    return {name: float(value) for name, value in (line.split() for line in lines)}


def wait_for(condition, timeout, what):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(0.1)


def wait_drained(server, timeout=60):
    """Seconds until the spool is empty: before that, the log lacks events that were acknowledged."""
    begin = time.monotonic()
    wait_for(lambda: metrics(server)["adtally_spool_records"] == 0, timeout, "the spool drains")
    return time.monotonic() - begin
