"""What real clients and a server say to each other: recorded, kept, and said again.

usage: conversations.py --weir WEIR --python PYTHON      records tests/messages/hive.txt anew, with the clients of Hive in
                                                         a virtual environment of tests/clients

A conversation is a list of (call, handles in its answer). Handles are another run's when it is said again: those of the
recorded answers in a call become those that the same call is answered with now. Conversations of weir's own clients
(shell/rpc/protocol.h) are recorded by whoever needs them, since their protocol is of one version.
"""
import argparse
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import wire

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../shell"))
HIVE = os.path.join(HERE, "hive.txt")
PATIENCE = 60
OF_DRIVER = ("connects", "types", "parameters", "what_tools_send", "errors", "metadata", "configured")
STATEMENTS = ("SELECT 1 AS one", "SHOW TABLES; SHOW JOBS; SHOW SAVEPOINTS",
              "CREATE TEMPORARY VIEW v AS SELECT * FROM (VALUES (1, 'a', TRUE), (2, 'b', NULL)) AS t(n, s, b); DESCRIBE v; SELECT * FROM v",
              "SET 'parallelism.default' = '2'; SELECT n, COUNT(*) FROM (VALUES (1), (1), (2)) AS t(n) GROUP BY n", "SELECT nothing FROM nowhere",
              "EXPLAIN SELECT s, SUM(n) FROM (VALUES (1, 'a')) AS t(n, s) GROUP BY s")


def handles(answer):
    return [half for pair in wire.HANDLE.findall(answer) for half in pair]


def socket_name(directory):
    """Of the Unix socket that the owner of a data directory listens at (shell/rpc/local_socket.h)."""
    about = os.stat(directory)
    return f"\0weir/{about.st_dev}:{about.st_ino}"


def unix_connection(directory):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    connection.connect(socket_name(directory))
    return connection


def tcp_connection(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Gone(Exception):
    """The server has ended the connection."""


class Plain:
    """Messages one behind the other, as weir's own clients send them."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""

    @staticmethod
    def framed(message):
        return message

    def read(self):
        while (end := wire.whole(self.rest)) is None:
            self.rest += some(self.connection)
        message, self.rest = self.rest[:end], self.rest[end:]
        return message


class Framed(Plain):
    """Each behind its length, after a login by SASL (PLAIN)."""

    @staticmethod
    def framed(message):
        return struct.pack(">I", len(message)) + message

    def log_in(self, token):
        login = b"\0ada\0" + token.encode()
        self.connection.sendall(b"\1" + struct.pack(">I", 5) + b"PLAIN" + b"\2" + struct.pack(">I", len(login)) + login)
        if self.take(5) != b"\5\0\0\0\0":
            raise AssertionError("the login is refused")

    def take(self, count):
        while len(self.rest) < count:
            self.rest += some(self.connection)
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def read(self):
        return self.take(struct.unpack(">I", self.take(4))[0])


def some(connection):
    got = connection.recv(1 << 16)
    if not got:
        raise Gone
    return got


class Recorder:
    """Stands between clients, of which there is one at a time, and a server."""

    def __init__(self, listening, connect, messages):
        self.listening, self.connect, self.messages, self.conversations = listening, connect, messages, []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listening.accept()[0]
            except OSError:
                return
            server, heard = self.connect(), (bytearray(), bytearray())
            self.conversations.append(heard)
            for one, other, kept in ((client, server, heard[0]), (server, client, heard[1])):
                threading.Thread(target=pump, args=(one, other, kept), daemon=True).start()

    def end(self):
        """What was said: every conversation with a call in it."""
        self.listening.close()
        return [said for said in (self.paired(*heard) for heard in self.conversations) if said]

    def paired(self, sent, answered):
        calls, answers = self.messages(bytes(sent)), self.messages(bytes(answered))
        return [(call, handles(answer)) for call, answer in zip(calls, answers)]


def pump(one, other, kept):
    try:
        while got := one.recv(1 << 16):
            kept += got
            other.sendall(got)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def plain_messages(data):
    found = []
    while data and (end := wire.whole(data)) is not None:
        found.append(data[:end])
        data = data[end:]
    return found


def framed_messages(data):
    """Behind the login, whose messages begin with a byte from 1 to 5 before the length."""
    found = []
    while len(data) >= 5:
        head = 1 if data[0] in (1, 2, 5) else 0
        end = head + 4 + struct.unpack(">I", data[head:head + 4])[0]
        if not head and end <= len(data):
            found.append(data[4:end])
        data = data[end:]
    return found


def of_weir(weir, directory, environment):
    """Conversations of weir's own client with the server of a data directory, recorded now."""
    with tempfile.TemporaryDirectory(prefix="weir-recorded-") as between:
        os.chmod(between, 0o700)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(socket_name(between))
        listening.listen()
        recorder = Recorder(listening, lambda: unix_connection(directory), plain_messages)
        for statement in STATEMENTS:
            subprocess.run([weir, "--data-dir", between, "-c", statement], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, env=environment, timeout=PATIENCE, check=False)
        return recorder.end()


def of_hive():
    """Those that are kept."""
    found = []
    with open(HIVE, encoding="ascii") as file:
        for line in file:
            if line.startswith("#"):
                found.append([])
            else:
                call, *known = line.split()
                found[-1].append((bytes.fromhex(call), [bytes.fromhex(handle) for handle in known]))
    return found


class Speaker:
    """Says the calls of a conversation over one connection of its own, with the handles of now."""

    def __init__(self, door):
        self.door, self.now = door, {}

    def translated(self, call):
        for old, new in self.now.items():
            call = call.replace(old, new)
        return call

    def say(self, call, known):
        self.door.connection.sendall(self.door.framed(self.translated(call)))
        answer = self.door.read()
        self.now.update(zip(known, handles(answer)))
        return answer


def record(weir, python):
    from weir_shell import Scratch
    from server_test import Server
    said = []
    with Scratch() as scratch, Server(scratch, "-D", "server.thrift.address=127.0.0.1:0", "-D", "server.http.address=0") as server:
        port = int(re.search(r"HiveServer2's clients at 127\.0\.0\.1:(\d+)", server.log())[1])
        for name in OF_DRIVER:
            listening = socket.create_server(("127.0.0.1", 0))
            recorder = Recorder(listening, lambda: tcp_connection(port), framed_messages)
            subprocess.run([python, os.path.join(HERE, "../clients/driver.py"), str(listening.getsockname()[1]),
                            os.path.join(scratch.path, "weir-data"), str(server.process.pid), name], timeout=PATIENCE, check=True)
            said += [(name, conversation) for conversation in recorder.end()]
        server.end()
    # Of calls that are alike one is enough; every conversation begins with the session that it needs.
    with open(HIVE, "w", encoding="ascii") as file:
        for name, conversation in said:
            file.write(f"# {name}\n")
            for call, known in conversation[:60]:
                file.write(" ".join([call.hex(), *(handle.hex() for handle in known)]) + "\n")
    print(f"{len(said)} conversations, {sum(len(one) for _, one in said)} calls")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--python", required=True)
    arguments = parser.parse_args()
    record(arguments.weir, arguments.python)
