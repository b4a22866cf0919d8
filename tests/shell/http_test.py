#!/usr/bin/env python3
"""The HTTP server: who may ask, health, metrics for Prometheus, and clients that are slow."""
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import stat
import statistics
import subprocess
import time

import server_test
from weir_shell import DEADLINE, expect, run_all
import seed  # noqa: E402  (weir_shell says where)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TABLES = """
CREATE TABLE orders (id BIGINT, item BIGINT, price DOUBLE) WITH ('connector' = 'datagen', 'rows-per-second' = '500',
    'fields.item.min' = '1', 'fields.item.max' = '10');
CREATE TABLE totals (item BIGINT, n BIGINT, total DOUBLE) WITH ('connector' = 'blackhole');
"""
INSERT = "INSERT INTO totals SELECT item, COUNT(*), SUM(price) FROM orders GROUP BY item;"


class Server(server_test.Server):
    """weir server at a port of its own; more are `options` of its command line."""

    def __init__(self, scratch, *options):
        self.scratch, self.data = scratch, os.path.join(scratch.path, "weir-data")
        super().__init__(scratch, "-D", "server.http.address=127.0.0.1:0", "-D", "parallelism.default=1", *options)
        said = re.search(r"answers HTTP at (\S+):(\d+)$", self.log(), re.M)
        self.host, self.port = said.group(1), int(said.group(2))
        with open(os.path.join(self.data, "token"), encoding="ascii") as file:
            self.token = file.read().strip()

    def ask(self, path, method="GET", body=None, **headers):
        """Status and body, which is taken apart where it is JSON."""
        sent = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        client = http.client.HTTPConnection(self.host, self.port, timeout=DEADLINE)
        try:
            client.request(method, path, None if body is None else json.dumps(body), {k: v for k, v in sent.items() if v is not None})
            answer = client.getresponse()
            text = answer.read().decode()
            is_json = answer.getheader("Content-Type", "").startswith("application/json") and text
            return answer.status, json.loads(text) if is_json else text
        finally:
            client.close()

    def get(self, path):
        status, body = self.ask(path)
        expect(status == 200, f"{path}: {status} {body}")
        return body

    def start(self, text, fails=False):
        """Jobs that run on in the server; with `fails` one that dies soon, which the client may see before it leaves."""
        script = self.scratch.write("script.sql", text)
        done = self.scratch.run("--data-dir", self.data, "-D", "execution.checkpointing.interval=200 ms", "run", "-d", script)
        expect(done.returncode == 0 or (fails and done.returncode in (3, 4)), done.stderr)

    def stop(self, job):
        done = self.scratch.run("--data-dir", self.data, "-c", f"STOP JOB {job}")
        expect(done.returncode == 0, done.stderr)

    def until(self, true, what):
        end = time.monotonic() + DEADLINE
        while not true():
            expect(time.monotonic() < end, what)
            time.sleep(0.05)


def figures(text):
    """Series -> value."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}


def skip(name, reason):
    print(f"SKIPPED shell.http.{name}: {reason}")


def test_who_may_ask(scratch):
    with Server(scratch) as server:
        expect(stat.S_IMODE(os.stat(os.path.join(server.data, "token")).st_mode) == 0o600, "others may read the token")
        for path, answer in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
            expect(server.ask(path, Authorization=None) == (200, answer), path)
        for path in ("/metrics", "/v1/metrics", "/nothing", "/v1/jobs/../metrics", "/%6detrics"):
            for token in (None, "Bearer ", f"Bearer {server.token[:-1]}", f"Bearer {server.token}0", f"Basic {server.token}"):
                expect(server.ask(path, Authorization=token)[0] == 401, f"{path} {token}")
        expect(server.ask("/metrics")[0] == 200, "the token lets in")
        expect(server.ask("/%6detrics")[0] == 200, "an encoded path is the same")
        expect(server.ask("/metrics", Host="example.com")[0] == 403, "a name that is bound to us")
        expect(server.ask("/metrics", Host=f"localhost:{server.port}")[0] == 200, "localhost")
        expect(server.ask("/metrics", Origin="http://example.com")[0] == 403, "a page of somebody else")
        expect(server.ask("/nothing")[0] == 404, "what is not there")
        expect(server.ask("/metrics", "POST", {})[0] == 405, "another method")
        expect(server.ask("/metrics", "POST", {}, Content_Type="text/plain")[0] == 415, "what a form can send")
        token = server.token
    with Server(scratch) as server:
        expect(server.token == token, "the token stays")


def routes(document):
    """(method, path, role, what it takes) of every operation of an OpenAPI document, which is made from the table that
    requests find their answers by."""
    found = [(method.upper(), path, operation["x-weir-role"], operation)
             for path, methods in document["paths"].items() for method, operation in methods.items()]
    expect(len(found) > 25, found)
    return found


def test_the_description_is_openapi(scratch):
    """Its form, as OpenAPI 3.0.3 says it; and what it says of bodies is so."""
    types = {"string", "boolean", "integer", "object", "array"}
    with Server(scratch) as server:
        document = server.get("/v1/openapi.json")
        expect(set(document) == {"openapi", "info", "servers", "paths", "components"} and document["openapi"] == "3.0.3", document)
        expect({"title", "version"} <= set(document["info"]), document["info"])
        for method, path, _, operation in routes(document):
            about = f"{method} {path}: {operation}"
            expect(path.startswith("/") and method in ("GET", "POST", "PATCH"), about)
            expect({"operationId", "responses"} <= set(operation) <= {"operationId", "summary", "x-weir-role", "security", "parameters",
                                                                      "requestBody", "responses"}, about)
            expect(re.findall(r"{(\w+)}", path) == [p["name"] for p in operation["parameters"] if p["in"] == "path"], about)
            for parameter in operation["parameters"]:
                expect(parameter["in"] in ("path", "query") and parameter["schema"]["type"] in types, about)
                expect(parameter["required"] or parameter["in"] == "query", about)
            for response in operation["responses"].values():
                expect(response["description"] and len(response["content"]) == 1, about)
            for scheme in operation["security"]:
                expect(set(scheme) <= set(document["components"]["securitySchemes"]), about)
            if "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            needed = schema.get("required", [])
            expect(set(needed) <= set(schema["properties"]) and ("required" not in schema or needed), about)
            expect(all(member["type"] in types for member in schema["properties"].values()), about)
            status, body = server.ask(re.sub(r"{\w+}", "x", path), method, {})
            expect(not needed or status == 400 and f"'{needed[0]}'" in json.dumps(body), f"{about}: {status} {body}")
        expect("#/components/schemas/Error" in json.dumps(document) and "Error" in document["components"]["schemas"], document["components"])


def test_every_path_asks_for_the_token(scratch):
    with Server(scratch) as server:
        for method, pattern, role, _ in routes(server.get("/openapi.json")):
            path = re.sub(r"{\w+}", "x", pattern)
            for before in ("", "/v1"):
                for token in (None, "Bearer " + "0" * 64):
                    status, _ = server.ask(before + path, method, None if method == "GET" else {}, Authorization=token)
                    expect((status == 401) == (role != "anybody"), f"{method} {before}{path} for {role}: {status}")
            expect(server.ask(path, method, None if method == "GET" else {})[0] not in (401, 403, 405, 415), f"{method} {path}")


def test_it_is_off_unless_it_is_asked_for(scratch):
    done = scratch.run("-c", TABLES)
    expect("HTTP" not in done.stderr and not os.path.exists(os.path.join(scratch.path, "weir-data", "token")), done.stderr)
    for said, why in (("0.0.0.0:0", "neither TLS nor a login"), ("yes", "no port")):
        done = scratch.run("-D", f"server.http.address={said}", "-c", TABLES)
        expect("nothing answers HTTP" in done.stderr and why in done.stderr, done.stderr)
    os.chmod(scratch.write("weir-data/token", "a" * 64), 0o644)
    done = scratch.run("-D", "server.http.address=127.0.0.1:0", "-c", TABLES)
    expect("may be used by others" in done.stderr, done.stderr)


def test_figures_move_with_the_rows(scratch):
    with Server(scratch, "-D", "metrics.flink-names=true") as server:
        server.start(TABLES + "SET 'pipeline.name' = 'sums';" + INSERT)
        rows = 'weir_job_source_rows_total{job_name="sums"}'
        done = 'weir_jobmanager_job_numberOfCompletedCheckpoints{job_name="sums"}'
        server.until(lambda: figures(server.get("/metrics")).get(done, 0) > 2, "checkpoints are counted")
        first = figures(server.get("/metrics"))
        time.sleep(0.5)
        then = figures(server.get("/metrics"))
        expect(first['weir_job_state{job_name="sums",state="RUNNING"}'] == 1 and first['weir_jobs{state="RUNNING"}'] == 1, first)
        expect(100 <= then[rows] - first[rows] <= 2000, f"{first[rows]} {then[rows]}")
        for figure in ("numRecordsOut", "numRecordsIn"):
            ours = sum(v for k, v in first.items() if k.startswith(f"weir_taskmanager_job_task_operator_{figure}{{job_name=\"sums\""))
            flinks = sum(v for k, v in then.items() if k.startswith(f"flink_taskmanager_job_task_operator_{figure}{{job_id="))
            expect(0 < ours <= flinks, f"{figure}: {ours} {flinks}")
        with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as file:
            page = file.read()
        for name in {re.match(r"[a-z]+_([A-Za-z_]+)", series).group(1) for series in then}:
            expect(f"| `weir_{name}` |" in page, f"{name} is not in docs/metrics.md")
        server.stop("sums")
        last = figures(server.get("/metrics"))
        expect(last['weir_job_state{job_name="sums",state="SUSPENDED"}'] == 1 and rows not in last, last)


def test_what_watches_names_figures_that_are_there(scratch):
    with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as file:
        page = file.read()
    folder = os.path.join(ROOT, "docs", "monitoring")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        named = set(re.findall(r"\bweir_[A-Za-z_]+", text))
        expect(named, f"{name} names no figure")
        for figure in named:
            expect(f"| `{figure}` |" in page, f"{name}: {figure} is not in docs/metrics.md")
        if name.endswith(".json"):
            json.loads(text)
    if shutil.which("promtool") is None:
        return skip("alert_rules", "Debian's prometheus is not installed")
    for check in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(["promtool", *check], cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False)
        expect(done.returncode == 0, done.stdout + done.stderr)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def query(port, expression):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    try:
        client.request("GET", "/api/v1/query?query=" + expression)
        answer = client.getresponse()
        if answer.status != 200:
            return []  # it begins
        return [(one["metric"], float(one["value"][1])) for one in json.loads(answer.read())["data"]["result"]]
    except OSError:
        return []
    finally:
        client.close()


def test_prometheus_takes_them(scratch):
    if shutil.which("prometheus") is None:
        return skip("prometheus", "Debian's prometheus is not installed")
    with Server(scratch, "-D", "metrics.flink-names=true") as server:
        server.start(TABLES + "SET 'pipeline.name' = 'sums';" + INSERT)
        config = scratch.write("prometheus.yml", f"""
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: weir
    authorization: {{type: Bearer, credentials_file: {server.data}/token}}
    static_configs: [{{targets: ['127.0.0.1:{server.port}']}}]
""")
        port = free_port()
        with open(os.path.join(scratch.path, "prometheus.log"), "w", encoding="utf-8") as log:
            child = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={scratch.path}/tsdb",
                                      f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            server.until(lambda: query(port, "scrape_samples_scraped%7Bjob%3D%22weir%22%7D>50"), "Prometheus has scraped")
            server.until(lambda: query(port, "rate(weir_job_source_rows_total%5B10s%5D)>100"), "a rate")
            expect(query(port, "up")[0][1] == 1, query(port, "up"))
            expect([m["job_name"] for m, _ in query(port, "flink_jobmanager_job_numberOfCompletedCheckpoints")] == ["sums"], "by name")
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(DEADLINE)


def test_fifty_jobs_are_scraped_quickly(scratch):
    with Server(scratch, "-D", "execution.checkpointing.interval=0") as server:
        tables = TABLES.replace("'500'", "'1'")
        server.start(tables + "".join(f"SET 'pipeline.name' = 'job{i}'; INSERT INTO totals SELECT id, item, price FROM orders;"
                                    for i in range(50)))
        expect(figures(server.get("/metrics"))['weir_jobs{state="RUNNING"}'] == 50, "all run")
        seconds, memory = [], []
        for _ in range(200):
            begin = time.monotonic()
            text = server.get("/metrics")
            seconds.append(time.monotonic() - begin)
            memory.append(figures(text)["weir_process_resident_memory_bytes"])
        print(f"      {len(text.splitlines())} lines, median {statistics.median(seconds) * 1e3:.1f} ms")
        # Other tests run beside this one: what a quarter of the answers took.
        expect(statistics.quantiles(seconds, n=4)[0] < 0.02, seconds)
        expect(memory[-1] - memory[20] < 4 << 20, f"memory grew from {memory[20]} to {memory[-1]}")


def seconds_of_health(server, rounds=100):
    """How long the slowest answers but one took."""
    seconds = []
    for _ in range(rounds):
        begin = time.monotonic()
        expect(server.ask("/healthz") == (200, "ok\n"), "healthz")
        seconds.append(time.monotonic() - begin)
        time.sleep(0.005)
    return sorted(seconds)[-2]


def test_slow_clients_keep_nobody(scratch):
    """200 of them: silent, with half a request, and with responses that they do not read."""
    with Server(scratch) as server:
        half = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
        whole = half + f"Authorization: Bearer {server.token}\r\n\r\n".encode()
        slow = []
        for i in range(200):
            slow.append(socket.create_connection((server.host, server.port)))
            slow[-1].sendall((b"", half, whole * 20)[i % 3])
        # Others may have this machine's processors for a while.
        took = min(seconds_of_health(server) for _ in range(3))
        print(f"      /healthz within {took * 1e3:.1f} ms")
        expect(took < 0.05, took)
        for one in slow:
            one.close()


def mutated(chance, request):
    """A request with a few bytes otherwise."""
    text = bytearray(request)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(text) + 1)
        what = chance.randrange(6)
        if what == 0 and at < len(text):
            text[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            del text[at:at + chance.randrange(1, 20)]
        elif what == 2:
            text[at:at] = chance.choice((b"\r\n", b"\0", b"%", b"%00", b" ", b":", b"\xff", b"{", b"\"", b"9" * 30, b"/../", b"?a=b&"))
        elif what == 3:
            text[at:at] = text[at:at + chance.randrange(1, 200)]
        elif what == 4:
            text[at:at] = chance.choice((b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"Expect: 100-continue\r\n",
                                         b"Connection: upgrade\r\n", b"Host: localhost\r\n"))
        else:
            text = text[:at]
    return bytes(text)


def test_mutated_requests_do_no_harm(scratch):
    chance = random.Random(number := seed.draw())
    with Server(scratch) as server:
        head = f"Host: localhost\r\nAuthorization: Bearer {server.token}\r\n"
        body = json.dumps({"statement": "SHOW TABLES", "settings": {"pipeline.name": "x"}})
        requests = [f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in ("/metrics", "/jobs/overview", "/jobs/x/vertices/y?a=b%20c")]
        requests += [f"POST {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
                     for path in ("/v1/sql", "/jobs/x/savepoints", "/savepoint-disposal")]
        begin = figures(server.get("/metrics"))["weir_process_resident_memory_bytes"]
        for i in range(20000):
            with socket.create_connection((server.host, server.port), timeout=DEADLINE) as client:
                client.sendall(mutated(chance, chance.choice(requests)))
                client.shutdown(socket.SHUT_WR)
                answer = client.recv(16)
                expect(re.match(rb"HTTP/1.1 [2-5]\d\d |$", answer), f"seed {number}, {i}: {answer}")
        expect(server.ask("/healthz") == (200, "ok\n"), f"seed {number}")
        end = figures(server.get("/metrics"))["weir_process_resident_memory_bytes"]
        expect(end - begin < 64 << 20, f"seed {number}: memory grew from {begin} to {end}")


if __name__ == "__main__":
    run_all(dict(globals()))
