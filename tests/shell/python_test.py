#!/usr/bin/env python3
"""Functions in Python: where modules are, what becomes of processes that fail, hang or are in the way, and who may."""
import glob
import os
import re
import resource
import signal
import time
import zipfile

from login_test import ROLES, Server, add
from weir_shell import DEADLINE, expect, run_all

MODULE = """
import os, subprocess, sys, time
import numpy

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), f"pid-{os.getpid()}"), "w"):
    pass

def double(x):
    return x * 2

def slow(x):
    time.sleep(0.05)
    return x * 2

def loud(x):
    print("heard", len(x))
    return x

def hashed(x):
    time.sleep(0.05)
    return [hash(value) for value in x]

def fails(x):
    if (x == 3).any():
        raise ValueError("no threes")
    return x

def dies(x):
    os.kill(os.getpid(), 11)

def leaves(x):
    os._exit(7)

def forks(x):
    if os.fork() == 0:
        time.sleep(600)
    os._exit(7)

def noisy(x):
    subprocess.Popen(["sh", "-c", "while :; do echo noise; done"])
    time.sleep(0.2)
    return x

def counted(x):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "counted"), "a") as file:
        print(len(x), file=file)
    return x

def keys(x):
    return dict.fromkeys(range(len(x)))

def uniques(x):
    return set(range(len(x)))

def exits(x):
    sys.exit("enough")

def hangs(x):
    while True:
        pass

def short(x):
    return x[:-1]

def nested(x):
    return [[1]] * len(x)

def scribbles(x):
    os.write(3, b"nonsense" * 100)
    return x
"""
NUMBERS = "CREATE TABLE t (x BIGINT) WITH ('connector' = 'inline', 'rows' = '1\n2\n3\n4');\n"


def create(name, more="", argument="BIGINT", returns="BIGINT"):
    return f"CREATE FUNCTION {name}(x {argument}) RETURNS {returns} AS 'risk.{name}' LANGUAGE PYTHON{more};\n"


def select(scratch, name, *options, returncode=4):
    """The answer, or the error, of a call for each of four rows."""
    scratch.write("lib/risk.py", MODULE)
    done = scratch.run("--format", "csv", "-D", "python.files=lib", *options, text=NUMBERS + create(name) + f"SELECT {name}(x) AS y FROM t;")
    expect(done.returncode == returncode, f"{name}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stdout if returncode == 0 else done.stderr


def alive(scratch):
    """Processes that have imported the module, and are there."""
    pids = [int(path.rpartition("-")[2]) for path in glob.glob(os.path.join(scratch.path, "lib", "pid-*"))]
    expect(pids, "none has begun")
    return [pid for pid in pids if runs(pid)]


def runs(pid):
    """Whether there is such a process; one that is to be reaped counts as gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_end(scratch, seconds=10):
    until = time.monotonic() + seconds
    while alive(scratch):
        expect(time.monotonic() < until, f"{alive(scratch)} are still there")
        time.sleep(0.02)


def begun(scratch):
    """Waits until a process has imported the module."""
    until = time.monotonic() + DEADLINE
    while not glob.glob(os.path.join(scratch.path, "lib", "pid-*")):
        expect(time.monotonic() < until, "no process has begun")
        time.sleep(0.02)


def forget_begun(scratch):
    for path in glob.glob(os.path.join(scratch.path, "lib", "pid-*")):
        os.remove(path)


def test_modules_are_found_where_files_says(scratch):
    expect(select(scratch, "double", returncode=0) == "y\n2\n4\n6\n8\n", "a directory")
    for files in ("lib/risk.py", os.path.join(scratch.path, "lib"), f"empty;{scratch.path}/lib"):
        expect(select(scratch, "double", "-D", f"python.files={files}", returncode=0) == "y\n2\n4\n6\n8\n", files)
    with zipfile.ZipFile(os.path.join(scratch.path, "lib.zip"), "w") as archive:
        archive.writestr("zipped/__init__.py", "")
        archive.writestr("zipped/inner.py", "def triple(x):\n    return x * 3\n")
    done = scratch.run("--format", "csv", "-D", "python.files=lib.zip", text=NUMBERS +
                       "CREATE FUNCTION triple(x BIGINT) RETURNS BIGINT AS 'zipped.inner.triple' LANGUAGE PYTHON;"
                       "SELECT triple(x) AS y FROM t;")
    expect(done.stdout == "y\n3\n6\n9\n12\n", done.stdout + done.stderr)
    # Neither the working directory nor PYTHONPATH is searched.
    scratch.write("stray.py", "def f(x):\n    return x\n")
    os.environ["PYTHONPATH"] = scratch.path
    try:
        done = scratch.run(text=NUMBERS + "CREATE FUNCTION f(x BIGINT) RETURNS BIGINT AS 'stray.f' LANGUAGE PYTHON; SELECT f(x) FROM t;")
    finally:
        del os.environ["PYTHONPATH"]
    expect(done.returncode == 3 and "No module named 'stray'" in done.stderr and "python.files" in done.stderr, done.stderr)


def test_interpreters(scratch):
    for executable, why in (("/no/such/python", "cannot be started: No such file or directory"), ("bin/python", "nor an absolute path"),
                            ("/bin/true", "it left with exit code 0")):
        told = select(scratch, "double", "-D", f"python.executable={executable}", returncode=3)
        expect(why in told, told)
    scratch.write("lib/numpy.py", "raise ImportError('hidden')\n")
    told = select(scratch, "double", returncode=3)
    expect("take arrays of numpy, and /usr/bin/python3 has none: hidden" in told, told)


def test_what_functions_do_wrong(scratch):
    line = MODULE.splitlines().index('        raise ValueError("no threes")') + 1
    for name, why in (("fails", f"fails (risk.fails): ValueError: no threes (risk.py, line {line})"),
                      ("short", "short (risk.short): returned 3 values for 4 rows"),
                      ("nested", "nested (risk.nested): returned"), ("keys", "returned dict, and no array"),
                      ("uniques", "returned set, and no array"), ("exits", "exits (risk.exits): SystemExit: enough"),
                      ("scribbles", "scribbles (risk.scribbles): its process has sent what is no answer")):
        told = select(scratch, name)
        expect("E3010" in told and why in told and f"SELECT {name}(x)" in told and "^^^^" in told, told)
        all_end(scratch)


def test_processes_that_die(scratch):
    for name, why in (("dies", "its process has ended, killed by SIGSEGV"), ("leaves", "its process has ended, it left with exit code 7"),
                      ("forks", "its process has ended, it left with exit code 7")):
        told = select(scratch, name, "-D", "python.batch-timeout=10 min")
        expect("E3010" in told and f"{name} (risk.{name}): {why}" in told, told)
    expect("risk.py" in select(scratch, "dies"), "where it died")
    all_end(scratch)


def test_one_that_prints_without_end_is_asked_all_the_same(scratch):
    expect(select(scratch, "noisy", returncode=0) == "y\n1\n2\n3\n4\n", "rows")


def test_a_row_is_computed_once(scratch):
    """Also where WHERE has the call of SELECT, and few rows pass."""
    scratch.write("lib/risk.py", MODULE)
    scratch.write("in/a.csv", "".join(f"{n}\n" for n in range(4096)))
    for condition, rows in (("MOD(counted(x), 8) = 0", 512), ("counted(x) >= 0", 4096), ("x >= 1024 AND counted(x) < 1030", 6)):
        path = os.path.join(scratch.path, "lib", "counted")
        if os.path.exists(path):
            os.remove(path)
        done = scratch.run("--format", "csv", "-D", "python.files=lib", text=create("counted") +
                           "CREATE TABLE f (x BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');\n"
                           f"SELECT counted(x) AS y FROM f WHERE {condition};")
        expect(len(done.stdout.splitlines()) == rows + 1, done.stdout[-500:] + done.stderr)
        with open(path, encoding="ascii") as file:
            handed = sum(int(line) for line in file)
        expect(handed == (3072 if "AND" in condition else 4096), f"{condition}: {handed} rows were handed over")


def test_what_a_process_is_given(scratch):
    """The job's share of the processor, all memory that its user may have, and no signal but the engine's."""
    scratch.write("lib/risk.py", MODULE)
    scratch.write("q.sql", NUMBERS + create("hangs") + "SELECT hangs(x) FROM t;")
    child = scratch.start("-D", "python.files=lib", "-D", "python.batch-timeout=10 min", "-D", "job.cpu.share=25", "run", "q.sql")
    begun(scratch)
    try:
        (pid,) = alive(scratch)
        expect(os.getpriority(os.PRIO_PROCESS, pid) == min(os.getpriority(os.PRIO_PROCESS, child.pid) + 6, 19), "its nice value")
        with open(f"/proc/{pid}/oom_score_adj", encoding="ascii") as file:
            expect(file.read() == "1000\n", "what the kernel ends first")
        soft, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
        expect(soft == hard, f"{soft} of {hard}")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(pid, number)
        time.sleep(0.3)
        expect(alive(scratch) == [pid] and child.poll() is None, "it goes on")
    finally:
        child.kill()
        child.communicate(timeout=DEADLINE)
    all_end(scratch)


def test_a_timeout_is_some_time(scratch):
    told = select(scratch, "double", "-D", "python.batch-timeout=0 ms", returncode=3)
    expect("E6001" in told and "python.batch-timeout" in told, told)


def test_an_endless_loop_is_an_error_of_the_job(scratch):
    start = time.monotonic()
    told = select(scratch, "hangs", "-D", "python.batch-timeout=1500 ms")
    expect("hangs (risk.hangs): it did not answer within 1500 ms" in told and "'python.batch-timeout'" in told, told)
    expect(time.monotonic() - start < 15, "it took too long")
    all_end(scratch)


def test_an_endless_loop_can_be_left(scratch):
    scratch.write("lib/risk.py", MODULE)
    scratch.write("q.sql", NUMBERS + create("hangs") + "SELECT hangs(x) FROM t;")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        forget_begun(scratch)
        child = scratch.start("-D", "python.files=lib", "-D", "python.batch-timeout=10 min", "run", "q.sql")
        begun(scratch)
        time.sleep(0.3)
        child.send_signal(number)
        child.communicate(timeout=20)
        all_end(scratch)


def test_other_jobs_of_the_engine_go_on(scratch):
    scratch.write("lib/risk.py", MODULE)
    add(scratch, "admin", "admin")
    with Server(scratch, "-D", f"python.files={scratch.path}/lib", "-D", "python.batch-timeout=1 s",
                "-D", "restart-strategy.type=none") as server:
        done = scratch.run("-c", NUMBERS + "".join(create(name) for name in ("double", "dies", "hangs")))
        expect(done.returncode == 0, done.stderr)
        for _ in range(2):
            for name in ("dies", "hangs"):
                status, body = server.sql("admin", f"SELECT {name}(x) FROM t")
                expect(status != 200 and body["code"] == "E3010", body)
            status, body = server.sql("admin", "SELECT double(x) FROM t")
            expect(status == 200 and sorted(body["rows"]) == [[2], [4], [6], [8]], body)
    all_end(scratch)


def test_jobs_that_have_ended_leave_no_process(scratch):
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(10), "a")
    with Server(scratch, "-D", f"python.files={scratch.path}/lib", "-D", "restart-strategy.type=none"):
        tables = (NUMBERS + JOB.replace("'in'", f"'{scratch.path}/in'") + create("double") + create("fails") +
                  "CREATE TABLE b (x BIGINT) WITH ('connector' = 'blackhole');\n")
        for job, name, source in (("finished", "double", "t"), ("failed", "fails", "t"), ("stopped", "double", "s"), ("cancelled", "double", "s")):
            forget_begun(scratch)
            done = scratch.run("run", "-d", scratch.write("job.sql", f"{tables}CREATE JOB {job} AS INSERT INTO b SELECT {name}(x) FROM {source};"))
            begun(scratch)
            if source == "s":
                expect(alive(scratch), f"{job}: {done.stdout}{done.stderr}")
                done = scratch.run("-c", f"{'STOP' if job == 'stopped' else 'CANCEL'} JOB {job};")
                expect(done.returncode == 0, done.stdout + done.stderr)
            all_end(scratch, DEADLINE)


def test_a_shutdown_that_tells_all_processes_is_one_of_the_server(scratch):
    """The last checkpoint is written, for which rows may need the functions."""
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(100), "a")
    with Server(scratch, "-D", f"python.files={scratch.path}/lib", "-D", "execution.checkpointing.interval=50 ms") as server:
        tables = JOB.replace("'in'", f"'{scratch.path}/in'") + create("double")
        done = scratch.run("run", "-d", scratch.write("job.sql", f"{tables}CREATE JOB j AS {INSERT};"))
        expect(done.returncode == 0, done.stdout + done.stderr)
        begun(scratch)
        for pid in alive(scratch):
            os.kill(pid, signal.SIGTERM)
        expect(server.end() == 0, server.log())
    all_end(scratch)
    done = scratch.run("--format", "csv", "-c", "SHOW JOBS;")
    expect("SUSPENDED" in done.stdout, done.stdout + done.stderr)


def test_what_is_printed_is_said(scratch):
    scratch.write("lib/risk.py", MODULE)
    done = scratch.run("-D", "python.files=lib", text=NUMBERS + create("loud") +
                       "CREATE TABLE n (x BIGINT) WITH ('connector' = 'blackhole');\nINSERT INTO n SELECT loud(x) FROM t;\n")
    expect(done.returncode == 0 and "Python: heard 4" in done.stderr, done.stderr)


def test_a_process_for_each_thread(scratch):
    scratch.write("lib/risk.py", MODULE)
    for i in range(40):
        scratch.write(f"in/{i}.csv", "".join(f"{n}\n" for n in range(i * 100, i * 100 + 100)))
    text = ("CREATE TABLE f (x BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');\n" + create("slow") +
            "SELECT COUNT(*) AS n, SUM(slow(x)) AS s FROM f;")
    done = scratch.run("--format", "csv", "-D", "python.files=lib", "-D", "parallelism.default=3", text=text)
    expect(done.stdout == f"n,s\n4000,{2 * sum(range(4000))}\n", done.stdout + done.stderr)
    expect(2 <= len(glob.glob(os.path.join(scratch.path, "lib", "pid-*"))) <= 3, "a process for each thread")


def test_hashes_of_texts_are_the_same_in_each_process(scratch):
    scratch.write("lib/risk.py", MODULE)
    for i in range(40):
        scratch.write(f"in/{i}.csv", "".join(f"word{n % 4}\n" for n in range(100)))
    text = ("CREATE TABLE f (x STRING) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');\n" +
            create("hashed", argument="STRING") + "SELECT COUNT(DISTINCT x) AS n, COUNT(DISTINCT hashed(x)) AS h FROM f;")
    done = scratch.run("--format", "csv", "-D", "python.files=lib", "-D", "parallelism.default=3", text=text)
    expect(done.stdout == "n,h\n4,4\n", done.stdout + done.stderr)
    expect(len(glob.glob(os.path.join(scratch.path, "lib", "pid-*"))) >= 2, "several processes")


def test_definitions_are_shown_and_kept(scratch):
    scratch.write("lib/risk.py", MODULE)
    said = ("CREATE FUNCTION double(x BIGINT NOT NULL, y STRING) RETURNS BIGINT COMMENT 'all' AS 'risk.double' LANGUAGE PYTHON "
            "VERSION '2' NOT DETERMINISTIC CALLED ON NULL INPUT;")
    done = scratch.run("-c", said)
    expect(done.returncode == 0, done.stderr)
    done = scratch.run("-c", "SHOW CREATE FUNCTION double;")
    shown = done.stdout.strip()
    expect(" ".join(shown.split()) == "CREATE FUNCTION `default_catalog`.`default_database`.`double` ( `x` BIGINT NOT NULL, `y` STRING ) "
           "RETURNS BIGINT COMMENT 'all' AS 'risk.double' LANGUAGE PYTHON VERSION '2' NOT DETERMINISTIC CALLED ON NULL INPUT", done.stdout)
    done = scratch.run("-c", f"DROP FUNCTION double; {shown}; SHOW CREATE FUNCTION double;")
    expect(shown in done.stdout, done.stdout + done.stderr)
    done = scratch.run("--format", "csv", "-c", "DESCRIBE FUNCTION double;")
    expect("kind,Python\n" in done.stdout and "AS 'risk.double' LANGUAGE PYTHON VERSION '2'" in done.stdout, done.stdout)
    # Neither planning nor a call of constants runs it.
    done = scratch.run("-c", "EXPLAIN SELECT double(1, 'a'), double(2, 'b') + 1;")
    expect(done.returncode == 0 and "double(" in done.stdout, done.stdout + done.stderr)
    expect(not glob.glob(os.path.join(scratch.path, "lib", "pid-*")), "it was imported")


JOB = """
CREATE TABLE s (x BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '50 ms');
CREATE TABLE o (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
"""
INSERT = "INSERT INTO o SELECT MOD(x, 3) AS k, SUM(double(x)) AS n FROM s GROUP BY MOD(x, 3)"
SINK = "sink:o/agg"


def sums(scratch):
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    done = scratch.run("--format", "csv", "-c", f"SELECT * FROM STATE OF '{saved}' UID '{SINK}' ORDER BY 1;")
    expect(done.returncode == 0, done.stderr)
    return done.stdout


def script(scratch, name, last, more=""):
    return scratch.write(name, JOB + create("double", more) + last)


def feed(scratch, rows, name):
    scratch.write(f"in/{name}.csv", "".join(f"{n}\n" for n in rows))


def run_until_idle(scratch, job):
    done = scratch.run("-D", "python.files=lib", "-D", "execution.checkpointing.interval=50 ms", "run", job)
    expect(done.returncode == 0, done.stdout + done.stderr)
    return done.stderr


WAIT = "WAIT FOR JOB j UNTIL IDLE TIMEOUT INTERVAL '30' SECOND;\n"


def test_state_outlives_kills(scratch):
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(100), "a")
    job = script(scratch, "job.sql", f"CREATE JOB j AS {INSERT};\n{WAIT}WAIT FOR JOB j UNTIL CHECKPOINT;\n")
    child = scratch.start("-D", "python.files=lib", "-D", "execution.checkpointing.interval=50 ms", "run", job)
    begun(scratch)
    time.sleep(1.5)
    child.kill()
    child.communicate(timeout=DEADLINE)
    all_end(scratch)
    feed(scratch, range(100, 200), "b")
    stopped = script(scratch, "again.sql", f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n")
    run_until_idle(scratch, stopped)
    rows = {k: [n for n in range(200) if n % 3 == k] for k in range(3)}
    found = sums(scratch)
    expect(all(f"\n{k},{len(of)},{2 * sum(of)}," in found for k, of in rows.items()), found)


def test_versions_are_meaning_and_bodies_are_said(scratch):
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(100), "a")
    run_until_idle(scratch, script(scratch, "job.sql", f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n"))
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))

    def verdict(more, verb="EXPLAIN RESTORE", extra="", then=""):
        done = scratch.run("-D", "python.files=lib", "run",
                           script(scratch, "r.sql", f"{verb} JOB j FROM '{saved}' {extra}AS {INSERT};\n{then}", more))
        return done.returncode, done.stdout + done.stderr

    code, told = verdict("")
    expect(code == 0 and "SEMANTIC" not in told and re.search(rf"FULL +{SINK}", told), told)
    _, told = verdict(" VERSION '2'")
    expect(re.search(rf"SEMANTIC +{SINK}", told), told)
    expect("VERSION '2'" in told, told)
    code, told = verdict(" VERSION '2'", "RESTORE")
    expect(code == 5, told)
    # Nor is the order of operands one.
    pair = "INSERT INTO o SELECT MOD(x, 3) AS k, SUM(CASE WHEN {} THEN x END) AS n FROM s GROUP BY MOD(x, 3)"
    both = create("double", " VERSION '1'") + create("loud", " VERSION '2'")
    run_until_idle(scratch, scratch.write("p.sql", JOB + both + f"CREATE JOB p AS {pair.format('double(x) = loud(x)')};\n"
                                          f"{WAIT.replace(' j ', ' p ')}STOP JOB p WITH SAVEPOINT 'paired';\n"))
    (paired,) = glob.glob(os.path.join(scratch.path, "paired", "savepoint-*"))
    for functions, verdict_there in ((both, "FULL"), (both.replace("VERSION '2'", "VERSION '2' CALLED ON NULL INPUT"), "PARTIAL")):
        done = scratch.run("-D", "python.files=lib", "run", scratch.write(
            "m.sql", JOB + functions + f"EXPLAIN RESTORE JOB p FROM '{paired}' AS {pair.format('loud(x) = double(x)')};\n"))
        expect(re.search(rf"{verdict_there} +{SINK}", done.stdout), done.stdout + done.stderr)
    # Moving the function is no other meaning.
    scratch.write("lib/elsewhere.py", MODULE)
    done = scratch.run("-D", "python.files=lib", "run", scratch.write("m.sql", JOB +
                       "CREATE FUNCTION double(x BIGINT) RETURNS BIGINT AS 'elsewhere.double' LANGUAGE PYTHON;\n"
                       f"EXPLAIN RESTORE JOB j FROM '{saved}' AS {INSERT};\n"))
    expect(done.returncode == 0 and "SEMANTIC" not in done.stdout, done.stdout + done.stderr)

    def restored(name="double"):
        function = create("double").replace("risk.double", f"risk.{name}")
        done = scratch.run("-D", "python.files=lib", "run", scratch.write(
            "r.sql", JOB + function + f"RESTORE JOB j FROM '{saved}' AS {INSERT};\n{WAIT}STOP JOB j;\n"))
        expect(done.returncode == 0, done.stdout + done.stderr)
        return done.stderr

    notice = "the module of double (risk.double) has changed since this state was written"
    told = restored()
    expect("this state was written" not in told, told)
    told = restored("loud")
    expect("double is risk.loud now, and was risk.double when this state was written" in told and "VERSION" in told, told)
    scratch.write("lib/risk.py", MODULE.replace("return x * 2", "return x * 3"))
    told = restored()
    expect(notice in told and "VERSION" in told, told)
    code, told = verdict(" VERSION '2'", "RESTORE", f"ACCEPT CHANGES ('{SINK}', 'sink:o/upmat', 'sink:o/sink.w') ", "STOP JOB j;\n")
    expect(code == 0, told)


def test_new_readers_behind_a_function_are_seeded(scratch):
    """Their rows cannot be counted before the job runs, which is no reason to refuse the restore."""
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(10), "a")
    kept = "WITH m AS (SELECT MOD(x, 3) AS k, SUM(x) AS n FROM s GROUP BY MOD(x, 3))"
    one = f"INSERT INTO o {kept} SELECT k, n FROM m"
    more = "".join(f"CREATE TABLE {name} (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');\n" for name in "pq")
    run_until_idle(scratch, script(scratch, "job.sql", f"CREATE JOB j AS {one};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n"))
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    edited = (f"STATEMENT SET BEGIN {one}; INSERT INTO p {kept} SELECT k, double(n) AS n FROM m WHERE double(k) >= 0; "
              f"INSERT INTO q {kept} SELECT k, n FROM m WHERE k > 0; END")
    for verb, then in (("EXPLAIN RESTORE", ""), ("RESTORE", f"{WAIT}STOP JOB j;\n")):
        done = scratch.run("-D", "python.files=lib", "run", script(scratch, "r.sql", f"{more}{verb} JOB j FROM '{saved}' AS {edited};\n{then}"))
        told = done.stdout + done.stderr
        expect(done.returncode == 0, told)
        expect(re.search(r"NEW \(seeded\) +sink:p/", told) and re.search(r"NEW \(seeded, 2 rows\) +sink:q/", told), told)


def test_modules_in_archives_have_hashes_too(scratch):
    def packed(body):
        os.makedirs(os.path.join(scratch.path, "lib"), exist_ok=True)
        with zipfile.ZipFile(os.path.join(scratch.path, "lib", "risk.zip"), "w") as archive:
            archive.writestr("risk.py", body)

    packed(MODULE.replace("os.path.dirname(os.path.abspath(__file__))", f"{scratch.path + '/lib'!r}"))
    feed(scratch, range(100), "a")
    files = ("-D", "python.files=lib/risk.zip", "-D", "execution.checkpointing.interval=50 ms")
    done = scratch.run(*files, "run", script(scratch, "job.sql", f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n"))
    expect(done.returncode == 0, done.stdout + done.stderr)
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    for body, said in ((None, False), ("def double(x):\n    return x * 3\n", True)):
        if body:
            packed(body)
        done = scratch.run(*files, "run", script(scratch, "r.sql", f"RESTORE JOB j FROM '{saved}' AS {INSERT};\n{WAIT}STOP JOB j;\n"))
        notice = "the module of double (risk.double) has changed since this state was written"
        expect(done.returncode == 0 and (notice in done.stderr) == said, done.stdout + done.stderr)


def test_who_may(scratch):
    scratch.write("lib/risk.py", MODULE)
    scratch.write("evil/risk.py", "import os\nos.mkdir(os.path.join(os.path.dirname(__file__), 'was-here'))\ndef double(x):\n    return x\n")
    for role in ROLES:
        add(scratch, role, role)
    with Server(scratch, "-D", f"python.files={scratch.path}/lib", "-D", f"server.allowed-paths={scratch.path}/lib;{scratch.path}/saved") as server:
        done = scratch.run("-c", NUMBERS + create("double"))
        expect(done.returncode == 0, done.stderr)
        for role in ROLES:
            status, body = server.sql(role, "SELECT double(x) FROM t")
            expect(status == 200 and sorted(body["rows"]) == [[2], [4], [6], [8]], f"{role} may call what an admin has made: {body}")
        for role in ("reader", "operator"):
            for statement in (create("double").replace("CREATE", "CREATE OR REPLACE"), create("mine").replace("CREATE", "CREATE TEMPORARY"),
                              create("mine").replace("CREATE", "CREATE TEMPORARY SYSTEM"),
                              f"SET 'python.files' = '{scratch.path}/evil'", f"SET 'python.files' = '{scratch.path}/lib'",
                              "SET 'python.executable' = '/bin/sh'"):
                status, body = server.sql(role, statement.strip().rstrip(";"))
                expect(status == 403 and body["code"] == "E6003", f"{role}: {statement}: {status} {body}")
            for key, value in (("python.files", f"{scratch.path}/evil"), ("python.executable", "/bin/sh")):
                status, body = server.sql(role, "SELECT double(x) FROM t", **{key: value})
                expect(status == 403, f"{role}: {key}: {status} {body}")
        status, body = server.sql("operator", f"CREATE JOB j WITH ('python.files' = '{scratch.path}/evil') AS INSERT INTO b SELECT double(x) FROM t")
        expect(status == 403 and body["code"] == "E6003", body)
        # An admin over the network is bound by the allowed paths.
        status, body = server.sql("admin", f"SET 'python.files' = '{scratch.path}/evil'")
        expect(status == 403 and body["code"] == "E6004", body)
        status, body = server.sql("admin", f"SET 'python.executable' = '{scratch.path}/evil/python'")
        expect(status == 403 and body["code"] == "E6004", body)
        expect(server.sql("admin", f"SET 'python.files' = '{scratch.path}/lib'")[0] == 200, "an allowed path")
    expect(not os.path.exists(os.path.join(scratch.path, "evil", "was-here")), "it was executed")


def test_savepoints_bring_no_code_by_themselves(scratch):
    """An operator restores from a path where somebody has put a savepoint with a function, or with options, of their own."""
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(10), "a")
    run_until_idle(scratch, script(scratch, "job.sql", f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n"))
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    add(scratch, "operator", "operator")
    with Server(scratch, "-D", f"server.allowed-paths={scratch.path}/saved;{scratch.path}/in", "-D", "server.resume-jobs=false") as server:
        for statement in (f"EXPLAIN RESTORE JOB j FROM '{saved}'", f"RESTORE JOB j FROM '{saved}'"):
            status, body = server.sql("operator", statement)
            expect(status == 403 and body["code"] == "E6003", f"{statement}: {status} {body}")


def test_what_comes_with_a_checkpoint_is_recorded_or_foreign(scratch):
    """Where the newest checkpoint is, who restores a job may say; its SQL and options count then only as those of a path do."""
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(10), "a")
    run_until_idle(scratch, script(scratch, "job.sql", f"CREATE JOB j AS {INSERT};\n{WAIT}STOP JOB j;\n"))
    add(scratch, "operator", "operator")
    with Server(scratch, "-D", f"server.allowed-paths={scratch.path}/in", "-D", "server.resume-jobs=false") as server:
        status, body = server.sql("operator", f"EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT AS {INSERT}")
        expect(status == 403 and body["code"] == "E6003", f"{status} {body}")
        status, body = server.sql("operator", "EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT")
        expect(status == 200, f"{status} {body}")


def test_options_that_the_server_has_anyway_are_no_obstacle(scratch):
    """A savepoint has the options of the conf file too, also that of a job which calls nothing in Python."""
    scratch.write("lib/risk.py", MODULE)
    feed(scratch, range(10), "a")
    files = f"python.files={scratch.path}/lib"
    job = scratch.write("job.sql", f"{JOB.replace(chr(39) + 'in' + chr(39), chr(39) + scratch.path + '/in' + chr(39))}CREATE JOB j AS INSERT INTO o "
                        f"SELECT MOD(x, 3) AS k, SUM(x) AS n FROM s GROUP BY MOD(x, 3);\n{WAIT}STOP JOB j WITH SAVEPOINT 'saved';\n")
    done = scratch.run("-D", files, "-D", "execution.checkpointing.interval=50 ms", "run", job)
    expect(done.returncode == 0, done.stdout + done.stderr)
    (saved,) = glob.glob(os.path.join(scratch.path, "saved", "savepoint-*"))
    add(scratch, "operator", "operator")
    allowed = ("-D", f"server.allowed-paths={scratch.path}/saved;{scratch.path}/in", "-D", "server.resume-jobs=false")
    with Server(scratch, "-D", files, *allowed) as server:
        status, body = server.sql("operator", f"EXPLAIN RESTORE JOB j FROM '{saved}'")
        expect(status == 200, f"{status} {body}")
    with Server(scratch, *allowed) as server:
        status, body = server.sql("operator", f"EXPLAIN RESTORE JOB j FROM '{saved}'")
        expect(status == 403 and body["code"] == "E6003", f"{status} {body}")


if __name__ == "__main__":
    run_all(globals())
