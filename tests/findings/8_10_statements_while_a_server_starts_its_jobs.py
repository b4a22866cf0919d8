#!/usr/bin/env python3
"""A DROP JOB that came while a server started its jobs again ended the server, and a job that somebody had restored meanwhile was FAILED."""
import http.client
import json
import signal
import threading

from weir import check, equal, true

JOBS = 12
TABLES = ("CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1'); CREATE TABLE o (a INT) WITH ('connector' = 'blackhole');")


class Server:
    """weir server, from the moment on at which it answers HTTP, before its jobs are started."""

    def __init__(self, weir):
        self.weir = weir
        self.child = weir.spawn([weir.program, "server", "--data-dir", "data", "-D", "server.http.address=127.0.0.1:0", "-D",
                                 "server.thrift.address=0", "-D", "parallelism.default=1"])
        self.lines = []
        self.port = None
        while self.port is None:
            line = self.child.stderr.readline()
            true(line, "".join(self.lines))
            self.lines.append(line)
            if "answers HTTP at" in line:
                self.port = int(line.rsplit(":", 1)[1])
        self.ready = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stderr:
            self.lines.append(line)
            if "ready" in line:
                self.ready.set()

    def sql(self, statement):
        """Its status and its body; none where the server is gone."""
        token = self.weir.path("data/token").read_text().strip()
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            client.request("POST", "/v1/sql", json.dumps({"statement": statement}),
                           {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
            answer = client.getresponse()
            return answer.status, json.loads(answer.read())
        except OSError:
            return None, None
        finally:
            client.close()

    def jobs(self):
        """{name: state} of the newest of each name."""
        return {row[1]: row[2] for row in self.sql("SHOW JOBS")[1]["rows"]}

    def end(self, how=signal.SIGTERM):
        self.child.send_signal(how)
        return self.child.wait(60)


def body(weir):
    equal(weir.kept(TABLES).code, 0)
    server = Server(weir)
    for i in range(JOBS):
        equal(server.sql(f"CREATE JOB j{i:02} AS INSERT INTO o SELECT a FROM g")[0], 200)
    server.end(signal.SIGKILL)

    # The last ones are dropped, ended and restored by others while the first ones are started.
    server = Server(weir)
    asked = [f"DROP JOB j{i:02}" for i in range(6, 9)]
    asked += [f"RESTORE JOB j{i:02} FROM LATEST CHECKPOINT" for i in range(9, JOBS)]
    answers = {}
    threads = [threading.Thread(target=lambda one=one: answers.update({one: server.sql(one)})) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.ready.wait(60)
    equal(server.child.poll(), None, "".join(server.lines[-5:]))
    states = server.jobs()
    for one, (status, answer) in answers.items():
        name = one.split()[2]
        if one.startswith("DROP") and status == 200:
            true(name not in states, (one, states))
        else:
            equal(states[name], "RUNNING", (one, answer))
    true(not any("not-resumed" in line or "is running already" in line for line in server.lines), "".join(server.lines))
    equal(server.end(), 0)


check(body)
