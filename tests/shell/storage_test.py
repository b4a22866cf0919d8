#!/usr/bin/env python3
"""Where checkpoints are kept: in the memory of the process, in directories of others' choice, in metadata. Each test is what
a user types, and looks at the disk afterwards."""
import glob
import json
import os
import re
import shutil
import signal

from server_test import Server, await_true
from weir_shell import Scratch, expect, program, run_all

assert program and Scratch

TABLES = """CREATE TABLE bid (k INT, price INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv',
  'source.monitor-interval' = '50 ms');
CREATE TABLE sums (k INT, s BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
"""
JOB = "CREATE JOB j AS INSERT INTO sums SELECT k, SUM(price) FROM bid GROUP BY k;\n"
IDLE = "WAIT FOR JOB j UNTIL IDLE;\n"
IN_MEMORY = ("-D", "execution.checkpointing.storage=jobmanager", "-D", "execution.checkpointing.interval=1 h",
             "-D", "parallelism.default=2")
QUIET = ("-D", "server.http.address=0", "-D", "server.thrift.address=0")
FORGOTTEN = "were in the memory of a process that has ended"
SUMS = "SELECT * FROM STATE OF JOB j UID 'sink:sums/agg';"


def ok(scratch, sql, *arguments):
    done = scratch.run(*arguments, text=sql)
    expect(done.returncode == 0, f"{sql}\n{done.stdout}{done.stderr}")
    return done


def start(scratch, sql, *arguments):
    """In the server, where its jobs run on."""
    done = scratch.run(*arguments, "run", "-d", scratch.write("script.sql", sql))
    expect(done.returncode == 0, f"{sql}\n{done.stdout}{done.stderr}")
    return done


def put(scratch, name, text):
    """A file that is there at once."""
    scratch.write("in/." + name, text)
    os.rename(os.path.join(scratch.path, "in", "." + name), os.path.join(scratch.path, "in", name))


def sums(scratch):
    return {row["k"]: row["sum(price)"] for row in map(json.loads, ok(scratch, SUMS, "-q", "--format", "json").stdout.splitlines())}


def checkpoints(scratch):
    return [json.loads(line) for line in ok(scratch, "SHOW CHECKPOINTS FOR JOB j;", "-q", "--format", "json").stdout.splitlines()]


def below(scratch, *names):
    """What of these names is anywhere below the directory."""
    return [path for name in names for path in glob.glob(f"{scratch.path}/**/{name}", recursive=True)]


def test_memory_outlives_a_failure_of_the_job(scratch):
    for backend in ("rocksdb", "hashmap"):
        scratch.write("in/a.csv", "1,10\n2,20\n1,5\n")
        with Server(scratch, *QUIET, *IN_MEMORY, "-D", f"state.backend.type={backend}", "-D", "restart-strategy.type=fixed-delay",
                    "-D", "restart-strategy.fixed-delay.attempts=1000000", "-D", "restart-strategy.fixed-delay.delay=20 ms") as server:
            start(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j;")
            taken = checkpoints(scratch)
            expect(len(taken) == 1 and re.fullmatch(r"memory://[0-9a-f]{32}/chk-1", taken[0]["path"]), taken)
            expect(taken[0]["bytes"] > 0 and taken[0]["note"] == "", taken)
            # A directory that is a link to itself cannot be listed; what was read before the checkpoint is gone when it can be
            # again: only the state knows of it.
            os.rename(f"{scratch.path}/in", f"{scratch.path}/aside")
            os.symlink("in", f"{scratch.path}/in")
            await_true("a restart", lambda: re.search(r"\b[1-9]\d* restart", scratch.run("list").stdout))
            os.remove(f"{scratch.path}/in")
            os.mkdir(f"{scratch.path}/in")
            put(scratch, "b.csv", "1,100\n3,30\n")
            await_true("it goes on", lambda: scratch.run(text=SUMS).returncode == 0 and sums(scratch) == {1: 115, 2: 20, 3: 30})
            ok(scratch, IDLE)
            expect(sums(scratch) == {1: 115, 2: 20, 3: 30}, f"{backend}: {sums(scratch)}")
            expect(not below(scratch, "chk-*", "_metadata"), below(scratch, "chk-*", "_metadata"))
            told = ok(scratch, "DESCRIBE JOB j;").stdout
            expect("Checkpoints in memory, which go with this process: 1 completed" in told, told)
            # Savepoints are files.
            ok(scratch, "SAVEPOINT JOB j TO 'saved';")
            expect(len(below(scratch, "_metadata")) == 1, below(scratch, "_metadata"))
            start(scratch, "STOP JOB j; RESTORE JOB j FROM LATEST CHECKPOINT; " + IDLE)
            expect(sums(scratch) == {1: 115, 2: 20, 3: 30}, "stopped and restored in the same process")
            ok(scratch, "CANCEL JOB j; DROP JOB j;")
            start(scratch, f"{TABLES}RESTORE JOB j FROM '{os.path.dirname(below(scratch, '_metadata')[0])}'; {IDLE}")
            expect(sums(scratch) == {1: 115, 2: 20, 3: 30}, "of the savepoint")
            expect(server.end() == 0, server.log())
        ok(scratch, "DROP JOB j;")
        for path in ("saved", "in", "aside"):
            shutil.rmtree(f"{scratch.path}/{path}")


def test_memory_goes_with_the_process(scratch):
    put(scratch, "a.csv", "1,10\n")
    ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; STOP JOB j;", *IN_MEMORY)
    told = ok(scratch, "DESCRIBE RECOVERY OF JOB j; SHOW CHECKPOINTS FOR JOB j;", *IN_MEMORY).stdout
    expect("begins anew" in told and FORGOTTEN in told and "it is not there" in told, told)
    lost = scratch.run(*IN_MEMORY, text="RESTORE JOB j FROM LATEST CHECKPOINT;")
    expect(lost.returncode != 0 and "E7004" in lost.stderr and FORGOTTEN in lost.stderr, lost.stderr)
    put(scratch, "b.csv", "1,1\n2,2\n")
    again = ok(scratch, TABLES + JOB + IDLE + SUMS + "SHOW CHECKPOINTS FOR JOB j; CHECKPOINT JOB j; STOP JOB j;", *IN_MEMORY, "--format", "csv")
    expect("WARNING: job j: its checkpoints, the last of them" in again.stderr and "it begins anew" in again.stderr, again.stderr)
    expect(re.search(r"^1,2,11\b", again.stdout, re.M), again.stdout)
    number = int(re.search(r"Checkpoint (\d+) of job j is complete", again.stdout + again.stderr).group(1))
    expect(number > 2, "numbers are never given twice")
    # From memory to files, in one process: nothing is read again.
    moved = ok(scratch, TABLES + JOB + IDLE + "STOP JOB j; SET 'execution.checkpointing.storage' = 'filesystem';" + JOB + IDLE +
               "CHECKPOINT JOB j; SHOW CHECKPOINTS FOR JOB j; STOP JOB j;", *IN_MEMORY, "--format", "csv")
    expect("Job j continues from its last checkpoint" in moved.stdout + moved.stderr, moved.stdout + moved.stderr)
    expect(len(below(scratch, "chk-*")) == 1, below(scratch, "chk-*"))
    # And back: those in files are older than what is forgotten, and are gone on from all the same.
    ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; STOP JOB j;", *IN_MEMORY)
    older = ok(scratch, TABLES + JOB + IDLE + SUMS + "STOP JOB j;", *IN_MEMORY, "--format", "csv")
    expect("which is older" in older.stderr and re.search(r"^1,2,11\b", older.stdout, re.M), older.stdout + older.stderr)


def test_what_goes_with_the_process_is_said_at_its_end(scratch):
    put(scratch, "a.csv", "1,10\n")
    for options, said in ((IN_MEMORY, "Job j is stopped; its checkpoints were in memory and go with this process. "
                           "DESCRIBE RECOVERY OF JOB `j`; says how its script begins.\n"),
                          ((), "Job j is stopped; RESTORE JOB `j` FROM LATEST CHECKPOINT; or the same script continues it.\n")):
        ended = scratch.run(*options, "--timeout", "2", text=TABLES + JOB)
        expect(ended.returncode == 124 and ended.stderr.endswith(said), ended.stderr)
        told = ok(scratch, "DESCRIBE RECOVERY OF JOB j;", *options).stdout
        expect(("begins anew" in told) == (options == IN_MEMORY), told)
        ok(scratch, "DROP JOB j;")


def test_memory_and_what_contradicts_it(scratch):
    sink = TABLES + "CREATE TABLE out (k INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
    refused = scratch.run(*IN_MEMORY, text=sink + "INSERT INTO out SELECT k FROM bid;")
    expect(refused.returncode == 3 and "E6002" in refused.stderr and "table out (connector filesystem)" in refused.stderr, refused.stderr)
    expect(re.search(r"<stdin>:5:\d+: ERROR", refused.stderr) and "5 | INSERT INTO out" in refused.stderr, refused.stderr)
    # Rule 34: a directory that is configured means files; else memory, under a conf file of Flink's.
    put(scratch, "a.csv", "1,10\n")
    job = TABLES + JOB + IDLE + "CHECKPOINT JOB j; SHOW CHECKPOINTS FOR JOB j; CANCEL JOB j; DROP JOB j;"
    for text, place in (("state.backend: jobmanager\nstate.checkpoints.dir: c\n", "memory://"),
                        ("state.backend: hashmap\n", "memory://"), ("state.backend: rocksdb\n", "memory://"),
                        ("state.backend: filesystem\nstate.backend.fs.checkpointdir: c\n", "/c/"),
                        ("state.checkpoints.dir: c\n", "/c/"), ("state.checkpoint-storage: filesystem\n", "/weir-data/"),
                        ("state.checkpoint-storage: jobmanager\n", "memory://"), (None, "/weir-data/")):
        conf = ("-D", "execution.checkpointing.interval=1 h")
        if text is not None:
            scratch.write("flink-conf.yaml", text + "execution.checkpointing.interval: 1h\n")
            conf = ("--conf", "flink-conf.yaml")
        shown = ok(scratch, job, *conf, "--format", "csv").stdout
        expect(place in shown, f"{text}: {shown}")
    # Without checkpoints there are none to be forgotten.
    scratch.write("flink-conf.yaml", "parallelism.default: 1\n")
    ok(scratch, sink + "INSERT INTO out VALUES (1);", "--conf", "flink-conf.yaml")
    expect(below(scratch, "part-*"), "output")


def test_the_history_of_checkpoints_is_kept_over_restarts(scratch):
    put(scratch, "a.csv", "1,10\n")
    manual = ("-D", "execution.checkpointing.interval=1 h", "-D", "parallelism.default=1", "-D", "execution.checkpointing.num-retained=1")
    ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; CHECKPOINT JOB j; SAVEPOINT JOB j TO 'saved'; STOP JOB j;", *manual)
    first = checkpoints(scratch)
    expect([(row["checkpoint"], row["state"], row["kind"]) for row in first] ==
           [(1, "COMPLETED", "requested"), (2, "COMPLETED", "requested"), (3, "COMPLETED", "savepoint"), (4, "COMPLETED", "stop")], first)
    expect([bool(row["path"]) for row in first] == [False, False, True, True], first)
    expect(all(row["started"] and row["duration ms"] >= 0 and row["start delay ms"] >= 0 and row["alignment ms"] >= 0 and
               row["failure"] == "" for row in first), first)
    # One that fails, in another process, of a limit that only memory has; then the newest three.
    failed = scratch.run(*manual, "-D", "execution.checkpointing.storage=jobmanager", "-D", "state.backend.memory.max-state-size=1 b",
                         text=TABLES + JOB + IDLE + "CHECKPOINT JOB j;")
    expect(failed.returncode != 0 and "max-state-size" in failed.stderr, failed.stderr)
    known = [row for row in checkpoints(scratch) if row["state"] == "FAILED"]
    expect(len(known) == 1 and "max-state-size" in known[0]["failure"] and known[0]["path"] == "" and known[0]["bytes"] is None, known)
    ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; CHECKPOINT JOB j; STOP JOB j;", *manual, "-D", "web.checkpoints.history=3")
    newest = checkpoints(scratch)
    expect(len([row for row in newest if row["kind"]]) == 3 and newest[-1]["kind"] == "stop", newest)
    # Damage says nothing, and harms nothing.
    for path in below(scratch, "history"):
        with open(path, "r+b") as file:
            file.seek(20)
            file.write(b"x")
    rest = checkpoints(scratch)
    expect(len(rest) == 1 and rest[0]["kind"] is None and rest[0]["state"] == "COMPLETED", rest)
    ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; STOP JOB j; DROP JOB j;", *manual)
    expect(not below(scratch, "history"), "it goes with its job")


def test_a_state_that_is_too_large_for_memory(scratch):
    put(scratch, "a.csv", "".join(f"{k},1\n" for k in range(20_000)))
    script = TABLES + JOB + IDLE + "CHECKPOINT JOB j; STOP JOB j;"
    limit = (*IN_MEMORY, "-D", "parallelism.default=1", "-D", "state.backend.memory.max-state-size=100 kb")
    failed = scratch.run(*limit, text=script)
    expect(failed.returncode != 0 and "E7003" in failed.stderr, failed.stderr)
    said = re.search(r"the state of sink:sums/agg in subtask 0 has (\d+) bytes; checkpoints that are kept in memory hold at most "
                     r"102400 of each \(state.backend.memory.max-state-size\)(?s:.*)'execution.checkpointing.storage' = 'filesystem'",
                     failed.stderr)
    expect(said and int(said.group(1)) > 102_400, failed.stderr)
    # Nor is a job stopped with one that would be kept in memory: it runs on.
    failed = scratch.run(*limit, text="DROP JOB j;" + TABLES + JOB + IDLE + "STOP JOB j;")
    expect(failed.returncode != 0 and "the state of sink:sums/agg in subtask 0 has" in failed.stderr and
           "STOP JOB … WITH SAVEPOINT has no such limit" in failed.stderr, failed.stderr)
    # It is told at the failure of a periodic one, too, which fails the job where that is not tolerated.
    failed = scratch.run(*limit, "-D", "execution.checkpointing.interval=100 ms", "-D", "restart-strategy.type=none",
                         "-D", "execution.checkpointing.tolerable-failed-checkpoints=0",
                         text="DROP JOB j;" + TABLES + JOB + "WAIT FOR JOB j UNTIL FINISHED;")
    expect(failed.returncode != 0 and "the state of sink:sums/agg in subtask 0 has" in failed.stderr, failed.stderr)
    # A savepoint has no limit, nor what a job ends with.
    ok(scratch, "DROP JOB j;" + TABLES + JOB + IDLE + "SAVEPOINT JOB j TO 'saved'; STOP JOB j WITH SAVEPOINT 'last';", *limit)
    expect(len(below(scratch, "_metadata")) == 2, below(scratch, "_metadata"))
    ok(scratch, "DROP JOB j;" + script, *IN_MEMORY)


def test_local_directories(scratch):
    put(scratch, "a.csv", "1,10\n")
    one, two, other = (f"{scratch.path}/{name}" for name in ("one", "two", "other"))
    os.makedirs(f"{one}/photos")
    scratch.write("one/photos/a.jpg", "a")
    scratch.write("two/weir-0123.work/mine", "b")
    kept = {f"{one}/photos", f"{two}/weir-0123.work"}

    def left():
        return {path for place in (one, two, other) for path in glob.glob(f"{place}/*")} - kept

    # Killed in the middle: its database is left, and its next start removes that, wherever it works itself.
    for key, said, again in (("state.backend.rocksdb.localdir", f"{one}:{two}", f"{one},file://{two}"),
                             ("state.backend.rocksdb.checkpointdir", f"file://{one},{two}", other), ("state.backend.forst.local-dir", one, "")):
        conf = ("-D", f"{key}={said}", "-D", "execution.checkpointing.interval=1 h")
        with Server(scratch, *QUIET, *conf) as server:
            start(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j;")
            work = left()
            expect(len(work) == 1 and re.fullmatch(r".*/(one|two)/weir-[0-9a-f]{32}\.work", *work), work)
            expect(glob.glob(f"{next(iter(work))}/CURRENT"), "the database is there")
            expect(not below(scratch, "checkpoints.work"), "and nowhere else")
            server.end(signal.SIGKILL)
        expect(left() == work, "left behind")
        conf = ("-D", f"state.backend.rocksdb.localdir={again}") if again else ()
        goes_on = ok(scratch, TABLES + JOB + IDLE + SUMS + "STOP JOB j;", *conf, "--format", "csv")
        expect(re.search(r"^1,1,10\b", goes_on.stdout, re.M), goes_on.stdout + goes_on.stderr)
        expect(left() == set(), left())
        ok(scratch, "DROP JOB j;")
    # One that is dropped takes along what it has left.
    with Server(scratch, *QUIET, "-D", f"state.backend.rocksdb.localdir={one}") as server:
        start(scratch, TABLES + JOB + IDLE)
        server.end(signal.SIGKILL)
    expect(left(), "left behind")
    ok(scratch, "DROP JOB j;")
    expect(left() == set(), left())
    for path in kept:
        expect(os.listdir(path), "what is no job's stays")
    for wrong, words in (("relative", "takes absolute directories"), ("hdfs://a/b", "files of the scheme 'hdfs' are not supported")):
        refused = scratch.run("-c", f"SET 'state.backend.rocksdb.localdir' = '{one}:{wrong}';")
        expect(refused.returncode == 3 and words in refused.stderr, refused.stderr)


def test_metadata_of_checkpoints_in_memory(scratch):
    put(scratch, "a.csv", "1,10\n2,20\n")
    conf = (*IN_MEMORY, "-D", f"execution.checkpointing.dir=file://{scratch.path}/copies", "-D", "execution.checkpointing.num-retained=2")
    ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; CHECKPOINT JOB j; STOP JOB j;", *conf)
    written = below(scratch, "copies/*/chk-*/*")
    expect(len(written) == 2 and all(path.endswith("/_metadata") for path in written), written)
    newest = os.path.dirname(max(written))
    told = ok(scratch, "DESCRIBE RECOVERY OF JOB j;", *conf).stdout
    expect(f"RESTORE JOB `j` FROM '{newest}' goes on from what was written of the last one" in told, told)
    # It is whole: the file alone, elsewhere, in the data directory of somebody else.
    os.makedirs(f"{scratch.path}/elsewhere")
    os.rename(f"{newest}/_metadata", f"{scratch.path}/elsewhere/_metadata")
    os.remove(f"{scratch.path}/in/a.csv")
    sums_there = ok(scratch, TABLES + f"RESTORE JOB j FROM 'elsewhere'; {IDLE}{SUMS}STOP JOB j;", "--data-dir", "other", "--format", "csv").stdout
    expect(re.search(r"^1,1,10\b", sums_there, re.M) and re.search(r"^2,1,20\b", sums_there, re.M), sums_there)
    dropped = ok(scratch, "DROP JOB j;", *conf)
    expect(not os.path.exists(os.path.dirname(newest)) and "copies" in dropped.stdout + dropped.stderr, dropped.stdout + dropped.stderr)


def test_small_checkpoints_and_savepoints_are_their_metadata(scratch):
    for backend in ("rocksdb", "hashmap"):
        put(scratch, "a.csv", "1,10\n2,20\n")
        ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; SAVEPOINT JOB j TO 'saved'; SAVEPOINT JOB j TO 'native' FORMAT NATIVE; STOP JOB j;",
           "-D", f"state.backend.type={backend}", "-D", "execution.checkpointing.interval=1 h",
           "-D", "state.storage.fs.memory-threshold=20 kb")
        small = below(scratch, "weir-data/jobs/*/checkpoints/chk-*/*", "savepoint-*/*")
        expect(len(small) == 3 and all(path.endswith("/_metadata") for path in small), small)
        for number, path in enumerate(small):
            os.makedirs(f"{scratch.path}/alone/{number}")
            os.rename(path, f"{scratch.path}/alone/{number}/_metadata")
        ok(scratch, "DROP JOB j;")
        os.remove(f"{scratch.path}/in/a.csv")
        froms = [f"alone/{number}" for number in range(3)]
        for number in (number for number, path in enumerate(small) if "/chk-" not in path):
            for groups in ((), ("--max-parallelism", "7")):
                done = scratch.run("convert-savepoint", *groups, froms[number], f"alone/{number}-{len(groups)}")
                expect(done.returncode == 0, done.stderr)
                froms.append(done.stdout.strip())
        expect(len(froms) == 7, froms)
        for number, path in enumerate(froms):
            there = ok(scratch, TABLES + f"RESTORE JOB j FROM '{path}'; {IDLE}{SUMS}STOP JOB j;", "--format", "csv",
                       "--data-dir", f"{backend}{number}", "-D", f"state.backend.type={backend}").stdout
            expect(re.search(r"^1,1,10\b", there, re.M) and re.search(r"^2,1,20\b", there, re.M), there)
        for path in ("alone", "saved", "native"):
            shutil.rmtree(f"{scratch.path}/{path}")
    refused = scratch.run("-D", "execution.checkpointing.data-inline-threshold=2 mb", text=TABLES + JOB)
    expect(refused.returncode == 3 and "takes at most '1 mb'" in refused.stderr, refused.stderr)


def test_a_directory_without_subdirectories_is_for_one_job(scratch):
    put(scratch, "a.csv", "1,10\n")
    conf = ("-D", f"state.checkpoints.dir={scratch.path}/c", "-D", "state.checkpoints.create-subdir=false",
            "-D", "execution.checkpointing.interval=1 h")
    scratch.write("c/photos/a.jpg", "a")
    ok(scratch, TABLES + JOB + IDLE + "CHECKPOINT JOB j; STOP JOB j;", *conf)
    expect(below(scratch, "c/chk-*") == [f"{scratch.path}/c/chk-2"], below(scratch, "c/*"))
    expect(not below(scratch, "c/weir-*"), "what it works on goes with it")
    for other in ("j2", "j3"):
        refused = scratch.run(*conf, text=TABLES + JOB.replace("JOB j", f"JOB {other}"))
        expect(refused.returncode == 3 and "E6002" in refused.stderr and "has checkpoints of job" in refused.stderr, refused.stderr)
    expect(below(scratch, "c/chk-*") == [f"{scratch.path}/c/chk-2"], "nobody has removed it")
    goes_on = ok(scratch, TABLES + JOB + IDLE + SUMS + "SAVEPOINT JOB j TO 'saved'; CANCEL JOB j;", *conf, "--format", "csv")
    expect("continues from its last checkpoint" in goes_on.stdout + goes_on.stderr, goes_on.stderr)
    expect(re.search(r"^1,1,10\b", goes_on.stdout, re.M), goes_on.stdout)
    taken = f"RESTORE JOB k FROM '{below(scratch, 'c/chk-*')[0]}'"
    refused = scratch.run(text=taken + ";")  # with the options that the job was run with
    expect(refused.returncode == 3 and "E6002" in refused.stderr, refused.stderr)
    ok(scratch, f"{taken} WITH ('execution.checkpointing.dir' = 'other', 'execution.checkpointing.create-subdir' = 'true');"
       "WAIT FOR JOB k UNTIL IDLE; STOP JOB k; DROP JOB k;")
    ok(scratch, "DROP JOB j;")
    expect(sorted(os.listdir(f"{scratch.path}/c")) == ["photos"], os.listdir(f"{scratch.path}/c"))
    # One that has finished makes room for the next one of its name.
    finite = TABLES + "CREATE JOB f AS INSERT INTO sums SELECT k, 1 FROM (VALUES (1)) AS t(k); WAIT FOR JOB f UNTIL FINISHED;"
    ok(scratch, finite, *conf)
    ok(scratch, finite, *conf)
    ok(scratch, "DROP JOB f;")
    # What is nobody's stays.
    scratch.write("c/chk-7/_metadata", "of another engine")
    refused = scratch.run(*conf, text=TABLES + JOB)
    expect(refused.returncode == 3 and "of a job that nobody knows" in refused.stderr, refused.stderr)
    expect(below(scratch, "c/chk-7/_metadata"), "it stays")


run_all(dict(globals()))
