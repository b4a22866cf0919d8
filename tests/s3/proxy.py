"""Stands between the engine and a store: writes down what is asked, and answers badly where it is told to."""
import http.client
import http.server
import random
import re
import socket
import threading
import time
import urllib.parse

ERROR = ('<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>{}</Message></Error>')
CODES = {500: "InternalError", 503: "SlowDown", 412: "PreconditionFailed", 403: "AccessDenied"}


class Rule:
    """Does `what` to the requests that match, the first `times` of them behind `skip` others:
    a status      that is the answer, and the store hears of nothing
    "drop"        the connection ends before the store hears of anything
    "lose"        the store does it, and the connection ends without an answer
    "cut"         the connection ends within the answer's body
    "repeat"      the store is asked twice, as by a network that repeats; the second answer counts
    a number of seconds as "delay 2.5": the answer comes late
    a function    is called before the store is asked"""

    def __init__(self, what, method=".*", path=".*", times=1, skip=0):
        self.what, self.method, self.path, self.times, self.skip = what, method, path, times, skip
        self.done = 0

    def takes(self, method, path):
        if not (re.fullmatch(self.method, method) and re.search(self.path, path)):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.done >= self.times:
            return False
        self.done += 1
        return True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        what = self.server.owner.judge(self.command, self.path, len(body), dict(self.headers))
        if callable(what):
            what()
        if isinstance(what, str) and what.startswith("delay"):
            time.sleep(float(what.split()[1]))
        if what == "drop":
            return self.end()
        if isinstance(what, int):
            return self.reply(what, [], b"" if self.command == "HEAD" else ERROR.format(CODES.get(what, "Error"), "said by the proxy").encode())
        for _ in range(2 if what == "repeat" else 1):
            status, headers, said = self.server.owner.forward(self.command, self.path, body, self.headers)
        if what == "lose":
            return self.end()
        self.reply(status, headers, said, cut=what == "cut")
        return None

    def reply(self, status, headers, said, cut=False):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        length = next((value for name, value in headers if name.lower() == "content-length"), len(said))
        self.send_header("Content-Length", length if self.command == "HEAD" else len(said))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said[:len(said) // 2] if cut else said)
        if cut:
            self.end()

    def end(self):
        self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve


class Proxy:
    """`chance`, with a seed: so great a share of all requests is answered badly, each in a way that is drawn."""
    BAD = (500, 503, "drop", "lose", "cut", "repeat", "delay 0.05")

    def __init__(self, server, rules=(), chance=0.0, seed=1):
        self.server, self.rules, self.chance, self.random = server, list(rules), chance, random.Random(seed)
        self.lock, self.asked = threading.Lock(), []

    def __enter__(self):
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.owner = self
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def judge(self, method, path, length, headers):
        with self.lock:
            self.asked.append((method, path, length, headers))
            for rule in self.rules:
                if rule.takes(method, path):
                    return rule.what
            return self.random.choice(self.BAD) if self.random.random() < self.chance else None

    def forward(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request(method, path, body, {name: value for name, value in headers.items() if name.lower() != "connection"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def forget(self):
        with self.lock:
            self.asked = []

    def counts(self, path=""):
        """How often each method was asked for a path that has the text; lists apart."""
        found = {}
        with self.lock:
            for method, asked, _, _ in self.asked:
                if path in urllib.parse.unquote(asked):
                    kind = "LIST" if "list-type=2" in asked else method
                    found[kind] = found.get(kind, 0) + 1
        return found

    def written(self):
        """The keys of objects that were put, or uploaded in parts, in the order of the requests."""
        with self.lock:
            return [urllib.parse.unquote(path.split("?")[0]) for method, path, _, headers in self.asked
                    if method == "PUT" and "x-amz-copy-source" not in {name.lower() for name in headers}]
