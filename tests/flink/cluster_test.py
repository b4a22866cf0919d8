#!/usr/bin/env python3
"""weir flink beside a real cluster of Apache Flink: a query file that runs there, is edited, and goes on with its state.

usage: cluster_test.py --weir PROGRAM [--flink VERSION] [TEST…]

Where Java and Maven cannot be had, all is skipped, aloud. Ends with 'files: N passed, N failed'.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import certificates  # noqa: E402
import cluster as clusters  # noqa: E402
import gate  # noqa: E402
import gateway  # noqa: E402
from flink_rows import BARE, changes_here, folded, put  # noqa: E402

TABLES = """SET 'execution.checkpointing.interval' = '500 ms';
CREATE TABLE src (id INT, k INT, v BIGINT, name STRING, t TIMESTAMP(3), WATERMARK FOR t AS t) WITH (
  'connector' = 'filesystem', 'path' = '{folder}/in', 'format' = 'csv'{follow});
"""
# One of each kind of operator with state: identifier -> (columns, query).
KINDS = {
    "counts": ("k INT, n BIGINT, s BIGINT", "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k"),
    "distinct_names": ("name STRING", "SELECT DISTINCT name FROM src"),
    "nested": ("n BIGINT, m BIGINT", "SELECT n, COUNT(*) FROM (SELECT name, COUNT(*) AS n FROM src GROUP BY name) GROUP BY n"),
    "top": ("k INT, id INT, v BIGINT", "SELECT k, id, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS r FROM src) WHERE r <= 2"),
    "first_row": ("name STRING, id INT", "SELECT name, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY name ORDER BY t) AS r FROM src) WHERE r = 1"),
    "running": ("id INT, s BIGINT", "SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY t) FROM src"),
    "minutes": ("k INT, s BIGINT", "SELECT k, SUM(v) FROM TUMBLE(TABLE src, DESCRIPTOR(t), INTERVAL '1' HOUR) GROUP BY window_start, window_end, k"),
    "joined": ("id INT, other INT", "SELECT a.id, b.id FROM src a JOIN src b ON a.id = b.v"),
    "near": ("id INT, other INT", "SELECT a.id, b.id FROM src a JOIN src b ON a.k = b.k AND a.t BETWEEN b.t + INTERVAL '1' SECOND AND b.t + INTERVAL '5' MINUTE"),
    "matched": ("k INT, v BIGINT", "SELECT k, v FROM src MATCH_RECOGNIZE (PARTITION BY k ORDER BY t MEASURES B.v AS v PATTERN (A B) DEFINE B AS B.v > A.v + 2)"),
}
# id, k, v, name, t: the second part comes when the edited job runs.
FIRST = [(i, i % 3, 7 * i % 11, f"n{i % 4}", f"2026-01-01 00:{i:02}:00") for i in range(1, 13)]
SECOND = [(i, i % 3, 5 * i % 13, f"n{i % 6}", f"2026-01-01 00:{i:02}:00") for i in range(13, 31)]


class Scratch:
    def __init__(self, weir, cluster, folder):
        self.weir, self.cluster, self.folder = weir, cluster, folder
        os.makedirs(os.path.join(folder, "temporary"))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)
        return path

    def rows(self, name, rows):
        put(self.folder, name, rows)

    def flink(self, *words, fails=False, env=None):
        done = subprocess.run([self.weir, "--conf", BARE, "-D", f"flink.gateway.url={self.cluster.gateway}", "-D", f"flink.rest.url={self.cluster.rest}",
                               "flink", *words], text=True, capture_output=True, timeout=300, cwd=self.folder, check=False,
                              env=dict(os.environ, TMPDIR=self.folder + "/temporary", **(env or {})))
        if (done.returncode != 0) != fails:
            raise AssertionError(f"weir flink {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stderr if fails else done.stdout.strip()


def expect(holds, said):
    if not holds:
        raise AssertionError(said)


def script(scratch, names, follow=True, extra=""):
    """A job with these kinds as INSERTs of one set, each into a table that prints."""
    follows = ", 'source.monitor-interval' = '200 ms'" if follow else ""
    text = TABLES.format(folder=scratch.folder, follow=follows)
    tag = os.path.basename(scratch.folder)
    for name in names:
        text += f"CREATE TABLE {name} ({KINDS[name][0]}) WITH ('connector' = 'print', 'print-identifier' = '{tag}_{name}');\n"
    inserts = "".join(f"INSERT INTO {name} {KINDS[name][1]};\n" for name in names)
    return text + f"{extra}CREATE JOB job_{tag} AS STATEMENT SET BEGIN\n{inserts}END;\n"


def here(scratch, name, rows):
    """What the kind's query gives here over these rows."""
    return folded(changes_here(scratch.weir, rows, lambda folder: TABLES.format(folder=folder, follow="") + KINDS[name][1]))


def printed(scratch, name):
    return folded(scratch.cluster.printed(f"{os.path.basename(scratch.folder)}_{name}"))


def running(scratch, job):
    clusters.until(lambda: scratch.cluster.runs(job), lambda: f"{job} does not run: {scratch.cluster.jobs()}")


def operators_of(savepoint):
    with open(os.path.join(savepoint.removeprefix("file:"), "_metadata"), "rb") as file:
        return file.read()


def test_every_kind_goes_on_after_an_edit(scratch):
    """Other INSERTs come in front, and all are in another order; windows that no watermark closes are open in both."""
    names = list(KINDS)
    scratch.rows("a.csv", FIRST)
    before = scratch.write("before.sql", script(scratch, names))
    job = scratch.flink("run", before).splitlines()[-1]
    for name in names:
        expected = here(scratch, name, FIRST) if name not in ("minutes", "matched") else []
        clusters.until(lambda name=name, expected=expected: len(printed(scratch, name)) >= len(expected),
                       lambda name=name: f"{name}: {printed(scratch, name)}")
    savepoint = scratch.flink("stop", job, scratch.folder + "/savepoints")
    metadata = operators_of(savepoint)
    plan = scratch.flink("plan", before, "--format", "csv")
    ids = re.findall(r"^(?!~)(.*?),.*,([0-9a-f]{32})$", plan, re.M)
    expect(len(ids) >= len(names) + 1, plan)
    missing = [uid for uid, operator in ids if bytes.fromhex(operator) not in metadata]
    expect(not missing, f"the savepoint has no state of {missing}")
    KINDS["added"] = ("k INT, m BIGINT", "SELECT k, MAX(v) FROM src WHERE k < 2 GROUP BY k")
    after = scratch.write("after.sql", script(scratch, ["added"] + names[::-1]))
    again = scratch.flink("restore", "-s", savepoint, after).splitlines()[-1]
    running(scratch, again)
    scratch.rows("b.csv", SECOND)
    for name in names:
        expected = here(scratch, name, FIRST + SECOND)
        if name in ("minutes", "matched"):  # the input does not end, so the last ones stay open
            continue
        clusters.until(lambda name=name, expected=expected: printed(scratch, name) == expected,
                       lambda name=name, expected=expected: f"{name}: {printed(scratch, name)}, not {expected}")
    scratch.flink("cancel", again)


def test_plain_flink_refuses_the_same_edit(scratch):
    """The oracle of the test above: without our numbers the state is not found."""
    scratch.rows("a.csv", FIRST)
    session = gateway.Session(scratch.cluster.gateway)
    statements = re.sub(r"CREATE JOB.*", "", script(scratch, ["counts", "top"]), flags=re.S).split(";")[:-1]
    for statement in statements:
        session.execute(statement)
    compiled = f"file://{scratch.folder}/plain.json"
    inserts = [f"INSERT INTO {name} {KINDS[name][1]}" for name in ("counts", "top")]
    session.execute(f"COMPILE PLAN '{compiled}' FOR {inserts[0]}")
    job = session.execute(f"EXECUTE PLAN '{compiled}'")["jobID"]
    running(scratch, job)
    savepoint = scratch.flink("stop", job, scratch.folder + "/savepoints")
    session.execute("SET 'table.plan.force-recompile' = 'true'")
    session.execute(f"SET 'execution.state-recovery.path' = '{savepoint}'")
    session.execute(f"COMPILE PLAN '{compiled}' FOR STATEMENT SET BEGIN {inserts[1]}; {inserts[0]}; END")
    try:
        session.execute(f"EXECUTE PLAN '{compiled}'")
    except RuntimeError as error:
        expect("Cannot map checkpoint/savepoint state" in str(error), error)
    else:
        raise AssertionError("plain Flink takes the edit")


def test_what_flink_would_take_for_something_else_is_refused(scratch):
    """Two sums of one type are exchanged: plain Flink goes on with each other's values (edits_test.py)."""
    scratch.rows("a.csv", FIRST)
    before = scratch.write("before.sql", script(scratch, ["counts"]))
    job = scratch.flink("run", before).splitlines()[-1]
    running(scratch, job)
    after = scratch.write("after.sql", script(scratch, ["counts"]).replace("COUNT(*), SUM(v)", "SUM(v), COUNT(*)"))
    asked = scratch.flink("explain-restore", "--of", f"job_{os.path.basename(scratch.folder)}", "--format", "csv", after)
    expect(re.search(r"^sink:counts/agg,INCOMPATIBLE,FULL,\"Flink keeps accumulators by place", asked, re.M), asked)
    savepoint = scratch.flink("stop", job, scratch.folder + "/savepoints")
    expect(scratch.flink("explain-restore", "-s", savepoint, "--format", "csv", after) == asked, "the savepoint says otherwise")
    before_it = scratch.cluster.jobs()
    error = scratch.flink("restore", "-s", savepoint, after, fails=True)
    expect("ERROR E7002" in error and "sink:counts/agg is INCOMPATIBLE" in error, error)
    filtered = scratch.write("filtered.sql", script(scratch, ["counts"]).replace("GROUP BY k", "WHERE v > 2 GROUP BY k"))
    error = scratch.flink("restore", "-s", savepoint, filtered, fails=True)
    expect("allow it with --accept 'sink:counts/agg'" in error, error)
    expect(scratch.cluster.jobs() == before_it, "a job was started")
    again = scratch.flink("restore", "-s", savepoint, "--accept", "sink:counts/agg", filtered).splitlines()[-1]
    running(scratch, again)
    scratch.flink("cancel", again)
    os.rename(os.path.join(scratch.folder, "weir-data"), os.path.join(scratch.folder, "elsewhere"))
    error = scratch.flink("restore", "-s", savepoint, before, fails=True)
    expect("ERROR E4010" in error and "nothing is kept of a job" in error, error)
    scratch.flink("plan", "--of", job, before)
    again = scratch.flink("restore", "-s", savepoint, before).splitlines()[-1]
    running(scratch, again)
    scratch.flink("cancel", again)


def test_jobs_are_saved_and_stopped_by_name(scratch):
    scratch.rows("a.csv", FIRST)
    path = scratch.write("job.sql", script(scratch, ["counts"]))
    job = scratch.flink("run", path).splitlines()[-1]
    running(scratch, job)
    name = "job_" + os.path.basename(scratch.folder)
    expect(re.search(f"^{job},{name},RUNNING,", scratch.flink("list", "--format", "csv"), re.M), scratch.flink("list"))
    clusters.until(lambda: printed(scratch, "counts") == here(scratch, "counts", FIRST), lambda: printed(scratch, "counts"))
    saved = scratch.flink("savepoint", name, scratch.folder + "/saved")
    expect(os.path.exists(saved.removeprefix("file:") + "/_metadata"), saved)
    expect(scratch.cluster.jobs()[job] == "RUNNING", scratch.cluster.jobs())
    drained = scratch.flink("stop", "--drain", name, scratch.folder + "/drained")
    expect(os.path.exists(drained.removeprefix("file:") + "/_metadata"), drained)
    expect("E4003" in scratch.flink("cancel", name, fails=True), "a job that has ended is cancelled")


def test_an_application_on_yarn_is_passed_on(scratch):
    """This cluster has no YARN, and so its gateway says that it cannot use one."""
    said = scratch.flink("list", "-yid", "application_1_2", fails=True)
    expect("E4010" in said and "Yarn cluster" in said, said)


def test_errors_say_where(scratch):
    path = scratch.write("job.sql", "CREATE TABLE t (a INT) WITH ('connector' = 'print');\nSET 'table.exec.state.ttl' = '1 h';\n"
                         "INSERT INTO t SELECT a FROM (VALUES (1), (2)) AS x (a);\nSELECT 1;\n")
    error = scratch.flink("run", path, fails=True)
    expect("job.sql:4:1: ERROR E1002" in error and not scratch.cluster.printed("t"), error)
    path = scratch.write("job.sql", "CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = 'x:1', 'format' = 'json');\n"
                         "\nINSERT INTO t VALUES (1);\n")
    error = scratch.flink("run", path, fails=True)
    expect("job.sql:3:1: ERROR E4010" in error and "kafka" in error and "\tat " not in error, error)
    path = scratch.write("job.sql", script(scratch, ["counts"]))
    error = scratch.flink("restore", "-s", "file:/nowhere/at/all", path, fails=True)
    expect("ERROR E4010" in error and "/nowhere/at/all" in error, error)
    error = scratch.flink("explain-restore", path, fails=True)
    expect("takes --fromSavepoint PATH or --of JOB" in error, error)
    error = scratch.flink("list", "--gateway", "http://127.0.0.1:1", fails=True)
    expect("cannot be reached" in error, error)
    expect(not os.listdir(scratch.folder + "/temporary"), "a plan was left behind")


def test_a_gateway_that_not_everybody_may_ask(scratch):
    """TLS with certificates of both sides, a header, and a proxy on the way."""
    certificates.found(scratch.folder)
    for name in ("server", "client"):
        certificates.certify(scratch.folder, name)
    guarded = gate.Gate(scratch.cluster.gateway, scratch.folder)
    url = f"https://127.0.0.1:{guarded.server_port}"
    trusts = ("-D", "flink.tls.authorities=authority.pem")
    shows = ("-D", "flink.tls.certificate=client.pem")
    header = {"FLINK_REST_CLIENT_HEADERS": f"X-Other: 1\nAuthorization: {gate.TOKEN}"}
    error = scratch.flink("list", "--gateway", url, env=header, fails=True)
    expect("E4010" in error and "certificate" in error, error)
    error = scratch.flink(*trusts, "list", "--gateway", url, env=header, fails=True)
    expect("E4010" in error and not guarded.asked, error)
    error = scratch.flink(*trusts, *shows, "list", "--gateway", url, fails=True)
    expect("who are you?" in error and guarded.asked, error)
    expect("job id" in scratch.flink(*trusts, *shows, "list", "--gateway", url, "--format", "csv", env=header), "it is not answered")
    guarded.shutdown()
    proxy = gate.Gate("")
    answer = scratch.flink("list", "--format", "csv", env={"http_proxy": f"http://127.0.0.1:{proxy.server_port}", "no_proxy": "", "NO_PROXY": ""})
    expect("job id" in answer and all(path.startswith(scratch.cluster.gateway) for path in proxy.asked) and proxy.asked, answer)
    proxy.shutdown()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--flink", help="a version; else that of cluster/pom.xml")
    parser.add_argument("tests", nargs="*")
    arguments = parser.parse_args()
    tests = {name: test for name, test in globals().items() if name.startswith("test_") and (not arguments.tests or name in arguments.tests)}
    weir = os.path.abspath(arguments.weir)
    jars, why = clusters.place(weir, arguments.flink)
    if jars is None:
        for name in tests:
            print(f"SKIPPED flink.cluster.{name[5:]}: no cluster can be had: {why}")
        print("files: 0 passed, 0 failed")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="weir-cluster-") as folder:
        cluster = clusters.Cluster(jars, os.path.join(folder, "cluster"))
        try:
            cluster.start()
            for i, (name, test) in enumerate(tests.items()):
                try:
                    test(Scratch(weir, cluster, os.path.join(folder, f"s{i}")))
                    print(f"ok    {name}", flush=True)
                except Exception:  # noqa: BLE001
                    failed += 1
                    print(f"FAILED: {name}\n{traceback.format_exc()}", flush=True)
        finally:
            cluster.stop()
    print(f"files: {len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
