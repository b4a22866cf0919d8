#!/usr/bin/env python3
"""Two hundred idle sessions of one reader kept everybody else out, the owner of the process included."""
import os
import socket
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from hive_session import HiveSession, login_message  # noqa: E402
from weir import check, contains, equal, true

MOST = 10


class Session(HiveSession):
    """One with the token."""

    def __init__(self, port, token):
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        raw.sendall(login_message("any", token))
        equal(raw.recv(5), b"\5\0\0\0\0")
        super().__init__(raw)

    @property
    def refused(self):
        return b"E4009" in self.answer or b"may be no more" in self.answer


def body(weir):
    server = weir.serve("-D", "server.thrift.address=127.0.0.1:0", "-D", f"server.max-sessions={MOST}", "-D", "server.session.timeout=2 s")
    port = int(next(line for line in server.said if "clients at" in line).rsplit(":", 1)[1])
    token = weir.path("data/token").read_text().strip()
    kept = []
    while not kept or not kept[-1].refused:
        kept.append(Session(port, token))
    equal(len(kept), MOST, "a tenth is for those who come by the socket")
    equal(weir.kept("SHOW JOBS;").code, 0)
    # Who asks for nothing is sent away, and others have the places.
    end = time.monotonic() + 20
    while Session(port, token).refused:
        true(time.monotonic() < end, "idle sessions keep their places")
        time.sleep(0.5)
    server.terminate()
    contains(server.stderr.read(), "is disconnected: ")


check(body)
