"""HiveServer2's protocol byte by byte (SASL PLAIN, Thrift's binary protocol), for tests that need no client of somebody else's."""
import struct


def login_message(user, password):
    text = f"\0{user}\0{password}".encode()
    return b"\1" + struct.pack(">I", 5) + b"PLAIN" + b"\2" + struct.pack(">I", len(text)) + text


class HiveSession:
    """Asks for a session on a connection that is logged in; the server's last answer is in `answer`."""

    def __init__(self, raw):
        self.raw = raw
        # TOpenSessionReq: 1: i32 client_protocol.
        self.answer = self.call("OpenSession", b"\x08\0\1" + struct.pack(">i", 5) + b"\0")

    def call(self, name, request):
        body = b"\x80\x01\0\x01" + struct.pack(">I", len(name)) + name.encode() + struct.pack(">I", 1) + b"\x0c\0\1" + request + b"\0"
        self.raw.sendall(struct.pack(">I", len(body)) + body)
        length = struct.unpack(">I", self.take(4))[0]
        return self.take(length)

    def take(self, count):
        got = b""
        while len(got) < count:
            piece = self.raw.recv(count - len(got))
            if not piece:
                raise ConnectionError("the server has ended the connection")
            got += piece
        return got
