#!/usr/bin/env python3
"""Two hundred idle sessions of one reader kept everybody else out, the owner of the process included."""
import socket
import struct
import time

from weir import check, contains, equal, true

MOST = 10


def message(kind, text):
    return kind + struct.pack(">I", len(text)) + text


class Session:
    """One of HiveServer2's protocol, with the token."""

    def __init__(self, port, token):
        self.raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.raw.sendall(message(b"\1", b"PLAIN") + message(b"\2", b"\0any\0" + token.encode()))
        equal(self.raw.recv(5), b"\5\0\0\0\0")
        self.answer = self.call(b"OpenSession", b"\x08\0\1" + struct.pack(">i", 5) + b"\0")

    def call(self, name, request):
        body = b"\x80\x01\0\x01" + struct.pack(">I", len(name)) + name + struct.pack(">I", 1) + b"\x0c\0\1" + request + b"\0"
        self.raw.sendall(struct.pack(">I", len(body)) + body)
        (length,) = struct.unpack(">I", self.take(4))
        return self.take(length)

    def take(self, count):
        got = b""
        while len(got) < count:
            piece = self.raw.recv(count - len(got))
            if not piece:
                raise ConnectionError
            got += piece
        return got

    @property
    def refused(self):
        return b"E4009" in self.answer or b"may be no more" in self.answer


def body(weir):
    equal(weir.end(weir.spawn([weir.program, "-q", "--data-dir", "data", "-c", "CREATE TABLE made (a INT) WITH ('connector' = 'blackhole');"])).code, 0)
    server = weir.spawn([weir.program, "server", "--data-dir", "data", "-D", "server.http.address=0", "-D",
                         "server.thrift.address=127.0.0.1:0", "-D", f"server.max-sessions={MOST}", "-D", "server.session.timeout=2 s"])
    said = []

    def ready():
        said.append(server.stderr.readline())
        return " ready" in said[-1]
    weir.wait_for(ready, "it is ready", child=server)
    port = int(next(line for line in said if "clients at" in line).rsplit(":", 1)[1])
    token = weir.path("data/token").read_text().strip()
    kept = []
    while not kept or not kept[-1].refused:
        kept.append(Session(port, token))
    equal(len(kept), MOST, "a tenth is for those who come by the socket")
    done = weir.end(weir.spawn([weir.program, "-q", "--data-dir", "data", "-c", "SHOW JOBS;"]))
    equal(done.code, 0, done)
    # Who asks for nothing is sent away, and others have the places.
    end = time.monotonic() + 20
    while Session(port, token).refused:
        true(time.monotonic() < end, "idle sessions keep their places")
        time.sleep(0.5)
    server.terminate()
    contains("".join(said) + server.stderr.read(), "is disconnected: ")


check(body)
