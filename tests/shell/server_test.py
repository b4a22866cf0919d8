"""weir server: what it starts again, whom it serves, and how it ends."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from weir_shell import DEADLINE, expect, program, run_all

STREAM = """
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '500',
                                      'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100000000');
CREATE TABLE copied (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');
"""
COPY = "INSERT INTO copied SELECT n FROM numbers;"
NAMED = "CREATE JOB copy WITH ('execution.checkpointing.interval' = '200 ms') AS " + COPY


class Server:
    """Ready once it is made, unless told not to wait; its log is in a file. It listens nowhere unless told where, as the
    ports of no option are one server's at a time, and tests run beside each other."""

    def __init__(self, scratch, *options, ready=True, environment=None, before=None):
        self.log_path = os.path.join(scratch.path, f"server-{time.monotonic_ns()}.log")
        self.log_file = open(self.log_path, "w+", encoding="utf-8")
        for name in ("server.http.address", "server.thrift.address"):
            if not any(option.startswith(name) for option in options):
                options += ("-D", f"{name}=0")
        self.process = subprocess.Popen([program(), "server", *options], cwd=scratch.path, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log_file, text=True, preexec_fn=before,
                                        env=scratch.environment(**(environment or {})))
        if ready:
            self.await_log(r"ready")

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def await_log(self, wanted):
        end = time.monotonic() + DEADLINE
        while not re.search(wanted, self.log()):
            ended = self.process.poll() is not None
            if ended and re.search(wanted, self.log()):
                return
            if ended or time.monotonic() > end:
                self.process.kill()
                raise AssertionError(f"the log never had {wanted!r}:\n{self.log()}")
            time.sleep(0.02)

    def end(self, sent=signal.SIGTERM):
        self.process.send_signal(sent)
        self.process.stdout.read()
        code = self.process.wait(DEADLINE)
        self.log_file.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end(signal.SIGKILL)


def committed(scratch):
    """The numbers that are in finished files."""
    numbers = []
    directory = os.path.join(scratch.path, "out")
    for name in os.listdir(directory) if os.path.isdir(directory) else []:
        path = os.path.join(directory, name)
        if name.startswith((".", "_")) or not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8") as file:
            numbers += [int(line) for line in file]
    return sorted(numbers)


def await_true(what, holds):
    end = time.monotonic() + DEADLINE
    while not holds():
        expect(time.monotonic() < end, f"never: {what}")
        time.sleep(0.05)


def await_more(scratch, than):
    await_true(f"more than {than} rows committed", lambda: len(committed(scratch)) > than)


def expect_exact(scratch):
    numbers = committed(scratch)
    expect(numbers == list(range(1, len(numbers) + 1)), f"{len(numbers)} rows, not those from 1 on")
    return len(numbers)


def start_copy(scratch):
    scratch.write("copy.sql", STREAM + NAMED)
    started = scratch.run("run", "-d", "copy.sql")
    expect(started.returncode == 0, started.stderr)
    await_more(scratch, 0)


def state_of(scratch, job):
    listed = scratch.run("list", "-a", "--format", "csv")
    expect(listed.returncode == 0, listed.stderr)
    for line in listed.stdout.splitlines()[1:]:
        if line.split(",")[1] == job:
            return line.split(",")[2]
    return None


def test_jobs_go_on_in_the_next_server(scratch):
    with Server(scratch) as server:
        start_copy(scratch)
        expect(server.end() == 0, server.log())
        expect("all jobs have their last checkpoint" in server.log(), server.log())
    before = expect_exact(scratch)
    with Server(scratch) as server:
        expect("ready, 1 job started again" in server.log(), server.log())
        await_more(scratch, before)
        expect(state_of(scratch, "copy") == "RUNNING", "it does not run")
        expect(server.end() == 0, server.log())
    expect_exact(scratch)


def test_a_killed_servers_jobs_go_on(scratch):
    with Server(scratch) as server:
        start_copy(scratch)
        for _ in range(3):
            before = len(committed(scratch))
            server.end(signal.SIGKILL)
            server = Server(scratch)
            await_more(scratch, before)
        expect(server.end() == 0, server.log())
    expect_exact(scratch)


def test_what_was_stopped_stays_so(scratch):
    with Server(scratch) as server:
        start_copy(scratch)
        stopped = scratch.run("stop", "-p", "saved", "copy")
        expect(stopped.returncode == 0, stopped.stderr)
        server.end()
    rows = expect_exact(scratch)
    with Server(scratch) as server:
        expect(state_of(scratch, "copy") == "SUSPENDED", "it was stopped by its user")
        server.end()
    expect(expect_exact(scratch) == rows, "nothing was to be written")


def test_jobs_of_a_process_that_was_killed_go_on(scratch):
    scratch.write("copy.sql", STREAM + NAMED)
    run = scratch.start("run", "copy.sql")
    await_more(scratch, 0)
    run.kill()
    run.communicate()
    with Server(scratch) as server:
        await_more(scratch, len(committed(scratch)))
        server.end()
    expect_exact(scratch)


def test_nothing_goes_on_where_that_is_said(scratch):
    with Server(scratch) as server:
        start_copy(scratch)
        server.end()
    with Server(scratch, "-D", "server.resume-jobs=false") as server:
        expect(state_of(scratch, "copy") == "SUSPENDED", "nobody was to start it")
        server.end()
    with Server(scratch) as server:
        expect(state_of(scratch, "copy") == "RUNNING", "the wish is forgotten")
        server.end()
    expect_exact(scratch)


def test_one_that_cannot_go_on_keeps_nobody(scratch):
    with Server(scratch) as server:
        start_copy(scratch)
        scratch.write("in/a.csv", "1\n")
        scratch.write("other.sql", """
            CREATE TABLE others (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv',
                                                 'source.monitor-interval' = '100 ms');
            CREATE TABLE elsewhere (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out2', 'format' = 'csv');
            CREATE JOB other AS INSERT INTO elsewhere SELECT n FROM others;""")
        expect(scratch.run("run", "-d", "other.sql").returncode == 0, "the other job does not start")
        await_true("a checkpoint", lambda: "chk-" in scratch.run("checkpoints", "other").stdout)
        server.end()
    [jobs] = [os.path.join(scratch.path, "weir-data", "jobs")]
    [other] = [one for one in os.listdir(jobs) if b"other" in open(os.path.join(jobs, one, "job"), "rb").read()]
    os.rename(os.path.join(jobs, other, "checkpoints"), os.path.join(scratch.path, "gone"))
    with Server(scratch) as server:
        expect("1 of 2 jobs started again" in server.log(), server.log())
        expect(re.search(r"ERROR other \([0-9a-f]{32}\): ", server.log()), server.log())
        expect(state_of(scratch, "copy") == "RUNNING", "copy does not run")
        expect(state_of(scratch, "other") == "FAILED", "other has no checkpoint to go on from")
        server.end()
    os.rename(os.path.join(scratch.path, "gone"), os.path.join(jobs, other, "checkpoints"))
    with Server(scratch) as server:
        expect(state_of(scratch, "other") == "RUNNING", "the reason is gone")
        server.end()
    expect_exact(scratch)


def test_two_servers_are_one_too_many(scratch):
    with Server(scratch) as server:
        second = scratch.run("server", "-D", "server.start-timeout=100 ms")
        expect(second.returncode == 1 and "E4003" in second.stderr, second.stderr)
        server.end()


def test_a_server_waits_for_who_leaves(scratch):
    with Server(scratch) as server:
        with Server(scratch, ready=False) as second:
            second.await_log("waits: ")
            server.end()
            second.await_log("ready")
            expect(second.end() == 0, second.log())


def test_newcomers_keep_no_owner(scratch):
    """A process that had the directory ends with its own work and what it executes for others by then."""
    over = threading.Event()
    failed = []

    def come_and_go():
        while not over.is_set():
            done = scratch.run("-q", "-c", "SHOW JOBS")
            if done.returncode != 0:
                failed.append(done.stderr)

    owner = subprocess.Popen([program(), "-q", "-c", f"SHOW JOBS; {STREAM} SELECT n FROM numbers LIMIT 500;"], cwd=scratch.path,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=scratch.environment())
    clients = [threading.Thread(target=come_and_go) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        expect(owner.wait(DEADLINE) == 0, owner.returncode)
    finally:
        over.set()
        owner.kill()
        owner.wait()
        for client in clients:
            client.join()
    expect(not failed, failed)


def test_commands_at_once_are_all_executed(scratch):
    """Whichever of them has the directory, and ends meanwhile."""
    for turn in range(10):
        data = f"data-{turn}"
        started = [scratch.start("-q", "--data-dir", data, "-c", f"CREATE TABLE t{i} (a INT) WITH ('connector' = 'blackhole'); SHOW TABLES;")
                   for i in range(4)]
        for i, one in enumerate(started):
            said, errors = one.communicate(timeout=DEADLINE)
            expect(one.returncode == 0 and f"t{i}" in said, f"{one.returncode}\n{said}\n{errors}")
        kept = os.listdir(os.path.join(scratch.path, data, "catalog/default_catalog/default_database"))
        expect(len(kept) == len(started), kept)


def test_root_reaches_a_server_of_another_user(scratch):
    if os.geteuid() != 0:
        return
    os.chmod(scratch.path, 0o755)
    data = os.path.join(scratch.path, "weir-data")
    os.mkdir(data, 0o700)
    os.chown(data, 65534, 65534)
    with Server(scratch, before=lambda: os.setuid(65534)) as server:
        listed = scratch.run("list")
        expect(listed.returncode == 0 and "E4003" not in listed.stderr, listed.stderr)
        expect(server.end() == 0, server.log())


def test_sessions_are_counted(scratch):
    with Server(scratch, "-D", "server.max-sessions=1") as server:
        waiting = scratch.start("-c", STREAM + "SELECT n FROM numbers")
        kept = os.path.join(scratch.path, "weir-data/catalog/default_catalog/default_database/copied.table")
        await_true("the first client is there", lambda: os.path.exists(kept))
        await_true("a client that is refused", lambda: scratch.run("-c", "SHOW JOBS").returncode == 2)
        refused = scratch.run("-c", "SHOW JOBS")
        expect("E4009" in refused.stderr, refused.stderr)
        waiting.terminate()
        waiting.communicate()
        await_true("a client that is served", lambda: scratch.run("-c", "SHOW JOBS").returncode == 0)
        server.end()


def test_the_service_manager_is_told(scratch):
    path = os.path.join(scratch.path, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(path)
        told.settimeout(DEADLINE)
        with Server(scratch, environment={"NOTIFY_SOCKET": path}) as server:
            expect(told.recv(4096).startswith(b"READY=1\n"), "it never was ready")
            server.end()
        expect(told.recv(4096).startswith(b"STOPPING=1\n"), "it never said that it stops")


def test_the_log_as_json(scratch):
    with Server(scratch, "-D", "server.log-format=json") as server:
        start_copy(scratch)
        server.end()
        events = [json.loads(line) for line in server.log().splitlines()]
    names = [event["event"] for event in events]
    for name in ("server-started", "server-ready", "job-started", "server-stopping", "job-suspended", "server-stopped"):
        expect(name in names, f"no {name} among {names}")
    started = next(event for event in events if event["event"] == "job-started")
    expect(started["job"] == "copy" and re.fullmatch("[0-9a-f]{32}", started["job_id"]), started)
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", started["time"]), started)


def test_restarts_come_without_end(scratch):
    with Server(scratch, "-D", "restart-strategy.exponential-delay.initial-backoff=10 ms",
                "-D", "restart-strategy.exponential-delay.max-backoff=50 ms") as server:
        start_copy(scratch)
        out, aside = os.path.join(scratch.path, "out"), os.path.join(scratch.path, "aside")
        os.rename(out, aside)
        scratch.write("out", "no directory")
        # A script of its own would have given up at the fourth.
        await_true("10 restarts", lambda: re.search(r"\b[1-9]\d+ restarts", scratch.run("list").stdout))
        expect(re.search(r"WARNING copy \([0-9a-f]{32}\): 1 restart: ", server.log()), server.log())
        os.remove(out)
        os.rename(aside, out)
        await_more(scratch, len(committed(scratch)))
        expect(server.end() == 0, server.log())
    expect_exact(scratch)


def test_jobs_cost_few_threads(scratch):
    with Server(scratch, "-D", "execution.checkpointing.interval=10 s", "-D", "server.http.address=0") as server:
        jobs = "".join(f"CREATE JOB j{i} AS INSERT INTO counts SELECT n % 10, COUNT(*) FROM numbers GROUP BY n % 10;" for i in range(50))
        scratch.write("jobs.sql", "SET 'parallelism.default' = '1';" + STREAM +
                      "CREATE TABLE counts (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');" + jobs)
        started = scratch.run("run", "-d", "jobs.sql")
        expect(started.returncode == 0, started.stderr)
        threads = os.path.join("/proc", str(server.process.pid), "task")
        await_true("less than 4 threads a job", lambda: len(os.listdir(threads)) < 4 * 50)
        listed = scratch.run("list", "--format", "csv").stdout
        expect(listed.count(",RUNNING,") == 50, listed)
        expect(server.end() == 0, server.log())


BUSY = """
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000', 'fields.n.kind' = 'sequence',
                                      'fields.n.start' = '1', 'fields.n.end' = '1000000000000');
CREATE TABLE counts (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
"""


def described(scratch, job):
    """The rows that a job has read, and what DESCRIBE says of its aggregate."""
    said = scratch.run("--format", "vertical", "-c", f"DESCRIBE JOB {job}").stdout
    rows = re.search(r"([\d,]+) rows read", said)
    expect(rows, said)
    aggregate = re.search(r"│ GroupAggregate\n[^─]*", said)[0]
    return int(rows[1].replace(",", "")), {name: int(value) for name, value in re.findall(r"^(disk reads|state bytes) *│ (\d+)$", aggregate, re.M)}


def test_jobs_share_a_core_as_they_are_told(scratch):
    one_core = {min(os.sched_getaffinity(0))}
    with Server(scratch, "-D", "parallelism.default=1", before=lambda: os.sched_setaffinity(0, one_core)) as server:
        jobs = "".join(f"CREATE JOB {name} WITH ('job.cpu.share' = '{share}') AS INSERT INTO counts SELECT n % 10, COUNT(*) FROM numbers "
                       f"GROUP BY n % 10;" for name, share in (("most", 99), ("least", 33)))
        scratch.write("jobs.sql", BUSY + jobs)
        expect(scratch.run("run", "-d", "jobs.sql").returncode == 0, "they do not start")
        before = [described(scratch, job)[0] for job in ("most", "least")]
        time.sleep(3)
        rows = [described(scratch, job)[0] - then for job, then in zip(("most", "least"), before)]
        expect(2 < rows[0] / rows[1] < 4.5, f"rows in three seconds: {rows}")
        server.end(signal.SIGKILL)


def test_a_job_keeps_to_its_own_memory(scratch):
    with Server(scratch, "-D", "parallelism.default=1", "-D", "state.memory.limit=256 mb") as server:
        jobs = "".join(f"CREATE JOB {name} {options} AS INSERT INTO counts SELECT n % 300000, COUNT(*) FROM numbers GROUP BY n % 300000;"
                       for name, options in (("small", "WITH ('job.memory.limit' = '4 mb')"), ("other", "")))
        scratch.write("jobs.sql", BUSY + jobs)
        expect(scratch.run("run", "-d", "jobs.sql").returncode == 0, "they do not start")
        await_true("all keys, twice", lambda: min(described(scratch, job)[0] for job in ("small", "other")) > 700_000)
        # Rows that no checkpoint has written yet stay in memory: on a busy machine there are more of them for a while.
        await_true("its own memory", lambda: described(scratch, "small")[1]["state bytes"] < 6 << 20)
        small, other = (described(scratch, job)[1] for job in ("small", "other"))
        expect(small["disk reads"] > 0, small)
        expect(other["disk reads"] == 0 and other["state bytes"] > 12 << 20, other)
        server.end(signal.SIGKILL)


def test_options_are_the_servers(scratch):
    scratch.write("server.yaml", "execution.checkpointing.interval: 300 ms\n")
    with Server(scratch, "--conf", "server.yaml") as server:
        scratch.write("copy.sql", STREAM + "CREATE JOB copy AS " + COPY)
        expect(scratch.run("run", "-d", "copy.sql").returncode == 0, "it does not start")
        said = scratch.run("-c", "SET;", "--format", "csv").stdout
        expect("execution.checkpointing.interval,300 ms" in said.replace('"', ""), said)
        said = scratch.run("-D", "execution.checkpointing.interval=10 s", "-c", "SET;", "--format", "csv").stdout
        expect("execution.checkpointing.interval,10 s" in said.replace('"', ""), said)
        server.end()


def test_paths_in_options_are_below_the_clients_directory(scratch):
    """As those of SET and of tables, however the client says them: not below the server's."""
    with Server(scratch) as server:
        scratch.write("copy.sql", STREAM + NAMED)
        expect(scratch.run("run", "-d", "copy.sql").returncode == 0, "it does not start")
        data = os.path.join(scratch.path, "weir-data")
        scratch.write("client/weir.yaml", "execution.checkpointing.savepoint-dir: said\n")
        client = os.path.join(scratch.path, "client")

        def run(*arguments):
            done = subprocess.run([program(), "--data-dir", data, *arguments], cwd=client, env=scratch.environment(), text=True,
                                  capture_output=True, timeout=DEADLINE, check=False)
            expect(done.returncode == 0, done.stderr)
            return done.stdout

        run("savepoint", "copy")
        run("-D", "execution.checkpointing.savepoint-dir=other", "savepoint", "copy")
        for name in ("said", "other"):
            expect(os.listdir(os.path.join(client, name)), name)
            expect(not os.path.exists(os.path.join(scratch.path, name)), f"{name} is below the server's directory")
        expect(f"{client}/other" in run("-D", "execution.checkpointing.savepoint-dir=other", "--format", "csv", "-c", "SET;"), "SET shows another")
        server.end(signal.SIGKILL)


def test_a_wait_says_how_a_job_has_ended(scratch):
    """One that somebody cancels or stops meanwhile has not finished."""
    with Server(scratch) as server:
        for end, wait, wanted in (("CANCEL JOB copy;", "UNTIL FINISHED", 'job "copy" was cancelled before it had finished'),
                                  ("STOP JOB copy;", "UNTIL FINISHED", 'job "copy" was stopped before it had finished'),
                                  ("CANCEL JOB copy;", "UNTIL CHECKPOINT", 'job "copy" was cancelled before its next checkpoint')):
            scratch.write("copy.sql", f"{STREAM} CREATE JOB copy WITH ('execution.checkpointing.interval' = '0') AS {COPY}")
            expect(scratch.run("run", "-d", "copy.sql").returncode == 0, "it does not start")
            waiting = scratch.start("-c", f"WAIT FOR JOB copy {wait}; SELECT 42 AS n;")
            time.sleep(1)  # nothing tells that it waits
            expect(scratch.run("-c", end).returncode == 0, end)
            out, err = waiting.communicate(timeout=DEADLINE)
            expect(waiting.returncode == 4 and f"ERROR E5002: {wanted}" in err and "42" not in out, f"{waiting.returncode} {out} {err}")
            expect(scratch.run("-c", "DROP JOB copy;").returncode == 0, "it stays")
        server.end()


if __name__ == "__main__":
    run_all(globals())
