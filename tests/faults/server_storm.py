#!/usr/bin/env python3
"""Kills a server again and again, and compares what its jobs committed with what they must commit.

usage: server_storm.py --weir WEIR_FAULTY [--kills N] [--seed S] [--plant NAME] [--slice] [--keep] [--ledger] [--objects]

A server (weir server) has three jobs at a time, those of crash_test.py; when one has finished another comes. Most
lives of the server end by SIGKILL at a random time or at a random passage of a named point, or as a power failure at
either; some by SIGTERM, which must be an end with a last checkpoint of every job. The next life begins at once, and by
the time that it is ready every job that was started must run or have finished. All the while sessions come and go:
they list, describe, take savepoints and read, and some of them are killed. Readers take finished files away. After
each life what is visible or was taken must be a part of what must be in the end; at the end of each job, all of it.
Ends with counts; a count of REQUIRED that is zero is a failure. With --plant, or WEIR_DEFECT, a defect is planted: then
exit code 1 says that it was caught. With --objects checkpoints and savepoints are in an object store (object_store.py),
and the power does not fail. --slice is short unless WEIR_TEST_SLICE=full.
"""
import collections
import csv
import io
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import consumer
import crash_test
import jobs
import kinds
import object_store

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ledger  # noqa: E402
import seed as seeds  # noqa: E402

AT_A_TIME = 3
CLIENTS = 3
ROWS = 150_000
PATIENCE = 120  # seconds for anything
REQUIRED = ("kills", "power failures", "orderly ends", "kills after a completed checkpoint",
            "kills between pre-commit and rename", "jobs finished", "jobs started again", "statements", "clients killed",
            "savepoints", "files moved")


class Turns:
    """Many hold it, unless somebody keeps them off."""

    def __init__(self):
        self.changed, self.held, self.closed = threading.Condition(), 0, False

    def __enter__(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.closed)
            self.held += 1

    def __exit__(self, *_):
        with self.changed:
            self.held -= 1
            self.changed.notify_all()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.wait_for(lambda: self.held == 0)

    def open(self):
        with self.changed:
            self.closed = False
            self.changed.notify_all()


class Client(threading.Thread):
    """Sessions that come and go while `storm` has a server, one after the other; some are killed."""

    def __init__(self, storm, seed):
        super().__init__()
        self.storm, self.chance = storm, random.Random(seed)

    def run(self):
        while not self.storm.ended.is_set():
            with self.storm.sessions:
                self.session()
            time.sleep(self.chance.uniform(0.001, 0.1))

    def session(self):
        job = self.chance.choice(self.storm.names() or ["nobody"])
        statement = self.chance.choice([
            "SHOW JOBS", f"DESCRIBE JOB {job}", f"SHOW CHECKPOINTS FOR JOB {job}", f"SAVEPOINT JOB {job} TO '{self.storm.saved}'",
            f"SELECT COUNT(*) FROM '{self.storm.source.whole}'", f"WAIT FOR JOB {job} TIMEOUT '100 ms'",
            "CREATE TABLE endless (n BIGINT) WITH ('connector' = 'datagen'); SHOW JOBS; SELECT COUNT(*) FROM endless"])
        client = subprocess.Popen(self.storm.command("-q", "--no-catalog", "-c", statement), env=self.storm.environment(), text=True,
                                  cwd=self.storm.scratch, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE)
        try:
            _, errors = client.communicate(timeout=self.chance.uniform(0.05, 1.5))
        except subprocess.TimeoutExpired:
            client.kill()
            client.communicate()
            self.storm.count("clients killed")
            return
        if client.returncode < 0:
            self.storm.find(jobs.Wrong(f"a client ended by signal {-client.returncode}: {statement}\n{errors}"))
        self.storm.count("statements")
        if statement.startswith("SAVEPOINT") and client.returncode == 0:
            self.storm.count("savepoints")


class Storm:
    def __init__(self, weir, scratch, seed, chosen, arguments):
        self.weir, self.scratch, self.defect = weir, scratch, crash_test.planted_in(arguments)
        self.store = object_store.ObjectStore(scratch) if arguments.objects else None
        self.required = [name for name in REQUIRED if not (self.store and name == "power failures")]
        self.root = os.path.join(scratch, "root")  # what loses writes when the power fails
        self.data = os.path.join(self.root, "data")
        self.saved = os.path.join(self.store.place if self.store else self.root, "saved")
        os.makedirs(self.data, mode=0o700)
        self.chance = random.Random(seed)
        self.source = jobs.Input(os.path.join(scratch, "input"), seed, ROWS)
        self.windows, self.totals = self.source.windows(), self.source.totals()
        self.expected = {kind.name: kind.expected(self.source) for kind in chosen}
        self.points = [point for point in crash_test.named_points() if not point.startswith(crash_test.NEVER)]
        self.updating, self.timed = (itertools.cycle(self.chance.sample(some, len(some)))
                                     for some in ([kind for kind in kinds.UPDATING if kind in chosen],
                                                  [kind for kind in kinds.TIMED if kind in chosen]))
        self.did = collections.Counter()
        self.made = 0
        self.jobs = {}  # name -> Job, of those that have not been checked to their ends
        self.started = set()  # names that a server has said that it runs
        self.server = None
        self.ended = threading.Event()
        # Held by each client that is there. When the power fails, no process is: it would see how files are put back.
        self.sessions = Turns()
        self.lock = threading.Lock()
        self.wrong = None

    # --- what threads of clients use ----------------------------------------------------------------

    def command(self, *arguments):
        return [self.weir, "--conf", crash_test.BARE, "--data-dir", self.data, *arguments]

    def environment(self, **more):
        of_store = self.store.environment() if self.store else {}
        return dict({name: value for name, value in os.environ.items() if name != "WEIR_DEFECT"}, **of_store, **more)

    def names(self):
        with self.lock:
            return list(self.jobs)

    def count(self, what):
        with self.lock:
            self.did[what] += 1

    def find(self, wrong):
        with self.lock:
            self.wrong = self.wrong or wrong

    # --- jobs ---------------------------------------------------------------------------------------

    def next_job(self):
        name = f"job{self.made}"
        parts = self.made % 2 == 1
        two = (next(self.updating), next(self.updating if parts else self.timed))
        job = jobs.Job(os.path.join(self.root, name), self.source, backend="memory" if self.made % 4 == 1 else "rocksdb",
                       overwrite=self.made % 3 == 1, parts=parts, kinds=two)
        job.data, job.out = self.data, os.path.join(self.root, name, "root/out")
        job.consumer = consumer.Consumer(job.out, os.path.join(self.scratch, "archive", name), self.chance.randrange(1 << 30),
                                         self.did)
        job.is_consumed = self.chance.random() < 0.7
        if self.store:
            job.keep_in(self.store)
        self.made += 1
        with self.lock:
            self.jobs[name] = job
        return name, job

    def script(self, name, job):
        """Options of the process are the server's."""
        script = job.script(self.chance.choice([1, 2, 3]))
        script = re.sub(r"SET 'state.memory.limit' = .*\n", "", script)
        # What a restart within the process repairs, nobody would see.
        return script.replace("'pipeline.name' = 'crash'", f"'pipeline.name' = '{name}'")

    def submit(self, name):
        """Has the server run it, unless that has been killed. A client that loses its server does not know whether the
        job was begun: the list says."""
        path = os.path.join(self.scratch, f"{name}.sql")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.script(name, self.jobs[name]))
        done = self.ask("run", "-d", path)
        if done.returncode == 0:
            self.started.add(name)
            saved = self.ask("-q", "savepoint", name, self.saved)
            self.did["savepoints"] += saved.returncode == 0
        elif done.returncode != 2:
            raise jobs.Wrong(f"{name} does not start: exit {done.returncode}: {done.stderr}")

    def ask(self, *arguments):
        try:
            return subprocess.run(self.command(*arguments), env=self.environment(), text=True, cwd=self.scratch,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired as error:
            raise jobs.Wrong(f"no answer within {PATIENCE} s: {arguments}") from error

    def states(self):
        """Name -> state, as the data directory has it; nothing where its process dies meanwhile."""
        done = self.ask("-q", "--format", "csv", "list", "-a")
        if done.returncode == 2:
            return None
        if done.returncode != 0:
            raise jobs.Wrong(f"no list: exit {done.returncode}: {done.stderr}")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        return {row["job name"]: (row["status"], row["note"]) for row in rows}

    # --- a life of the server -----------------------------------------------------------------------

    def plan(self):
        """(environment, seconds until it is ended, by which signal); one whose power fails ends itself before."""
        if self.chance.random() < 0.15:
            return {}, self.chance.uniform(0.3, 1), signal.SIGTERM
        power = not self.store and self.chance.random() < 0.35
        env = crash_test.power_failure(self.chance, self.root) if power else {}
        if self.chance.random() < 0.6:
            env["WEIR_KILL_AT"] = f"{self.chance.choice(self.points)}:{self.chance.randint(1, 30)}"
            # A point that is not passed so often does not end it.
            return env, PATIENCE if power else self.chance.uniform(0.5, 2), signal.SIGKILL
        seconds = self.chance.uniform(0.05, 1.2)
        if power:
            env["WEIR_KILL_AFTER"] = str(int(seconds * 1000))
            return env, PATIENCE, signal.SIGKILL
        return env, seconds, signal.SIGKILL

    def begin(self, env, log):
        if self.defect:
            env = dict(env, WEIR_DEFECT=self.defect)
        if env.get("WEIR_LOSE_WRITES") and "WEIR_KILL_AFTER" not in env:
            env["WEIR_KILL_AFTER"] = str(self.chance.randint(500, 2000))
        for job in self.jobs.values():
            if "WEIR_LOSE_WRITES" not in env:
                job.consumer.begin(takes=job.is_consumed)
        self.server = subprocess.Popen(self.command("server"), env=self.environment(**env), stdin=subprocess.DEVNULL,
                                       cwd=self.scratch, stdout=subprocess.DEVNULL, stderr=log)

    def alive(self):
        return self.server.poll() is None

    def await_ready(self, path):
        """Whether it became ready before it ended."""
        end = time.monotonic() + PATIENCE
        while True:
            with open(path, encoding="utf-8") as file:
                if " INFO ready" in file.read():
                    return True
            if not self.alive():
                return False
            if time.monotonic() > end:
                raise jobs.Wrong(f"the server is not ready within {PATIENCE} s")
            time.sleep(0.005)

    def look_at_jobs(self):
        """Those that were started run or have finished. An error of the data directory fails no job here."""
        states = self.states()
        if states is None or not self.alive():
            return  # else it was the server that answered
        for name in self.started:
            state, note = states.get(name, ("(none)", ""))
            if state.split(",")[0] not in ("RUNNING", "RESTARTING", "FINISHED", "CREATED"):
                raise jobs.Wrong(f"{name} is {state} in a server that is ready: {note}")
            self.count("jobs started again")
        for name in set(self.jobs) & set(states) - self.started:
            self.started.add(name)  # its client was not told
        for name in list(self.jobs):
            if name not in self.started:
                self.submit(name)

    def live(self):
        """One life, and its end."""
        env, seconds, sent = self.plan()
        power = "WEIR_LOSE_WRITES" in env
        if power:
            self.sessions.close()
        path = os.path.join(self.scratch, f"log-{self.did['lives']}")
        self.did["lives"] += 1
        with open(path, "w", encoding="utf-8") as log:
            self.begin(env, log)
            try:
                began = time.monotonic()
                if self.await_ready(path) and not power:
                    self.look_at_jobs()
                while self.alive() and time.monotonic() - began < seconds:
                    time.sleep(0.005)
                if self.alive():
                    self.server.send_signal(sent)
                self.server.wait(PATIENCE)
            except subprocess.TimeoutExpired as error:
                raise jobs.Wrong(f"the server does not end within {PATIENCE} s") from error
            finally:
                if self.alive():
                    self.server.kill()
                    self.server.wait()
                if power:
                    self.sessions.open()
                else:
                    for job in self.jobs.values():
                        job.consumer.end()
        with open(path, encoding="utf-8") as log:
            self.check_end(log.read(), sent, power)

    def check_end(self, log, sent, power):
        code = self.server.returncode
        if code == 0 and sent == signal.SIGTERM:
            self.did["orderly ends"] += 1
        elif code == -signal.SIGKILL:
            self.did["kills"] += 1
            self.did["power failures"] += power
            some = list(self.jobs.values())
            self.did["kills after a completed checkpoint"] += any(job.has_checkpoint() for job in some)
            self.did["kills between pre-commit and rename"] += any(job.has_uncommitted() for job in some)
        else:
            raise jobs.Wrong(f"the server ended with {code}:\n{log[-3000:]}")
        for line in log.splitlines():
            if " ERROR " in line:
                raise jobs.Wrong(f"an error in the log: {line}")
        for job in self.jobs.values():
            # Of all jobs: a path is of one.
            mine = "\n".join(line for line in log.splitlines() if job.out in line)
            job.consumer.check_accepted(mine)
            job.check(self.windows, self.totals, self.expected, complete=False)

    def check_finished(self):
        """Takes the jobs that have finished, while no server runs."""
        states = self.states() or {}
        for name, job in list(self.jobs.items()):
            if states.get(name, ("",))[0] != "FINISHED":
                continue
            job.consumer.check_polled()
            job.check(self.windows, self.totals, self.expected, complete=True)
            self.did["jobs finished"] += 1
            self.started.discard(name)
            with self.lock:
                del self.jobs[name]
            shutil.rmtree(job.directory)

    # --- all of it ----------------------------------------------------------------------------------

    def run(self, kills):
        clients = [Client(self, self.chance.randrange(1 << 30)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            while self.did["kills"] < kills or (self.zeros() and self.did["kills"] < 4 * kills):
                while len(self.jobs) < AT_A_TIME:
                    self.next_job()
                self.live()
                self.check_finished()
                if self.wrong:
                    raise self.wrong
        finally:
            self.ended.set()
            for client in clients:
                client.join()

    def zeros(self):
        return [name for name in self.required if not self.did[name]]


def storm(arguments, seed, kills, chosen):
    """Runs one storm; whether all was well."""
    defect, begun = crash_test.planted_in(arguments), time.monotonic()
    print(f"seed {seed}" + (f", planted: {defect}" if defect else ""), flush=True)
    scratch = tempfile.mkdtemp(prefix="weir-server-")
    runner, wrong = Storm(os.path.abspath(arguments.weir), scratch, seed, chosen, arguments), None
    try:
        runner.run(kills)
    except jobs.Wrong as error:
        wrong = error
    zeros = [] if defect or wrong else runner.zeros()
    if not defect:
        for name in ("lives", *runner.required):
            print(f"{name}: {runner.did[name]}")
    for name in zeros:
        print(f"FAILED: zero: {name}")
    if wrong:
        print(f"FAILED after {runner.did['kills']} kills: {wrong}")
    if arguments.ledger and not wrong and not zeros:
        ledger.record(crash_test.suite_of(arguments, "crash.server"), seed, runner.did["kills"], time.monotonic() - begun)
    if arguments.keep or (wrong and not defect):
        print(f"kept: {scratch}")
    else:
        shutil.rmtree(scratch, ignore_errors=True)
    return not wrong and not zeros


def main():
    arguments = crash_test.options(__doc__, 100, crash_test.planted()).parse_args()
    seed = seeds.draw(arguments.seed or 0)
    short = crash_test.is_short(arguments)
    return 0 if storm(arguments, seed, 10 if short else arguments.kills, crash_test.choose(short)) else 1


if __name__ == "__main__":
    sys.exit(main())
