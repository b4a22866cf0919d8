#!/usr/bin/env python3
"""Tables, scripts, checkpoints and savepoints in a store that speaks S3 (server.py), through a proxy that counts requests
and answers badly where it is told to. What is read and written is held against what the store itself says. With names,
those tests alone. --plants FAULTY: each defect of plants.tsv that a test here finds must be found."""
import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import seed as seeds  # noqa: E402
import server as servers  # noqa: E402
from proxy import Proxy, Rule  # noqa: E402
from weir_shell import Scratch, expect, program, run_all  # noqa: E402

PATIENCE = 120
BUCKET = "bucket"
SECRET = "9f86d081884c7d659a2feaa0c55ad015"


class Store:
    """A bucket of the server, behind a proxy, and the engine that asks there."""

    def __init__(self, server, scratch, *rules, chance=0.0, seed=1):
        self.server, self.scratch, self.proxy = server, scratch, Proxy(server, rules, chance, seed)

    def __enter__(self):
        self.proxy.__enter__()
        for key in self.server.keys(BUCKET):
            self.server.delete(BUCKET, key)
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()

    def environment(self, **more):
        return {**self.scratch.environment(**more), "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET}

    def arguments(self, **options):
        said = {"s3.endpoint": self.proxy.url, "s3.path.style.access": "true", "s3.retry.interval": "20 ms", **options}
        return [part for key, value in said.items() for part in ("-D", f"{key}={value}")]

    def run(self, script, code=0, arguments=(), **options):
        done = subprocess.run([program(), "--format", "tsv", *self.arguments(**options), *(arguments or ("-f", "-"))], cwd=self.scratch.path,
                              env=self.environment(), input=script, text=True, capture_output=True, timeout=PATIENCE, check=False)
        expect((done.returncode == 0) == (code == 0), f"exit {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def rows(self, script, **options):
        return sorted(tuple(line.split("\t")) for line in self.run(script, **options).stdout.splitlines()[1:])

    def says(self, script, *texts, **options):
        said = self.run(script, 1, **options).stderr
        for text in texts:
            expect(text in said, f"it does not say {text!r}: {said}")
        return said

    def start(self, script, **options):
        child = subprocess.Popen([program(), *self.arguments(**options), "-f", "-"], cwd=self.scratch.path, env=self.environment(), text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdin.write(script)
        child.stdin.close()
        child.stdin = None
        return child

    def put(self, key, body):
        self.server.put(BUCKET, key, body)


def table(path, columns="a INT, b STRING", name="t", **options):
    said = {"connector": "filesystem", "path": path, "format": "csv", **options}
    return f"CREATE TABLE {name} ({columns}) WITH (" + ", ".join(f"'{key}' = '{value}'" for key, value in said.items()) + ");\n"


def until(what, why, patience=PATIENCE):
    begun = time.monotonic()
    while not what():
        expect(time.monotonic() - begun < patience, f"{why} within {patience} s")
        time.sleep(0.05)


# --- reading --------------------------------------------------------------------------------------


def test_directories_globs_and_names(server, scratch):
    with Store(server, scratch) as store:
        for key, text in {"in/1.csv": "1,x\n", "in/deep/er/2.csv": "2,y\n", "in/_hidden/3.csv": "3,z\n", "in/.4.csv": "4,z\n", "in/5 ä+%.csv": "5,v\n",
                          "inside.csv": "6,u\n", "in-between/7.csv": "7,t\n", "in/": "", "in/empty.csv": ""}.items():
            store.put(key, text)
        store.put("in/8.csv.gz", gzip.compress(b"8,g\n"))
        whole = [("1", "x"), ("2", "y"), ("5", "v"), ("8", "g")]
        for path, wanted in {f"s3://{BUCKET}/in": whole, f"s3a://{BUCKET}/in/": whole, f"S3P://{BUCKET}/in": whole,
                             f"s3://{BUCKET}/in/*.csv": [("1", "x"), ("5", "v")], f"s3://{BUCKET}/in/**/2.csv": [("2", "y")],
                             f"s3://{BUCKET}/in/[12].csv": [("1", "x")], f"s3://{BUCKET}/inside.csv": [("6", "u")],
                             f"s3://{BUCKET}/i*/7.csv": [("7", "t")]}.items():
            found = store.rows(table(path) + "SELECT * FROM t;")
            expect(found == wanted, f"{path}: {found}")
        paths = store.rows(table(f"s3://{BUCKET}/in/1.csv", "a INT, b STRING, p STRING METADATA FROM 'file.path' VIRTUAL, s BIGINT METADATA FROM "
                                 "'file.size' VIRTUAL") + "SELECT p, s FROM t;")
        expect(paths == [(f"s3://{BUCKET}/in/1.csv", "4")], paths)
        store.says(table(f"s3://{BUCKET}/nothing") + "SELECT * FROM t;", "E4002", f"s3://{BUCKET}/nothing")
        store.says(table("s3://nobucket/x") + "SELECT * FROM t;", "NoSuchBucket", "s3://nobucket")
        store.says(table("s3:///x"), "names no bucket")
        store.says(table(f"s3://{BUCKET}/a/../b"), "'..'")
        store.says(table("s3://b*/x") + "SELECT * FROM t;", "E2008")


def test_formats_and_samples(server, scratch):
    with Store(server, scratch) as store:
        store.put("j.json", "".join(json.dumps({"a": i, "b": "x" * (i % 3)}) + "\n" for i in range(1000)))
        store.put("h.csv", "name,qty\nA,1\nB,2\n")
        store.put("array.json", json.dumps([{"a": 1}, {"a": 2}]))
        found = store.rows(table(f"s3://{BUCKET}/j.json", format="json") + "SELECT COUNT(*), SUM(a), MAX(b) FROM t;")
        expect(found == [("1000", "499500", "xx")], found)
        found = store.rows(f"SELECT SUM(qty), MAX(name) FROM 's3://{BUCKET}/h.csv';")
        expect(found == [("3", "B")], found)
        found = store.rows(f"SELECT a FROM 's3://{BUCKET}/array.json';")
        expect(found == [("1",), ("2",)], found)
        partitioned = "a INT, d STRING) PARTITIONED BY (d"
        store.put("p/d=x/1.csv", "1\n")
        store.put("p/d=y/1.csv", "2\n")
        found = store.rows(table(f"s3://{BUCKET}/p", partitioned) + "SELECT * FROM t WHERE d = 'y';")
        expect(found == [("2", "y")], found)


def test_requests_of_small_objects(server, scratch):
    """A list of all, and a request for each object, however often a reader opens it."""
    with Store(server, scratch) as store:
        for i in range(50):
            store.put(f"small/{i:03}.csv", f"{i},no end of line" if i % 2 else f"{i},x\n")
        store.proxy.forget()
        found = store.rows(table(f"s3://{BUCKET}/small") + "SELECT COUNT(*), SUM(a) FROM t;", **{"parallelism.default": 2})
        expect(found == [("50", "1225")], found)
        asked = store.proxy.counts("small")
        expect(asked == {"LIST": 1, "GET": 50}, f"requests: {asked}")


def test_large_objects_are_read_ahead(server, scratch):
    chance = random.Random(seeds.draw())
    lines = [f"{chance.randrange(10**9)},{'x' * chance.randrange(40)}\n" for _ in range(300_000)]
    body = "".join(lines).encode()
    total = str(sum(int(line.split(",")[0]) for line in lines))
    with Store(server, scratch) as store:
        store.put("large.csv", body)
        for ahead, most in (("64 kb", None), ("1 mb", len(body) // 2**20 + 4), ("64 mb", 1)):
            store.proxy.forget()
            found = store.rows(table(f"s3://{BUCKET}/large.csv", "a BIGINT, b STRING") + "SELECT COUNT(*), SUM(a) FROM t;", **{"s3.readahead.range": ahead})
            expect(found == [("300000", total)], f"{ahead}: {found}")
            asked = store.proxy.counts("large.csv")
            expect(most is None or asked["GET"] <= most, f"{ahead}: {asked}")
        store.put("large.csv.gz", gzip.compress(body))
        found = store.rows(table(f"s3://{BUCKET}/large.csv.gz", "a BIGINT, b STRING") + "SELECT COUNT(*), SUM(a) FROM t;", **{"s3.readahead.range": "256 kb"})
        expect(found == [("300000", total)], found)


def test_an_object_that_is_replaced_while_it_is_read(server, scratch):
    body = "".join(f"{i},old\n" for i in range(200_000))
    with Store(server, scratch) as store:
        store.put("changing.csv", body)
        store.proxy.rules.append(Rule(lambda: store.put("changing.csv", body.replace("old", "new")), "GET", "changing.csv", skip=2))
        store.says(table(f"s3://{BUCKET}/changing.csv") + "SELECT COUNT(*) FROM t;", "E3006", "was replaced while it was read",
                   **{"s3.readahead.range": "64 kb"})


def test_a_monitored_prefix(server, scratch):
    with Store(server, scratch) as store:
        store.put("in/1.csv", "1,x\n")
        job = ("SET 'pipeline.name' = 'j'; SET 'execution.checkpointing.interval' = '100 ms'; SET 'restart-strategy.type' = 'none';\n"
               + table(f"s3://{BUCKET}/in", **{"source.monitor-interval": "100 ms"})
               + table("out", name="o") + "INSERT INTO o SELECT * FROM t;\n")

        def written():
            folder = os.path.join(scratch.path, "out")
            files = [os.path.join(folder, name) for name in os.listdir(folder) if name.startswith("part")] if os.path.isdir(folder) else []
            return sorted(line for file in files for line in open(file, encoding="utf-8").read().split())

        child = store.start(job)
        until(lambda: written() == ["1,x"], "the first object is read")
        store.put("in/2.csv", "2,y\n")
        until(lambda: written() == ["1,x", "2,y"], "the second object is read")
        child.kill()
        child.communicate()
        store.put("in/deep/3.csv", "3,z")
        child = store.start(job)
        until(lambda: written() == ["1,x", "2,y", "3,z"], "what came meanwhile is read, and nothing twice")
        asked = store.proxy.counts("in/2.csv")
        store.put("in/2.csv", "2,w\n")
        said = child.communicate(timeout=PATIENCE)
        expect(child.returncode != 0 and "E3006" in said[1] and "in/2.csv" in said[1], said)
        expect(asked.get("HEAD", 0) <= 1, f"an object of which all was read is not asked for again: {asked}")


def test_scripts(server, scratch):
    with Store(server, scratch) as store:
        store.put("x.sql", f"{table(f's3://{BUCKET}/in')}SELECT SUM(a) FROM t;\n")
        store.put("bad.sql", "SELECT 1 +;\n")
        store.put("in/1.csv", "41,x\n1,y\n")
        done = store.run("", arguments=("run", f"s3://{BUCKET}/x.sql"))
        expect(done.stdout.split() == ["EXPR$0", "42"] or done.stdout.split()[-1] == "42", done.stdout)
        done = store.run("", arguments=(f"s3://{BUCKET}/x.sql",))
        expect(done.stdout.split()[-1] == "42", done.stdout)
        said = store.run("", 1, arguments=("run", f"s3://{BUCKET}/bad.sql")).stderr
        expect(f"s3://{BUCKET}/bad.sql:1:" in said, said)
        expect("No error" in store.run("", arguments=("check", f"s3://{BUCKET}/x.sql")).stderr, "check reads it, too")
        expect("E4002" in store.run("", 1, arguments=("run", f"s3://{BUCKET}/none.sql")).stderr, "a script that is not there")


# --- writing --------------------------------------------------------------------------------------


def test_copy(server, scratch):
    with Store(server, scratch) as store:
        store.run(f"COPY (SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS v(a, b)) TO 's3://{BUCKET}/new/o.csv';")
        expect(server.get(BUCKET, "new/o.csv") in (b"a,b\n1,x\n2,y\n", b"1,x\n2,y\n"), f"{server.get(BUCKET, 'new/o.csv')} {server.keys(BUCKET)}")
        store.run(f"COPY (SELECT 3 AS a) TO 's3://{BUCKET}/new/o.csv';")
        expect(server.get(BUCKET, "new/o.csv").endswith(b"3\n"), "the object was not replaced")
        expect(list(server.keys(BUCKET)) == ["new/o.csv"], server.keys(BUCKET))
        # A query that fails leaves the object that was there.
        store.says(f"COPY (SELECT CAST(b AS INT) FROM (VALUES ('x')) AS v(b)) TO 's3://{BUCKET}/new/o.csv';", "ERROR")
        expect(server.get(BUCKET, "new/o.csv").endswith(b"3\n"), "a query that failed has changed the object")


def test_large_objects_are_written_in_parts(server, scratch):
    rows = 900_000
    script = ("CREATE TABLE g (n BIGINT, s AS CONCAT('row ', CAST(n AS STRING))) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = "
              f"'{rows}', 'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '{rows - 1}');\n"
              f"SET 'parallelism.default' = '1';\nCOPY (SELECT n, s FROM g) TO 's3://{BUCKET}/big.csv';\n")
    with Store(server, scratch, Rule(503, "PUT", "partNumber=2"), Rule("lose", "PUT", "partNumber=1"), Rule("lose", "POST", "uploadId=")) as store:
        store.run(script, **{"s3.multipart.size": "5 mb"})
        numbers = sorted(int(line.split(b",")[0]) for line in server.get(BUCKET, "big.csv").splitlines() if line[:1].isdigit())
        expect(numbers == list(range(rows)), f"{len(numbers)} rows")
        parts = [one for one in store.proxy.asked if "partNumber" in one[1]]
        expect(len({re.search(r"partNumber=(\d+)", one[1]).group(1) for one in parts}) >= 3, "it was written in parts")
        expect(server.uploads(BUCKET) == 0, "an upload stays")
    with Store(server, scratch, Rule(403, "PUT", "partNumber=2")) as store:
        store.says(script, "E4001", "AccessDenied", "s3.access-key", **{"s3.multipart.size": "5 mb"})
        expect(server.keys(BUCKET) == {} and server.uploads(BUCKET) == 0, "what failed is still there")


def test_what_is_not_there(server, scratch):
    with Store(server, scratch) as store:
        said = store.says("CREATE TABLE s (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');\n" + table(f"s3://{BUCKET}/out", "a INT", name="o")
                          + "INSERT INTO o SELECT a FROM s;", "E1002", "cannot be written yet")
        expect("<stdin>:3:1: ERROR E1002: Sink(o)" in said, f"no place: {said}")
        store.says(table(f"s3://{BUCKET}/in", **{"source.monitor-interval": "100 ms", "source.follow": "true"}) + "SELECT * FROM t;", "E1002", "source.follow")


# --- what goes wrong ------------------------------------------------------------------------------


def test_what_may_pass_is_tried_again(server, scratch):
    for bad in (500, 502, 503, 504, 429, "drop", "lose", "cut"):
        with Store(server, scratch, Rule(bad, "GET", "list-type", times=2), Rule(bad, "GET", "1.csv", times=3)) as store:
            store.put("in/1.csv", "1,x\n2,y\n")
            found = store.rows(table(f"s3://{BUCKET}/in") + "SELECT * FROM t;")
            expect(found == [("1", "x"), ("2", "y")], f"{bad}: {found}")
    with Store(server, scratch, Rule("delay 4", "GET", "1.csv")) as store:
        store.put("in/1.csv", "1,x\n")
        found = store.rows(table(f"s3://{BUCKET}/in") + "SELECT * FROM t;", **{"s3.connection.timeout": "1 s"})
        expect(found == [("1", "x")] and store.proxy.counts("1.csv")["GET"] == 2, store.proxy.counts("1.csv"))


def test_what_lasts_is_said(server, scratch):
    with Store(server, scratch, Rule(500, "GET", "1.csv", times=100)) as store:
        store.put("in/1.csv", "1,x\n")
        store.says(table(f"s3://{BUCKET}/in") + "SELECT * FROM t;", "E4001", f"s3://{BUCKET}/in/1.csv", "500 InternalError",
                   **{"s3.attempts.maximum": "3"})
        expect(store.proxy.counts("1.csv")["GET"] == 3, store.proxy.counts("1.csv"))
    with Store(server, scratch, Rule(403, "GET", "list-type", times=100)) as store:
        store.says(table(f"s3://{BUCKET}/in") + "SELECT * FROM t;", "E4001", "403 AccessDenied", "s3.access-key")
        expect(store.proxy.counts()["LIST"] == 1, "what lasts is not tried again")
    with Store(server, scratch) as store:
        store.says(table(f"s3://{BUCKET}/in") + "SELECT * FROM t;", "E4001", "tried 2 times", "s3.endpoint",
                   **{"s3.endpoint": "http://127.0.0.1:1", "s3.attempts.maximum": "2"})


def test_noise(server, scratch):
    """All requests but few are answered badly, and what is read is right."""
    number = seeds.draw()
    chance = random.Random(number)
    with Store(server, scratch, chance=0.3, seed=number) as store:
        total = 0
        for i in range(20):
            values = [chance.randrange(1000) for _ in range(chance.randrange(3000))]
            total += sum(values)
            store.put(f"noise/{i}.csv", "".join(f"{value},x\n" for value in values))
        found = store.rows(table(f"s3://{BUCKET}/noise") + "SELECT SUM(a) FROM t;", **{"s3.attempts.maximum": "30", "s3.readahead.range": "64 kb"})
        expect(found == [(str(total),)], f"seed {number}: {found}, not {total}")


def test_secrets_are_not_shown(server, scratch):
    with Store(server, scratch) as store:
        store.put("in/1.csv", "1,x\n")
        said = {"s3.access-key": "AKIAEXAMPLE", "s3.secret-key": "hidden-secret"}
        done = store.run("SET; SET 's3.secret-key'; SET 's3.access-key';", **said)
        expect("hidden-secret" not in done.stdout + done.stderr and "AKIAEXAMPLE" not in done.stdout + done.stderr, done.stdout)
        expect(done.stdout.count("******") >= 4, done.stdout)
        store.run("SET 'pipeline.name' = 'j';\n" + table(f"s3://{BUCKET}/in") + table("out", name="o") + "INSERT INTO o SELECT * FROM t;\n", **said)
        for directory, _, names in os.walk(scratch.path):
            for name in names:
                with open(os.path.join(directory, name), "rb") as file:
                    expect(b"hidden-secret" not in file.read(), f"{directory}/{name} has the secret")
        signed = [headers for _, _, _, headers in store.proxy.asked]
        expect(any("AKIAEXAMPLE" in headers.get("Authorization", "") for headers in signed), "the keys of the options sign")


# --- checkpoints and savepoints -------------------------------------------------------------------

ROWS = 40_000


def counting(name="j", directory=f"s3://{BUCKET}/checkpoints", more="", rows=ROWS, out="out", per_second=8000):
    """A job that counts keys of a sequence; its result is known."""
    return (f"SET 'pipeline.name' = '{name}';\nSET 'execution.checkpointing.interval' = '50 ms';\nSET 'restart-strategy.type' = 'none';\n"
            f"SET 'execution.checkpointing.dir' = '{directory}';\nSET 'parallelism.default' = '2';\nSET 'pipeline.batch-size' = '64';\n{more}"
            f"CREATE TABLE g (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '{per_second}', 'number-of-rows' = '{rows}', "
            f"'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '{rows - 1}');\n"
            f"CREATE TABLE o (k BIGINT, n BIGINT, s BIGINT) WITH ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'changelog');\n"
            "INSERT INTO o SELECT MOD(n, 101), COUNT(*), SUM(n) FROM g GROUP BY MOD(n, 101);\n")


def counted(scratch, rows=ROWS, out="out"):
    """Whether the changes in the files make the result."""
    wanted = {}
    for n in range(rows):
        count, total = wanted.get(n % 101, (0, 0))
        wanted[n % 101] = (count + 1, total + n)
    there = {}
    folder = os.path.join(scratch.path, out)
    for name in os.listdir(folder):
        if name.startswith("part"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for line in file:
                    kind, row = line[:2], line.rstrip("\n")[3:-1]
                    there[row] = there.get(row, 0) + (1 if kind in ("+I", "+U") else -1)
    found = {row for row, count in there.items() if count}
    expect(all(count in (0, 1) for count in there.values()), "a row is there twice")
    expect(found == {f"{key}, {count}, {total}" for key, (count, total) in wanted.items()}, f"{len(found)} rows: {sorted(found)[:5]}")


def test_a_job_is_killed_and_goes_on(server, scratch):
    with Store(server, scratch) as store:
        child = store.start(counting())
        until(lambda: any(key.endswith("/LATEST") for key in server.keys(BUCKET)), "a checkpoint is published")
        time.sleep(0.5)
        child.kill()
        child.communicate()
        expect(child.returncode == -signal.SIGKILL, "it had ended before it was killed")
        done = store.run(counting())
        expect("checkpoint" in done.stderr, done.stderr)
        counted(scratch)
        listed = store.run("SHOW JOBS; SHOW CHECKPOINTS FOR JOB j;").stdout
        expect("FINISHED" in listed, listed)
        store.run("DROP JOB j;")
        expect(server.keys(BUCKET) == {}, f"DROP JOB leaves {server.keys(BUCKET)}")


def test_checkpoints_upload_what_is_new(server, scratch):
    """Only what has changed is uploaded, no table twice, and each checkpoint's metadata and then the pointer come last."""
    script = ("SET 'pipeline.name' = 'j';\nSET 'execution.checkpointing.interval' = '300 ms';\nSET 'execution.checkpointing.num-retained' = '1';\n"
              f"SET 'execution.checkpointing.dir' = 's3://{BUCKET}/c';\nSET 'parallelism.default' = '1';\n"
              "CREATE TABLE big (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '300000', 'fields.n.kind' = 'sequence', "
              "'fields.n.start' = '0', 'fields.n.end' = '299999');\n"
              "CREATE TABLE slow (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20', 'fields.n.kind' = 'random', 'fields.n.min' = '0', "
              "'fields.n.max' = '9');\nCREATE TABLE o (n BIGINT, c BIGINT) WITH ('connector' = 'blackhole');\n"
              "INSERT INTO o SELECT n, COUNT(*) FROM (SELECT n FROM big UNION ALL SELECT n FROM slow) GROUP BY n;\n")
    with Store(server, scratch) as store:
        child = store.start(script)

        def uploads():
            sizes = []  # of each checkpoint's new tables
            for method, path, length, _ in list(store.proxy.asked):
                if method == "PUT" and "/shared/" in path:
                    sizes.append(length)
                if method == "PUT" and path.endswith("/LATEST"):
                    sizes.append("complete")
            return sizes

        until(lambda: uploads().count("complete") >= 12, "twelve checkpoints are complete")
        child.kill()
        child.communicate()
        sizes = uploads()
        ends = [i for i, size in enumerate(sizes) if size == "complete"]
        new = [sum(sizes[begin + 1:end]) for begin, end in zip(ends, ends[1:])]  # bytes of the second checkpoint on
        # All keys are there by now, and six of them have changed between two checkpoints.
        whole = sum(size for size in sizes if size != "complete")
        expect(all(size < whole / 50 for size in new[-3:]), f"late checkpoints upload what was there: {new} of {whole}")
        names = [path for path in store.proxy.written() if "/shared/" in path]
        expect(len(names) == len(set(names)), "a table was uploaded twice")
        order = [path.rsplit("/", 1)[-1] for path in store.proxy.written()]
        at = order.index("LATEST")
        expect(order[at - 1] == "_metadata" and "CURRENT" in order[:at], f"the metadata comes last, then the pointer: {order[:at + 1]}")
        kept = [key for key in server.keys(BUCKET) if "/chk-" in key and key.endswith("_metadata")]
        expect(len(kept) <= 2, f"too many checkpoints are kept: {kept}")


def test_a_job_moves_into_the_store_and_back(server, scratch):
    with Store(server, scratch) as store:
        def savepoint(directory, to, how, last=False):
            """Starts or goes on, waits for output, stops with a savepoint in `to`."""
            return store.run(counting("moved", directory, how).replace("INSERT INTO o", "SET 'table.dml-sync' = 'false';\nINSERT INTO o") +
                             ("WAIT FOR JOB moved UNTIL FINISHED;\n" if last else f"WAIT FOR JOB moved UNTIL CHECKPOINT;\nSTOP JOB moved WITH SAVEPOINT '{to}';\n"))

        def newest(of):
            return re.findall(r"\S+/savepoint-[0-9a-f]+-\d+", of.stderr + of.stdout)[-1]

        local = os.path.join(scratch.path, "local")
        first = newest(savepoint(local, f"s3://{BUCKET}/saved", ""))
        expect(first.startswith(f"s3://{BUCKET}/saved/savepoint-"), first)
        shown = store.run(f"DESCRIBE SAVEPOINT '{first}';").stdout
        expect("moved" in shown, shown)
        second = newest(savepoint(f"s3://{BUCKET}/c", f"s3://{BUCKET}/saved", f"SET 'execution.state-recovery.path' = '{first}';\n"))
        third = newest(savepoint(f"s3://{BUCKET}/c", local, f"SET 'execution.state-recovery.path' = '{second}';\n"))
        expect(third.startswith(local), third)
        savepoint(local, "", f"SET 'execution.state-recovery.path' = '{third}';\n", last=True)
        counted(scratch)


def test_a_pointer_that_is_lost_on_its_way(server, scratch):
    """The answers to the first PUTs of LATEST are lost: whether they were done is found out, and nothing is twice."""
    with Store(server, scratch, Rule("lose", "PUT", "/LATEST", times=3), Rule(503, "PUT", "_metadata", times=3),
               Rule("repeat", "PUT", "shared/", times=20)) as store:
        store.run(counting(rows=10_000))
        counted(scratch, 10_000)


def test_a_store_that_is_away(server, scratch):
    """Checkpoints fail for a while, the job goes on, and later ones succeed."""
    with Store(server, scratch) as store:
        child = store.start(counting(more="SET 'execution.checkpointing.tolerable-failed-checkpoints' = '100000';\n"), **{"s3.attempts.maximum": "2"})
        until(lambda: any(key.endswith("/LATEST") for key in server.keys(BUCKET)), "a checkpoint is published")
        store.proxy.rules.append(Rule(503, "PUT", "", times=40))
        said = child.communicate(timeout=PATIENCE)
        expect(child.returncode == 0, said)
        counted(scratch)


def find_plants(server, faulty):
    """Every defect is found by the test that its row names."""
    sys.argv[2] = faulty
    missed = []
    with open(os.path.join(HERE, "plants.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    for defect, _, finder in rows:
        os.environ["WEIR_DEFECT"] = defect
        try:
            with Scratch() as scratch:
                globals()[finder](server, scratch)
            missed.append(defect)
        except Exception as error:  # noqa: BLE001: any failure finds it
            print(f"found {defect} by {finder}: {str(error)[:150]!r}", flush=True)
    expect(not missed, f"not found: {missed}")


def main():
    place, why = servers.moto(program())
    if why is not None:
        print(f"SKIPPED s3: moto cannot be installed: {why}")
        sys.exit(77)
    with servers.Server(place) as the_server:
        the_server.put_bucket(BUCKET)
        if sys.argv[3:4] == ["--plants"]:
            find_plants(the_server, os.path.abspath(sys.argv[4]))
            return
        run_all({name: (lambda scratch, test=test: test(the_server, scratch)) for name, test in list(globals().items()) if name.startswith("test_")})


if __name__ == "__main__":
    main()
