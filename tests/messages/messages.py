#!/usr/bin/env python3
"""Sends a server messages that are nearly those of its clients, over many connections, and sees it bear them.

usage: messages.py --weir WEIR [--messages N] [--http N] [--seed S] [--plant NAME|--planted] [--slice] [--ledger]

What clients of Hive and weir's own shell say (conversations.py) is said again with calls that are mutated (wire.py): bits,
lengths, types, cut off, nested, and lengths that claim gigabytes; by TCP and through the Unix socket. HTTP's routes get
requests that are mutated likewise. Meanwhile a client of each kind must be answered within SECONDS. In the end the server
is alive and ends in order, has not grown by more than GROWTH, has no more threads than before, and its log is short. Every
mutation and every recorded call must have been sent. --plant has the server do what planted.cc says: exit code 1 says that
it was noticed. --planted: all of them (--slice: one of them) must be.
"""
import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "../shell")]
import conversations  # noqa: E402
import http_test  # noqa: E402
import ledger  # noqa: E402
import seed as seeds  # noqa: E402
import slices  # noqa: E402
import wire  # noqa: E402
from server_test import Server  # noqa: E402
from weir_shell import Scratch  # noqa: E402

PLANTS = ("dies", "believes", "waits", "talks")
SECONDS = 30   # that any answer may take on a busy machine
ANSWER = 1     # how long a call is given that seems complete, before we say that nothing follows
GROWTH = 800   # MiB: eleven senders at once, each of whom may be believed 64 (limits.h)
LINES = 60     # of the log, beside logins: one kind of trouble has a line a minute
FAILED = b"\x0c\0\0\x0c\0\1\x08\0\1\0\0\0\3"  # the beginning of an answer that tells an error
LOGGED_IN = re.compile(r" has logged in | session of ")


class Wrong(Exception):
    pass


class Told:
    """How many of what were sent, and the first thing that went wrong; used by all threads."""

    def __init__(self, wanted):
        self.lock, self.wrong, self.left, self.did = threading.Lock(), None, dict(wanted), collections.Counter()
        self.calls = {}

    def take(self, kind):
        """Whether one more is wanted of a kind."""
        with self.lock:
            if self.wrong or self.left[kind] <= 0:
                return False
            self.left[kind] -= 1
            return True

    def count(self, what):
        with self.lock:
            self.did[what] += 1

    def find(self, wrong):
        with self.lock:
            self.wrong = self.wrong or wrong


def seems_whole(message):
    try:
        return wire.whole(message) == len(message)
    except (KeyError, RecursionError):
        return False


def drain(connection):
    """Until the server ends the connection, which it must."""
    try:
        connection.shutdown(1)
        connection.settimeout(SECONDS)
        while connection.recv(1 << 16):
            pass
    except TimeoutError as late:
        raise Wrong(f"a connection is still open {SECONDS} s after its client's last word") from late
    except OSError:
        pass


class Sender(threading.Thread):
    """Has conversations of one kind, one after the other."""

    def __init__(self, served, kind, told, seed):
        super().__init__(name=kind)
        self.served, self.kind, self.told, self.chance = served, kind, told, random.Random(seed)
        self.sent = ""

    def run(self):
        try:
            while self.told.take(self.kind):
                self.once()
        except (OSError, Wrong, AssertionError, conversations.Gone) as error:
            self.told.find(f"{self.kind}: {type(error).__name__} {error} after {self.sent}")

    def once(self):
        if self.kind == "http":
            self.request()
        else:
            self.converse()

    def request(self):
        how, text = mutated_request(self.chance, self.chance.choice(self.served.requests))
        self.sent = f"{how}: {text[:300]!r}"
        with conversations.tcp_connection(self.served.http) as connection:
            try:
                connection.sendall(text)
            except OSError:
                pass  # it has heard enough
            drain(connection)
        self.told.count(f"http {how}")

    def converse(self):
        """Some calls as they are, then the first that is not; where the connection bears that, others."""
        said = self.chance.choice(self.served.conversations[self.kind])
        first = self.chance.randrange(len(said))
        with self.served.door(self.kind).connection as connection:
            speaker = conversations.Speaker(self.served.logged_in(self.kind, connection))
            taken = True
            for number, (call, known) in enumerate(said):
                if number < first:
                    speaker.say(call, known)
                    continue
                if not taken and not self.told.take(self.kind):
                    break
                taken = False
                if not self.mutated(speaker, call):
                    break
            drain(connection)

    def mutated(self, speaker, call):
        """Sends what becomes of a call; whether it is answered and the connection stays."""
        how, message = wire.mutate(self.chance, speaker.translated(call))
        framed = speaker.door.framed(message)
        if self.kind == "hive" and self.chance.random() < 0.05:
            how, framed = "lie about the frame", wire.put(framed, 0, self.chance.choice((*wire.HUGE, 0, len(message) + 1)))
        self.told.count(f"{self.kind} {how}")
        self.sent = f"{how}: {message[:300]!r}"
        try:
            speaker.door.connection.sendall(framed)
            if not seems_whole(message) and self.kind == "weir" or how.startswith("lie"):
                return False
            speaker.door.connection.settimeout(ANSWER)
            speaker.door.read()
        except (OSError, KeyError, RecursionError, conversations.Gone):
            return False  # TimeoutError is one, too: `drain` says that nothing follows
        return True


def with_length(chance, text):
    length = chance.choice((b"-1", b"4294967296", b"99999999999999999999", b"1000000000", b"0", b"x", b""))
    return re.sub(rb"Content-Length: \d+", b"Content-Length: " + length, text) if b"Content-Length" in text \
        else text.replace(b"\r\n\r\n", b"\r\nContent-Length: " + length + b"\r\n\r\n", 1)


def chunked(chance, text):
    head, _, body = text.partition(b"\r\n\r\n")
    size = chance.choice((b"7fffffff", b"ffffffffffffffff", b"-1", b"zz", b"%x" % len(body)))
    return re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head) + b"\r\n\r\n" + size + b"\r\n" + body + b"\r\n0\r\n\r\n"


def many_headers(chance, text):
    more = b"".join(b"X-%d: %s\r\n" % (i, b"y" * chance.choice((1, 1000))) for i in range(chance.choice((50, 1000))))
    return text.replace(b"\r\n", b"\r\n" + more, 1)


def deep_body(chance, text):
    head = text.partition(b"\r\n\r\n")[0]
    body = chance.choice((b"[", b'{"a":')) * chance.choice((100, 5000, 100_000))
    return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head) + b"\r\n\r\n" + body


def long_path(chance, text):
    return text.replace(b" /", b" /" + chance.choice((b"../", b"%00", b"a/", b"%2f")) * chance.choice((1, 100, 4000)), 1)


OF_HTTP = (wire.flip_bits, wire.change_bytes, wire.cut_off, wire.leave_out, wire.repeat, with_length, chunked, many_headers, deep_body,
           long_path)


def mutated_request(chance, text):
    how = chance.choice(OF_HTTP)
    return how.__name__, how(chance, text)


class Served:
    """A server, and what is said to it."""

    def __init__(self, weir, scratch, plant):
        environment = {"LD_PRELOAD": compiled(scratch), "WEIR_WIRE_PLANT": plant} if plant else None
        self.server = Server(scratch, "-D", "server.thrift.address=127.0.0.1:0", "-D", "server.http.address=127.0.0.1:0",
                             "-D", "parallelism.default=1", environment=environment)
        log = self.server.log()
        self.thrift = int(re.search(r"HiveServer2's clients at 127\.0\.0\.1:(\d+)", log)[1])
        self.http = int(re.search(r"HTTP at 127\.0\.0\.1:(\d+)", log)[1])
        self.directory = os.path.join(scratch.path, "weir-data")
        with open(os.path.join(self.directory, "token"), encoding="ascii") as file:
            self.token = file.read().strip()
        self.conversations = {"hive": conversations.of_hive(),
                              "weir": conversations.of_weir(weir, self.directory, scratch.environment())}
        self.requests = [self.request(method, pattern) for method, pattern, *_ in http_test.routes(self.ask("/openapi.json"))]

    def door(self, kind):
        if kind == "weir":
            return conversations.Plain(conversations.unix_connection(self.directory))
        return conversations.Framed(conversations.tcp_connection(self.thrift))

    def logged_in(self, kind, connection):
        door = (conversations.Plain if kind == "weir" else conversations.Framed)(connection)
        if kind == "hive":
            door.log_in(self.token)
        return door

    def request(self, method, pattern):
        path = re.sub(r"{\w+}", "0123456789abcdef0123456789abcdef", pattern)
        body = b"" if method == "GET" else json.dumps({"statement": "SELECT 1 AS one", "sql": "SELECT 1 AS one", "mode": "cancel"}).encode()
        head = f"{method} /v1{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {self.token}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    def ask(self, path, body=None):
        asked = urllib.request.Request(f"http://127.0.0.1:{self.http}/v1{path}", data=body and json.dumps(body).encode(),
                                       headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            return json.load(answer)

    def is_well(self):
        """Every kind of client is answered."""
        if self.server.process.poll() is not None:
            raise Wrong(f"the server has ended with {self.server.process.returncode}")
        rows = json.dumps(self.ask("/sql", {"statement": "SELECT 41 + 1 AS answer"}))
        if "42" not in rows:
            raise Wrong(f"SELECT by HTTP: {rows}")
        for kind in ("hive", "weir"):
            with self.door(kind).connection as connection:
                connection.settimeout(SECONDS)
                speaker = conversations.Speaker(self.logged_in(kind, connection))
                for call, known in self.conversations[kind][0]:
                    if FAILED in (answer := speaker.say(call, known)):
                        raise Wrong(f"an error for a client of {kind}: {answer!r}")

    def number(self, what):
        """A number of /proc/PID/status: of MiB, or threads."""
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
            found = re.search(rf"^{what}:\s*(\d+)( kB)?", file.read(), re.M)
        return int(found[1]) / (1024 if found[2] else 1)

    def forget_peak(self):
        with open(f"/proc/{self.server.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")


def compiled(scratch):
    made = os.path.join(scratch.path, "planted.so")
    subprocess.run(["c++", "-O1", "-shared", "-fPIC", "-o", made, os.path.join(HERE, "planted.cc"), "-ldl"], check=True)
    return made


def healthy(served, told, ended, times):
    """A client of each kind, as long as there are messages."""
    try:
        while not ended.wait(0.2) and not told.wrong:
            begun = time.monotonic()
            served.is_well()
            times.append(time.monotonic() - begun)
            if times[-1] > SECONDS:
                raise Wrong(f"answered after {times[-1]:.0f} s")
    except (OSError, ValueError, Wrong, AssertionError, conversations.Gone) as error:
        told.find(f"a healthy client: {type(error).__name__} {error}")


def send(served, told, seed):
    """All that is wanted, by senders of each kind; how long healthy clients waited."""
    chance, ended, times = random.Random(seed), threading.Event(), []
    senders = [Sender(served, kind, told, chance.randrange(1 << 30))
               for kind, many in (("hive", 4), ("weir", 4), ("http", 3)) for _ in range(many)]
    watching = threading.Thread(target=healthy, args=(served, told, ended, times))
    for thread in (watching, *senders):
        thread.start()
    for thread in senders:
        thread.join()
    ended.set()
    watching.join()
    return times


def parts(counts, share):
    return {kind: max(int(count * share), 1) for kind, count in counts.items()}


def storm(served, counts, seed):
    """(what went wrong or None, what was done, measured)."""
    served.is_well()
    warm = Told(parts(counts, 0.05))
    times = send(served, warm, seed)
    if warm.wrong:
        return warm.wrong, warm.did, ""
    served.is_well()
    memory, threads = served.number("VmRSS"), served.number("Threads")
    served.forget_peak()
    told = Told(counts)
    times += send(served, told, seed + 1)
    wrong = told.wrong or ended_well(served, memory, threads)
    measured = "" if served.server.process.returncode is None and wrong else \
        f"{memory:.0f} MiB before; healthy clients: {len(times)} times, at most {max(times, default=0):.1f} s"
    return wrong, told.did + warm.did, measured


def ended_well(served, memory, threads):
    served.is_well()
    peak = served.number("VmHWM") - memory
    print(f"grown by {peak:.0f} MiB at the most, {served.number('VmRSS') - memory:.0f} in the end; "
          f"threads: {threads:.0f}, then {served.number('Threads'):.0f}", flush=True)
    if peak > GROWTH:
        return f"it has grown by {peak:.0f} MiB"
    until = time.monotonic() + SECONDS
    while served.number("Threads") > threads + 2:
        if time.monotonic() > until:
            return f"{served.number('Threads'):.0f} threads, which were {threads:.0f}"
        time.sleep(0.1)
    lines = [line for line in served.server.log().splitlines() if not LOGGED_IN.search(line)]
    print(f"{len(lines)} lines in the log beside logins", flush=True)
    if len(lines) > LINES:
        return f"{len(lines)} lines in the log, such as {lines[-1][:200]}"
    code = served.server.end()
    return f"it ended with {code}" if code != 0 else None


def run(arguments, seed, plant=""):
    """Whether all was well."""
    counts = {"hive": arguments.messages // 2, "weir": arguments.messages - arguments.messages // 2, "http": arguments.http}
    print(f"seed {seed}" + (f", planted: {plant}" if plant else ""), flush=True)
    begun = time.monotonic()
    with Scratch() as scratch:
        served = Served(os.path.abspath(arguments.weir), scratch, plant)
        with served.server:
            try:
                wrong, did, measured = storm(served, counts, seed)
            except (OSError, Wrong, AssertionError, conversations.Gone) as error:
                wrong, did, measured = f"{type(error).__name__} {error}", collections.Counter(), ""
            if wrong:
                print(f"FAILED: {wrong}\n{served.server.log()[-1500:]}"[:4000], flush=True)
    seconds = time.monotonic() - begun
    sent = {kind: sum(count for what, count in did.items() if what.startswith(kind)) for kind in counts}
    zeros = [f"{kind} {how.__name__}" for kind, hows in (("hive", wire.MUTATIONS), ("weir", wire.MUTATIONS), ("http", OF_HTTP))
             for how in hows if not did[f"{kind} {how.__name__}"]]
    if not wrong:
        print(f"{sent['hive']} messages by TCP, {sent['weir']} through the Unix socket, {sent['http']} by HTTP in {seconds:.0f} s; {measured}")
        for zero in zeros:
            print(f"FAILED: zero: {zero}")
    if arguments.ledger and not wrong and not zeros:
        ledger.record("messages", seed, sent["hive"] + sent["weir"], seconds)
        ledger.record("messages.http", seed, sent["http"], seconds)
    return not wrong and not zeros


def planted(arguments, seed):
    names = [PLANTS[slices.number("messages.planted")]] if arguments.slice and not slices.is_full() else PLANTS
    missed = [name for name in names if run(arguments, seed, name)]
    for name in missed:
        print(f"FAILED: nobody noticed that it {name}")
    print(f"plants: {len(names) - len(missed)} passed, {len(missed)} failed")
    return not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--http", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plant", choices=PLANTS)
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--slice", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    arguments = parser.parse_args()
    if arguments.planted or (arguments.slice and not slices.is_full()):
        arguments.messages, arguments.http = 4000, 800
    seed = seeds.draw(arguments.seed)
    if arguments.planted:
        return 0 if planted(arguments, seed) else 1
    return 0 if run(arguments, seed, arguments.plant or "") else 1


if __name__ == "__main__":
    sys.exit(main())
