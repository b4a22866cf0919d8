#!/usr/bin/env python3
"""POST /v1/sql: answers as an object, rows that keep coming as lines, errors, and clients that leave."""
import http.client
import json
import os
import re
import signal
import socket
import time

from http_test import INSERT, TABLES, Server, figures, seconds_of_health
from weir_shell import DEADLINE, expect, run_all

LINES = "application/x-ndjson"
ENDLESS = "SELECT id, item FROM orders"


class Lines:
    """The lines of a statement, as they come."""

    def __init__(self, server, statement, **settings):
        self.client = http.client.HTTPConnection(server.host, server.port, timeout=DEADLINE)
        self.client.request("POST", "/v1/sql", json.dumps({"statement": statement, "settings": settings}),
                            {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json", "Accept": LINES})
        self.answer = self.client.getresponse()

    def next(self):
        return json.loads(self.answer.readline())

    def rest(self):
        return [json.loads(line) for line in self.answer]

    def close(self):
        self.answer.close()
        self.client.close()


def sql(server, statement, wanted=200, **settings):
    status, body = server.ask("/v1/sql", "POST", {"statement": statement, "settings": settings})
    expect(status == wanted, f"{statement}: {status} {body}")
    return body


def threads_of(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"^Threads:\s+(\d+)", file.read(), re.M).group(1))


def test_answers(scratch):
    scratch.write("in/a.csv", "1,a\n2,\"b\"\"\n\"\n3,\n")
    with Server(scratch) as server:
        said = sql(server, f"CREATE TABLE t (n INT, s STRING) WITH ('connector' = 'filesystem', 'path' = '{scratch.path}/in', 'format' = 'csv');")
        expect(said == {"message": "Table t created.", "notices": []}, said)
        rows = sql(server, "SELECT n, s, n / 2.0 AS h, ARRAY[n] AS l FROM t ORDER BY n")
        expect([column["name"] for column in rows["columns"]] == ["n", "s", "h", "l"] and rows["columns"][0]["type"] == "INT", rows)
        expect([row[:2] + row[3:] for row in rows["rows"]] == [[1, "a", [1]], [2, 'b"\n', [2]], [3, None, [3]]], rows)
        expect(sql(server, "SHOW TABLES")["rows"] == [["t"]], "the catalog is the data directory's")
        expect("== Physical Plan ==" in sql(server, "EXPLAIN SELECT n FROM t")["text"], "EXPLAIN")
        lines = Lines(server, "SELECT COUNT(*) AS c FROM t").rest()
        expect(lines[0] == {"columns": [{"name": "c", "type": "BIGINT NOT NULL"}], "bounded": True}, lines)
        expect(lines[-1]["changes"] == len(lines) - 2 and lines[-2] == {"op": lines[-2]["op"], "row": [3]}, lines)
        expect(Lines(server, "SHOW TABLES").rest()[0]["rows"] == [["t"]], "no rows that come")
        zoned = "SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING) AS z"
        expect("09:00" in sql(server, zoned, **{"table.local-time-zone": "Asia/Tokyo"})["rows"][0][0], "settings")
        sql(server, "DROP TABLE t")


def test_a_limit_ends_what_has_no_end(scratch):
    with Server(scratch) as server:
        expect(scratch.run("-c", TABLES).returncode == 0, "tables")
        for limit in ("LIMIT 3", "FETCH FIRST 3 ROWS ONLY", "OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY", "LIMIT 3 OFFSET 1"):
            rows = sql(server, f"{ENDLESS} {limit}")["rows"]
            expect(len(rows) == 3, f"{limit}: {rows}")
        expect(sql(server, f"SELECT COUNT(*) FROM ({ENDLESS} LIMIT 3)")["rows"] == [[3]], "below an aggregate")
        expect(sql(server, f"{ENDLESS} LIMIT 0")["rows"] == [], "no row")
        lines = Lines(server, f"{ENDLESS} LIMIT 3").rest()
        expect(len(lines) == 5 and lines[-1]["changes"] == 3, lines)
        for endless in (f"{ENDLESS} ORDER BY item LIMIT 3", f"{ENDLESS} UNION ALL ({ENDLESS} LIMIT 3)"):
            status, body = server.ask("/v1/sql", "POST", {"statement": endless})
            expect(status == 400 and "without end" in body["message"], f"{endless}: {body}")


def test_errors(scratch):
    with Server(scratch) as server:
        for statement, status, code in (("SELEC 1", 400, "E1001"), ("SELECT x FROM nowhere", 400, "E2001"), ("SELECT 1; SELECT 2", 400, None),
                                        ("", 400, None), ("STOP JOB nobody", 404, "E5001"), ("SELECT CAST('x' AS INT) AS n", 400, None),
                                        ("SOURCE 'a.sql'", 400, None)):
            said = sql(server, statement, status)
            expect(said["errors"] and (code is None or said["code"] == code), f"{statement}: {said}")
            for line in (Lines(server, statement).rest()):
                expect("columns" in line or line["errors"], f"{statement}: {line}")
        for statement, status, place in (("STOP JOB nobody", 404, (9, 15)), ("SELECT x FROM nowhere", 400, (14, 21))):
            said = sql(server, statement, status)
            shell = scratch.run("--data-dir", server.data, "-c", statement).stderr.strip()
            expect(said["errors"] == [shell] and (said["begin"], said["end"]) == place, f"{said} {shell}")
        expect(sql(server, "SELECT 1", 400, **{"state.memory.limit": "1 mb"})["code"] == "E6001", "of the process")
        expect(sql(server, "SELECT 1", 400, **{"no.such.key": "1"})["code"] == "E6001", "no such option")
        for body in (None, [], {"sql": "SELECT 1"}, {"statement": ["SELECT 1"]}, {"statement": "SELECT 1", "seting": {}},
                     {"statement": "SELECT 1", "settings": {"pipeline.name": ["x"]}}):
            expect(server.ask("/v1/sql", "POST", body)[0] == 400, body)
        expect(server.ask("/v1/sql", "POST", {"statement": "SELECT 1"}, Content_Type="text/plain")[0] == 415, "a form")
        expect(server.ask("/v1/sql", "POST", {"statement": "SELECT 1"}, Authorization=None)[0] == 401, "no token")
        expect(server.ask("/v1/sql")[0] == 405, "GET")


def test_jobs_run_on(scratch):
    with Server(scratch, "-D", "execution.checkpointing.interval=200 ms") as server:
        for statement in TABLES.split(";")[:2]:
            sql(server, statement)
        sql(server, INSERT, **{"pipeline.name": "sums"})
        server.until(lambda: server.get("/jobs/sums/checkpoints")["counts"]["completed"] > 1, "checkpoints")
        waited = sql(server, "WAIT FOR JOB sums UNTIL FINISHED TIMEOUT INTERVAL '0.1' SECOND", 409)
        expect(waited["code"] == "E5002", waited)
        saved = sql(server, f"SAVEPOINT JOB sums TO '{scratch.path}/sp'")["path"]
        expect(os.path.exists(saved + "/_metadata"), saved)
        sql(server, "STOP JOB sums")
        expect(server.get("/jobs/sums")["state"] == "SUSPENDED", "it is stopped")


def test_rows_keep_coming(scratch):
    with Server(scratch) as server:
        for statement in TABLES.split(";")[:2]:
            sql(server, statement)
        expect("ndjson" in sql(server, ENDLESS, 400)["hint"], "it has no end")
        idle = threads_of(server)
        lines = Lines(server, ENDLESS)
        expect(lines.next()["bounded"] is False, "columns first")
        begin = time.monotonic()
        for _ in range(500):
            row = lines.next()
            expect(row["op"] == "+I" and len(row["row"]) == 2, row)
        expect(0.3 < time.monotonic() - begin < 20, "500 rows a second")
        expect(threads_of(server) > idle, "it runs")
        lines.close()
        server.until(lambda: threads_of(server) <= idle, "its client has left")
        changes = Lines(server, "SELECT item, COUNT(*) AS n FROM orders GROUP BY item")
        expect("+U" in [changes.next().get("op") for _ in range(200)], "changes")
        changes.close()


def test_statements_are_bounded(scratch):
    with Server(scratch, "-D", "server.http.max-streams=3") as server:
        for statement in TABLES.split(";")[:2]:
            sql(server, statement)
        streams = [Lines(server, ENDLESS) for _ in range(3)]
        for stream in streams:
            stream.next()
        said = sql(server, "SELECT 1 AS x", 503)
        expect("server.http.max-streams" in said["errors"][0], said)
        streams.pop().close()
        server.until(lambda: server.ask("/v1/sql", "POST", {"statement": "SELECT 1 AS x"})[0] == 200, "there is room again")
        for stream in streams:
            stream.close()


def test_200_slow_clients_on_streams(scratch):
    """They ask for rows without end and read none."""
    with Server(scratch) as server:
        for statement in TABLES.replace("'500'", "'2000'").split(";")[:2]:
            sql(server, statement)
        body = json.dumps({"statement": ENDLESS}).encode()
        head = (f"POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\nAccept: {LINES}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        slow = []
        for _ in range(200):
            slow.append(socket.socket())
            slow[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow[-1].connect((server.host, server.port))
            slow[-1].sendall(head + body)
        took = min(seconds_of_health(server) for _ in range(3))
        print(f"      /healthz within {took * 1e3:.1f} ms, {threads_of(server)} threads")
        expect(took < 0.05, took)
        answers = [one.recv(12) for one in slow]
        expect(answers.count(b"HTTP/1.1 200") == 32 and answers.count(b"HTTP/1.1 503") == 168, set(answers))
        memory = figures(server.get("/metrics"))["weir_process_resident_memory_bytes"]
        time.sleep(1)
        expect(figures(server.get("/metrics"))["weir_process_resident_memory_bytes"] - memory < 64 << 20, "rows that nobody takes wait")
        for one in slow:
            one.close()
        server.until(lambda: server.ask("/v1/sql", "POST", {"statement": "SELECT 1 AS x"})[0] == 200, "they have left")


def test_its_end_ends_streams(scratch):
    with Server(scratch) as server:
        for statement in TABLES.split(";")[:2]:
            sql(server, statement)
        lines = [Lines(server, ENDLESS) for _ in range(3)]
        for one in lines:
            one.next()
        begin = time.monotonic()
        expect(server.end(signal.SIGTERM) == 0, server.log())
        expect(time.monotonic() - begin < 10, "nobody is waited for")


if __name__ == "__main__":
    run_all({name: test for name, test in globals().items() if getattr(test, "__module__", "") == "__main__"})
