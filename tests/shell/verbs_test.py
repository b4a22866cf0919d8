#!/usr/bin/env python3
"""The verbs of the command line: what each does with and without a process that has the data directory, its help, shells'
completion files and the manual page, which are made from the same table, and what is said of mistyped words."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from script_test import COPY, STREAM, committed, expect_exit, wait_until
from weir_shell import DEADLINE, expect, run_all

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "state"))
import key_groups  # noqa: E402

VERBS = ("run", "shell", "server", "user", "secret", "open", "check", "explain", "info", "flink", "list", "describe",
         "checkpoint", "checkpoints", "savepoint", "convert-savepoint", "stop", "cancel", "options", "completion", "man", "help")
BOUNDED = "CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'rows' = '\n1\n2\n');\n"


class Owner:
    """A process that has the data directory and runs the job `copy`."""

    def __init__(self, scratch):
        self.scratch = scratch

    def __enter__(self):
        self.scratch.write("source/a.csv", "1,x\n")
        self.process = self.scratch.start("-c", STREAM + COPY)
        wait_until(lambda: committed(self.scratch) == ["1,x"], "the job runs")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=DEADLINE)

    def wait(self):
        return self.process.communicate(timeout=DEADLINE)


def path_alone(scratch, done):
    """The savepoint whose path is all of standard output."""
    expect_exit(done, 0)
    expect(re.fullmatch(r"/\S+\n", done.stdout), f"{done.stdout!r} is no path alone\n{done.stderr}")
    path = done.stdout.strip()
    expect(os.path.isfile(os.path.join(path, "_metadata")), path)
    return path


def jobs(scratch, *options):
    """Name -> state of the jobs that `weir list` lists."""
    done = scratch.run("list", "--format", "csv", *options)
    expect_exit(done, 0)
    return {row.split(",")[1]: row.split(",")[2] for row in done.stdout.splitlines()[1:]}


def id_of(scratch, name):
    listed = scratch.run("list", "-a", "--format", "csv").stdout
    found = re.search(rf"^([0-9a-f]{{32}}),{name},", listed, re.M)
    expect(found, listed)
    return found.group(1)


# --- jobs and savepoints of the process that has the directory --------------------------------------------------------------

def test_savepoint_prints_its_path_and_nothing_else(scratch):
    with Owner(scratch):
        for job in ("copy", id_of(scratch, "copy")):
            for options in ([], ["--type", "native"], ["-type", "canonical"]):
                path = path_alone(scratch, scratch.run("savepoint", *options, job, "saved"))
                expect(path.startswith(os.path.join(os.path.realpath(scratch.path), "saved", "savepoint-")), path)
                expect_exit(scratch.run("describe", path), 0)
                listed = scratch.run("--format", "csv", "-c", "SHOW SAVEPOINTS").stdout
                wanted = "native" if "native" in options else "canonical"
                expect(re.search(rf",{wanted},.*{os.path.basename(path)}$", listed, re.M), listed)
        # As the documents write it for YARN.
        done = scratch.run("savepoint", "copy", "saved", "-yid", "application_1")
        path = path_alone(scratch, done)
        expect("-yid has no effect" in done.stderr, done.stderr)
        expect(jobs(scratch) == {"copy": "RUNNING"}, "a savepoint stops nothing")
        relative = os.path.relpath(path, os.path.realpath(scratch.path))
        expect_exit(scratch.run("describe", relative), 0)
        expect_exit(scratch.run("savepoint", "-d", path), 0)
        expect(not os.path.exists(path), "it is deleted")
        expect_exit(scratch.run("savepoint", "-d", path), 3)


def test_convert_savepoint_leaves_the_old_one_and_verifies_the_new(scratch):
    with Owner(scratch):
        native = path_alone(scratch, scratch.run("savepoint", "--type", "native", "copy", "saved"))
        canonical = path_alone(scratch, scratch.run("savepoint", "copy", "saved"))
    for number, (old, options, groups) in enumerate(((native, [], 128), (native, ["--max-parallelism", "7"], 7),
                                                     (canonical, ["--max-parallelism=1000"], 1000), (canonical, [], 128))):
        before = {path: path.read_bytes() for path in pathlib.Path(old).rglob("*") if path.is_file()}
        done = scratch.run("convert-savepoint", *options, f"{old}/_metadata" if number == 2 else old, f"new{number}")
        new = path_alone(scratch, done)
        expect(os.listdir(os.path.dirname(new)) == [os.path.basename(old)] == [os.path.basename(new)], new)
        expect(("dealt to" in done.stderr) == (groups != 128) and "canonical" in done.stderr, done.stderr)
        expect(before == {path: path.read_bytes() for path in pathlib.Path(old).rglob("*") if path.is_file()}, "the old one is as it was")
        described = scratch.run("describe", new)
        expect_exit(described, 0)
        expect("backend canonical" in described.stdout and f"of at most {groups}" in described.stdout, described.stdout)
        expect(key_groups.tables_of(new, groups) is not None, new)
        again = scratch.run("convert-savepoint", *options, old, f"new{number}")
        expect_exit(again, 3)
        expect("E7003" in again.stderr and os.path.isfile(f"{new}/_metadata"), again.stderr)
    # It is one to start from.
    script = STREAM + f"RESTORE JOB copy FROM '{new}';\nWAIT FOR JOB copy UNTIL IDLE;\nSTOP JOB copy;"
    expect_exit(scratch.run("-c", script), 0)


def test_convert_savepoint_refuses_what_a_restore_refuses(scratch):
    with Owner(scratch):
        path = path_alone(scratch, scratch.run("savepoint", "copy", "saved"))
    kept = next(pathlib.Path(scratch.path).glob("*/jobs/*/checkpoints/chk-*"))

    def refused(code, said, *words):
        done = scratch.run("convert-savepoint", *words)
        expect_exit(done, code)
        expect(said in done.stderr and done.stdout == "", f"{done.stdout}{done.stderr}")
        left = os.listdir(os.path.join(scratch.path, "new")) if os.path.exists(os.path.join(scratch.path, "new")) else []
        expect(left == [], f"left behind: {left}")
    refused(3, "there is no savepoint or checkpoint", "nowhere", "new")
    for number in ("0", "32768", "-1", "7x", ""):
        refused(1, "--max-parallelism takes a number from 1 to 32767", "--max-parallelism", number, path, "new")
    refused(1, "DIR", path)
    for form in (kept, kept / "_metadata", f"file:{kept}"):
        refused(3, "not a savepoint", str(form), "new")
    scratch.write("key", "0123456789" * 4)
    os.chmod(os.path.join(scratch.path, "key"), 0o600)
    refused(5, "sign", "-D", "state.savepoints.key-file=key", path, "new")
    for file in sorted(pathlib.Path(path).rglob("*")):
        if not file.is_file():
            continue
        whole = file.read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 10)):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
            refused(5, "E7001", path, "new")
        file.write_bytes(whole)
    path_alone(scratch, scratch.run("convert-savepoint", path, "new"))


def test_a_savepoint_without_a_directory_says_which_option_names_one(scratch):
    with Owner(scratch):
        done = scratch.run("savepoint", "copy")
        expect(done.returncode != 0 and "execution.checkpointing.savepoint-dir" in done.stderr, done.stderr)
        expect(done.stdout == "", done.stdout)
        path_alone(scratch, scratch.run("-D", "execution.checkpointing.savepoint-dir=saved", "savepoint", "copy"))


def test_stop_takes_a_savepoint_to_go_on_from(scratch):
    script = scratch.write("copy.sql", STREAM + COPY)
    with Owner(scratch) as owner:
        path = path_alone(scratch, scratch.run("stop", "-p", "saved", "copy"))
        owner.wait()
    expect(jobs(scratch) == {"copy": "SUSPENDED"}, str(jobs(scratch)))
    scratch.write("source/b.csv", "2,y\n")
    # From nothing but the savepoint, in another data directory.
    child = scratch.start("--data-dir", "other", "run", "-s", os.path.relpath(path, os.path.realpath(scratch.path)), script)
    wait_until(lambda: committed(scratch) == ["1,x", "2,y"], "it goes on")
    child.terminate()
    _, said = child.communicate(timeout=DEADLINE)
    expect("runs from" in said and path in said, said)
    # Once more: from a checkpoint of its own, which is said.
    scratch.write("source/c.csv", "3,z\n")
    child = scratch.start("--data-dir", "other", "run", "-s", path, script)
    wait_until(lambda: committed(scratch) == ["1,x", "2,y", "3,z"], "it goes on")
    child.terminate()
    _, said = child.communicate(timeout=DEADLINE)
    expect(f"goes on from a checkpoint of its own, which is newer than {path}" in said, said)


def test_stop_drains(scratch):
    with Owner(scratch) as owner:
        path_alone(scratch, scratch.run("stop", "--drain", "-p", "saved", "copy"))
        owner.wait()
    expect(not jobs(scratch), "finished jobs are not listed")
    expect(jobs(scratch, "-a") == {"copy": "FINISHED"}, str(jobs(scratch, "-a")))


def test_cancel(scratch):
    with Owner(scratch) as owner:
        done = scratch.run("cancel", "copy")
        expect_exit(done, 0)
        expect(done.stdout == "" and "cancelled" in done.stderr, done.stdout + done.stderr)
        owner.wait()
    listed = scratch.run("list", "--format", "csv")
    expect("1 more that ended: weir list -a" in listed.stderr, listed.stderr)
    expect(jobs(scratch, "--all") == {"copy": "CANCELED"}, str(jobs(scratch, "--all")))


def test_cancel_with_a_savepoint(scratch):
    with Owner(scratch) as owner:
        path_alone(scratch, scratch.run("cancel", "-s", "saved", "copy"))
        owner.wait()
    expect(jobs(scratch, "-a") == {"copy": "CANCELED"}, str(jobs(scratch, "-a")))


def test_cancel_with_a_savepoint_into_the_directory_of_the_options(scratch):
    with Owner(scratch) as owner:
        done = scratch.run("-D", "execution.checkpointing.savepoint-dir=saved", "cancel", "-s", id_of(scratch, "copy"))
        expect("/saved/savepoint-" in path_alone(scratch, done), done.stdout)
        owner.wait()


def test_what_is_known_of_a_job(scratch):
    with Owner(scratch):
        for job in ("copy", id_of(scratch, "copy")):
            done = scratch.run("checkpoints", "--format", "csv", job)
            expect_exit(done, 0)
            expect(len(done.stdout.splitlines()) > 1, done.stdout)
            done = scratch.run("describe", job)
            expect_exit(done, 0)
            expect("copy" in done.stdout and "RUNNING" in done.stdout, done.stdout)


def test_a_checkpoint_is_taken_at_once(scratch):
    with Owner(scratch):
        for before in (0, 1):
            done = scratch.run("-q", "checkpoint", "copy")
            expect_exit(done, 0)
            taken = scratch.run("checkpoints", "--format", "csv", "copy").stdout.splitlines()[1:]
            expect(len(taken) > before, taken)
        done = scratch.run("checkpoint", "none")
        expect_exit(done, 3)
        expect("E5001" in done.stderr, done.stderr)


def test_the_list_of_what_runs(scratch):
    with Owner(scratch):
        expect(jobs(scratch, "-r") == {"copy": "RUNNING"}, str(jobs(scratch, "-r")))
        expect_exit(scratch.run("cancel", "copy"), 0)
        expect(jobs(scratch, "-r") == {} and jobs(scratch, "-a") == {"copy": "CANCELED"}, str(jobs(scratch, "-a")))


def test_detached_jobs_run_on_in_the_owner(scratch):
    more = scratch.write("more.sql", STREAM.replace("'target'", "'more'") + COPY.replace("copy", "more"))
    with Owner(scratch) as owner:
        done = scratch.run("run", "-d", more)
        expect_exit(done, 0)
        expect(f"Job more runs on in process {owner.process.pid}" in done.stderr, done.stderr)
        expect(jobs(scratch) == {"copy": "RUNNING", "more": "RUNNING"}, str(jobs(scratch)))
        wait_until(lambda: committed(scratch, "more") == ["1,x"], "it works there")
        expect_exit(scratch.run("cancel", "more"), 0)


def test_a_script_that_has_the_directory_waits_for_detached_jobs(scratch):
    scratch.write("source/a.csv", "1,x\n")
    more = scratch.write("more.sql", STREAM.replace("'target'", "'more'") + COPY.replace("copy", "more"))
    clock = "CREATE TABLE clock (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10'); "
    owner = scratch.start("-c", clock + "SHOW JOBS; SELECT n FROM clock LIMIT 20")
    wait_until(lambda: scratch.run("run", "-d", more).returncode == 0, "it has the directory, and takes the job")
    wait_until(lambda: committed(scratch, "more") == ["1,x"], "it works there")
    expect(jobs(scratch) == {"more": "RUNNING"}, str(jobs(scratch)))
    expect_exit(scratch.run("cancel", "more"), 0)
    owner.communicate(timeout=DEADLINE)
    expect(owner.returncode == 0, f"exit {owner.returncode}")


def test_detached_without_an_owner_says_what_to_do(scratch):
    script = scratch.write("copy.sql", STREAM + COPY)
    done = scratch.run("run", "--detached", script)
    expect_exit(done, 2)
    expect("E4008" in done.stderr and "HINT" in done.stderr and "weir shell" in done.stderr, done.stderr)
    expect(not os.path.exists(os.path.join(scratch.path, "weir-data")), "nothing is made")


# --- without an owner ---------------------------------------------------------------------------------------------------

def test_what_can_be_done_without_an_owner(scratch):
    with Owner(scratch) as owner:
        path = path_alone(scratch, scratch.run("stop", "-p", "saved", "copy"))
        owner.wait()
    for arguments in (["list"], ["describe", "copy"], ["describe", path], ["checkpoints", "copy"], ["savepoint", "-d", path]):
        expect_exit(scratch.run(*arguments), 0)
    for arguments in (["savepoint", "copy", "saved"], ["stop", "-p", "saved", "copy"], ["cancel", "copy"]):
        done = scratch.run(*arguments)
        expect_exit(done, 3)
        expect('job "copy" does not run' in done.stderr and "HINT" in done.stderr, done.stderr)
        expect(done.stdout == "", done.stdout)


def test_no_data_directory_is_made_by_asking(scratch):
    expect(not jobs(scratch), "no job")
    for arguments in (["describe", "none"], ["describe", "none/where"], ["checkpoints", "none"], ["savepoint", "none", "saved"],
                      ["stop", "-p", "x", "none"], ["cancel", "none"], ["savepoint", "-d", "none/where"]):
        expect_exit(scratch.run(*arguments), 3)
    listed = scratch.run("list", "--data-dir", "mistyped")
    expect_exit(listed, 0)
    expect("NOTICE: there is no data directory at 'mistyped'" in listed.stderr, listed.stderr)
    expect(os.listdir(scratch.path) == [], str(os.listdir(scratch.path)))


def test_a_path_that_is_empty_starts_nothing(scratch):
    script = scratch.write("a.sql", "CREATE TABLE t (a INT) WITH ('connector' = 'blackhole'); INSERT INTO t VALUES (1);")
    done = scratch.run("run", "-s", "", script)
    expect_exit(done, 1)
    expect("-s takes the path of a savepoint" in done.stderr, done.stderr)
    done = scratch.run("-c", "SHOW STATE OF '';")
    expect(done.returncode in (3, 4) and "E7004" in done.stderr, done)


def test_names_are_quoted(scratch):
    for name in ("it's", "a; DROP JOB b", "ä`\"", "${x}", "--", "a\nb"):
        done = scratch.run("cancel", "--", name)
        expect_exit(done, 3)
        expect("E5001" in done.stderr and "no job is named" in done.stderr, done.stderr)
        expect(f"in the data directory '{os.path.realpath(scratch.path)}" in done.stderr, done.stderr)


def test_run_takes_scripts_by_options(scratch):
    file = scratch.write("one.sql", "SELECT 2 AS n;")
    for arguments, row in ((["-c", "SELECT 1 AS n;"], "1"), (["-f", file], "2"), ([file], "2")):
        done = scratch.run("run", "-q", "--format", "csv", *arguments)
        expect_exit(done, 0)
        expect(done.stdout == f"n\n{row}\n", done.stdout)


def test_run_with_options_of_its_own(scratch):
    script = scratch.write("copy.sql", STREAM + COPY)
    tables = STREAM + (STREAM.split("SET")[0].replace("source (", "aside (").replace("target (", "besides (")
                       .replace("'source'", "'aside'").replace("'target'", "'besides'"))
    both = scratch.write("both.sql", tables + "CREATE JOB both AS EXECUTE STATEMENT SET BEGIN INSERT INTO target SELECT n, label "
                         "FROM source; INSERT INTO besides SELECT n, label FROM aside; END;")
    for name in ("source", "aside"):
        scratch.write(f"{name}/a.csv", "1,x\n")
    child = scratch.start("run", both)
    wait_until(lambda: committed(scratch) == committed(scratch, "besides") == ["1,x"], "both are read")
    path = path_alone(scratch, scratch.run("cancel", "-s", "saved", "both"))
    child.communicate(timeout=DEADLINE)
    for arguments in (["-n"], ["-rm", "claim"]):
        done = scratch.run("run", *arguments, script)
        expect_exit(done, 1)
        expect("-s PATH" in done.stderr, done.stderr)
    scratch.write("source/b.csv", "2,y\n")
    refused = scratch.run("run", "-s", path, script)  # there is state that the query has nothing for
    expect_exit(refused, 5)
    expect("src:aside" in refused.stderr, refused.stderr)
    child = scratch.start("run", "-s", f"file://{path}/_metadata", "-n", "-rm", "claim", "-p", "2", script)
    wait_until(lambda: committed(scratch) == ["1,x", "2,y"], "it goes on")
    wait_until(lambda: not os.path.exists(path), "a claimed savepoint is the job's, which removes it")
    created = scratch.run("-c", "SHOW CREATE JOB copy").stdout
    expect("'parallelism.default' = '2'" in created, created)
    child.terminate()
    child.communicate(timeout=DEADLINE)


# --- check, explain, info ------------------------------------------------------------------------------------------------

WRONG = """CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'rows' = '1');
SELECT b FROM t;
CREATE JOB j WITH ('no.such' = '1') AS INSERT INTO t SELECT a FROM t;
SELECT a FRM t;
CREATE TABLE made WITH ('connector' = 'blackhole') AS SELECT a, a + 1 AS c FROM t;
INSERT INTO made SELECT a FROM t;
SHOW JOBS; STOP JOB none; SET 'nonsense' = '1';
"""


def test_check_finds_every_error_and_runs_nothing(scratch):
    wrong = scratch.write("wrong.sql", WRONG)
    done = scratch.run("check", wrong)
    expect_exit(done, 3)
    places = re.findall(rf"^{re.escape(wrong)}:(\d+):(\d+): ERROR (E\d+)", done.stderr, re.M)
    expect([(int(line), int(column)) for line, column, _ in places][:2] == [(2, 8), (3, 20)], done.stderr)
    expect([int(line) for line, _, _ in places] == [2, 3, 4, 6, 7], done.stderr)
    expect(done.stdout == "", done.stdout)
    good = scratch.write("good.sql", "\ufeff" + STREAM + COPY + "SELECT ${n} FROM source; WAIT FOR JOB copy UNTIL IDLE;")
    done = scratch.run("check", "--var", "n=n", good)
    expect_exit(done, 0)
    expect("No error in 6 statements." in done.stderr and done.stdout == "", done.stdout + done.stderr)
    expect(sorted(os.listdir(scratch.path)) == ["good.sql", "wrong.sql"], str(os.listdir(scratch.path)))
    expect_exit(scratch.run("check", "none.sql"), 1)
    expect_exit(scratch.run("check", "-", text=WRONG), 3)


def test_check_follows_source_and_statement_sets(scratch):
    scratch.write("inner.sql", BOUNDED + "SELECT x FROM t;")
    set_of = "BEGIN STATEMENT SET; INSERT INTO s SELECT a FROM t; INSERT INTO s SELECT 'x' FROM t; END;"
    outer = scratch.write("outer.sql", "SOURCE 'inner.sql';\nCREATE TABLE s (a INT) WITH ('connector' = 'blackhole');\n" + set_of)
    found = json.loads(scratch.run("check", "--json", outer).stdout)
    expect([(one["file"], one["line"]) for one in found] == [("inner.sql", 5), (outer, 3)], str(found))


def test_check_for_editors(scratch):
    wrong = scratch.write("wrong.sql", WRONG)
    done = scratch.run("check", "--json", wrong)
    expect_exit(done, 3)
    expect(done.stderr == "", done.stderr)
    found = json.loads(done.stdout)
    first = found[0]
    expect((first["file"], first["line"], first["column"], first["endLine"], first["endColumn"], first["severity"]) ==
           (wrong, 2, 8, 2, 9, "error"), str(first))
    expect(re.fullmatch(r"E\d{4}", first["code"]) and "b" in first["message"], str(first))
    expect(json.loads(scratch.run("check", "--json", "-", text="SELECT 1").stdout) == [], "nothing is found")


FILES = "CREATE TABLE t (k INT, value STRING) WITH ('connector' = 'filesystem', 'path' = '/data/t', 'format' = 'json')"


def test_translation_for_flink(scratch):
    kept = f"-- tables\n{FILES.replace('value', '`value`')};\n\nSELECT k, -- the key\n  `value` FROM t; -- all\n"
    done = scratch.run("flink", "translate", "-", text=kept)
    expect_exit(done, 0)
    expect(done.stdout == kept, done.stdout)
    done = scratch.run("flink", "translate", "-", text="SELECT 1 -- one\n;\nSELECT 2")
    expect(done.stdout == "SELECT 1; -- one\n\nSELECT 2;\n", done.stdout)
    rewritten = (f"{FILES};\nSET pipeline.name = x;\nSET 'pipeline.batch-size' = '1';\n"
                 "SELECT value FROM t /* all */ QUALIFY ROW_NUMBER() OVER (PARTITION BY value ORDER BY k) = ${n};\n")
    done = scratch.run("flink", "translate", "--var", "n=1", "-", text=rewritten)
    expect_exit(done, 0)
    expect(done.stdout == FILES.replace("value", "`value`") + """;
SET 'pipeline.name' = 'x';
-- note: SET 'pipeline.batch-size' = '1' is left out: Flink has no such option
/* all */
SELECT `value` FROM (SELECT `value`, ROW_NUMBER() OVER (PARTITION BY `value` ORDER BY k) AS qualify_1 FROM t) AS qualified WHERE qualify_1 = 1;
""", done.stdout)


def test_offsets_of_time_zones_for_flink(scratch):
    sink = "CREATE TABLE p (a INT) WITH ('connector' = 'print');\n"
    job = "CREATE JOB j WITH ('table.local-time-zone' = '-03:00') AS INSERT INTO p SELECT 1;\n"
    done = scratch.run("flink", "translate", "-", text=f"SET 'table.local-time-zone' = '+02:00';\n{sink}{job}")
    expect_exit(done, 0)
    zones = re.findall(r"'table.local-time-zone' = '(.*?)'", done.stdout)
    expect(zones == ["GMT+02:00", "GMT-03:00", "GMT+02:00"], done.stdout)


# An empty field of CSV is NULL here; changes that are keyed otherwise than their table are put in order.
def test_translations_that_say_what_is_by_default_here(scratch):
    files = FILES.replace("value", "`value`").replace("json", "csv")
    other = files.replace("TABLE t", "TABLE u").replace("'csv')", "'csv', 'csv.null-literal' = 'none')")
    tables = (f"{files};\n{other};\n"
              "CREATE TABLE s (k INT PRIMARY KEY NOT ENFORCED, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '/data/s', 'format' = 'debezium-json');\n")
    insert = "INSERT INTO s SELECT k, COUNT(*) FROM t GROUP BY k;\n"
    said = "SET 'table.exec.sink.require-on-conflict' = 'false';\n"
    done = scratch.run("flink", "translate", "-", text=tables + "INSERT INTO u SELECT * FROM t;\n" + insert + insert + "RESET;\n" + insert)
    expect_exit(done, 0)
    made = tables.replace("'format' = 'csv')", "'format' = 'csv', 'csv.null-literal' = '')")
    expect(done.stdout == made + "INSERT INTO u SELECT * FROM t;\n" + said + insert + insert + "RESET;\n" + said + insert, done.stdout)
    for own in ("SET 'table.exec.sink.require-on-conflict' = 'true';\n" + insert, insert.replace(";", " ON CONFLICT DO DEDUPLICATE;")):
        done = scratch.run("flink", "translate", "-", text=tables + own)
        expect(done.stdout == made + own, done.stdout)
    block = "BEGIN STATEMENT SET;\n" + insert + "END;\n"
    done = scratch.run("flink", "translate", "-", text=tables + block)
    expect(done.stdout == made + said + block, done.stdout)


def test_what_flink_cannot_say(scratch):
    script = scratch.write("a.sql", f"{FILES};\nSELECT 1;\nSELECT * FROM t QUALIFY RANK() OVER (ORDER BY k) >= 2;\nDROP JOB j;\nSELECT b FROM t;\n")
    done = scratch.run("flink", "translate", script)
    expect_exit(done, 3)
    expect(not done.stdout, f"prints in spite of errors: {done.stdout}")
    for part in (r"a\.sql:3:25: ERROR E1002: RANK or DENSE_RANK in a Top-N cannot be said in Flink SQL: .*\n.*\n +\| +\^{29}",
                 r"a\.sql:4:1: ERROR E1002: DROP JOB cannot be said", r"a\.sql:5:8: ERROR E2003"):
        expect(re.search(part, done.stderr), f"{part}: {done.stderr}")


def test_what_flink_has_in_batch_mode_only(scratch):
    ended = "CREATE TABLE t (k INT, v INT) WITH ('connector' = 'datagen', 'number-of-rows' = '5');\n"
    query = "SELECT NTILE(2) OVER (PARTITION BY k ORDER BY v) FROM t;\n"
    done = scratch.run("flink", "translate", "-", text=ended + query)
    mode = "SET 'execution.runtime-mode' = 'batch';\n" + query + "RESET 'execution.runtime-mode';\n"
    expect(done.stdout == ended + mode, done.stdout)
    endless = ended.replace(", 'number-of-rows' = '5'", "")
    done = scratch.run("flink", "translate", "-", text=endless + query)
    expect_exit(done, 3)
    expect("2:8: ERROR E1002: NTILE cannot be said in Flink SQL: Flink has it in batch mode only" in done.stderr, done.stderr)
    running = "SELECT COUNT(*) FILTER (WHERE v > 1) OVER (PARTITION BY k ORDER BY v) FROM t;\n"
    done = scratch.run("flink", "translate", "-", text=endless + running)
    expect(done.stdout == endless + running.replace("COUNT(*) FILTER (WHERE v > 1)", "COUNT(CASE WHEN v > 1 THEN 1 END)"), done.stdout)


def test_plans_of_files(scratch):
    script = scratch.write("copy.sql", STREAM + COPY + "SELECT n FROM source;")
    done = scratch.run("explain", script)
    expect_exit(done, 0)
    plain = scratch.run("--no-catalog", "-c", STREAM + "EXPLAIN INSERT INTO target SELECT n, label FROM source; EXPLAIN SELECT n FROM source;")
    expect(done.stdout == plain.stdout and done.stdout, done.stdout)
    state = scratch.run("explain", "--detail", "state", "--format", "csv", script)
    expect(state.stdout.startswith("uid,") and "src:source" in state.stdout, state.stdout)
    graph = scratch.run("info", script).stdout
    decoder, at, graphs = json.JSONDecoder(), 0, []
    while at < len(graph):
        value, at = decoder.raw_decode(graph, at)
        graphs.append(value)
        at += len(graph[at:]) - len(graph[at:].lstrip())
    expect(len(graphs) == 2 and all("nodes" in one for one in graphs), graph)
    expect(os.listdir(scratch.path) == ["copy.sql"], str(os.listdir(scratch.path)))


# --- the table ------------------------------------------------------------------------------------------------------------

def test_every_verb_has_help_with_an_example(scratch):
    page = scratch.run("--help")
    expect_exit(page, 0)
    expect(scratch.run("help").stdout == page.stdout and scratch.run("-h").stdout == page.stdout, "help")
    expect(tuple(re.findall(r"^  ([a-z-]+) ", page.stdout.split("\nverbs")[1].split("\noptions")[0], re.M)) == VERBS, page.stdout)
    for verb in VERBS:
        done = scratch.run(verb, "--help")
        expect_exit(done, 0)
        expect(done.stdout.startswith(f"usage: weir {verb}"), done.stdout)
        expect(re.search(rf"^example\n  .*weir {verb}\b", done.stdout, re.M) or verb == "help", done.stdout)
        expect(max(map(len, done.stdout.splitlines())) <= 100, done.stdout)
        expect(scratch.run("help", verb).stdout == done.stdout, verb)
    expect_exit(scratch.run("help", "nonsense"), 1)


def test_the_page_of_the_command_line_names_every_verb_and_option(scratch):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "command-line.md")
    with open(path, encoding="utf-8") as file:
        page = file.read()
    for verb in VERBS:
        expect(f"`weir {verb}" in page, f"docs/command-line.md lacks {verb}")
        for names in re.findall(r"^  (-[^ ].*?)(?:  |$)", scratch.run(verb, "--help").stdout, re.M):
            for name in re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", names):
                expect(f"`{name}" in page, f"docs/command-line.md lacks {name} of {verb}")


def test_mistyped_words(scratch):
    for arguments, said in (
            (["lsit"], 'did you mean "list"?'), (["savepiont", "j"], 'did you mean "savepoint"?'),
            (["list", "--al"], 'did you mean "--all"?'), (["--formt", "csv"], 'did you mean "--format"?'),
            (["list", "-c", "SELECT 1"], "-c is no option of 'weir list'"), (["-c", "SELECT 1", "list"], "-c is no option of 'weir list'"),
            (["list", "-s"], "it is one of 'weir run', 'weir flink', 'weir cancel'"), (["--bogus"], "--bogus is no option of 'weir'"),
            (["run"], "FILE is missing: weir run"), (["checkpoints"], "JOB is missing"), (["cancel"], "JOB is missing"),
            (["stop"], "JOB is missing"), (["savepoint"], "JOB is missing"), (["describe"], "JOB is missing"),
            (["cancel", "a", "b"], "'b' is one too many"), (["list", "a"], "'a' is one too many"),
            (["savepoint", "-d", "p", "j"], "'j' is one too many"), (["--format"], "--format takes a value: --format FORMAT"),
            (["--format", "xml", "-c", "SELECT 1"], "not 'xml'"), (["--quiet=yes"], "--quiet takes no value"),
            (["run", "-rm", "clam", "x.sql"], 'did you mean "claim"?'), (["--restore", "never", "x.sql"], "not 'never'"),
            (["--conf", "a", "--conf", "b"], "--conf is given twice"), (["completion", "tcsh"], "SHELL takes bash, fish, zsh, not 'tcsh'"),
            (["run", "-p", "many", "x.sql"], "'many'"), (["--catalog", "--no-catalog", "-c", "SELECT 1"], "excludes --no-catalog")):
        done = scratch.run(*arguments)
        expect_exit(done, 1)
        expect(said in done.stderr, f"{arguments}: {done.stderr}")
        expect(done.stdout == "", done.stdout)


def test_spellings_of_options(scratch):
    select = "SELECT 1 AS x"
    script = scratch.write("one.sql", select)
    for arguments in (["--format=json", f"-c{select}"], ["-qc", select, "--format", "json"], [f"-qf{script}", "--format=json"],
                      ["--format", "json", "--", script], ["run", script, "--format", "json"], ["--format", "json", "run", script],
                      ["-Dsql-client.verbose=true", "--format=json", "--file=one.sql"], ["-qqf", "one.sql", "--format=json"],
                      ["--format=json", "-c", "", "-c", select], ["shell", "-c", select, "--format=json", "--data-dir", ""]):
        done = scratch.run(*arguments)
        expect_exit(done, 0)
        expect(done.stdout == '{"x":1}\n', f"{arguments}: {done.stdout}")
    set_to = scratch.run("--format", "csv", "-Dparallelism.default=3", "-c", "SET 'parallelism.default'")
    expect("3" in set_to.stdout, set_to.stdout)
    expect(scratch.run("--version").stdout == scratch.run("list", "--version").stdout, "--version")


def test_completion_files_come_from_the_table(scratch):
    for shell in ("bash", "zsh", "fish"):
        done = scratch.run("completion", shell)
        expect_exit(done, 0)
        for verb in VERBS:
            expect(re.search(rf"\b{verb}\b", done.stdout), f"{shell} lacks {verb}")
        expect("--fromSavepoint" in done.stdout or "-l fromSavepoint" in done.stdout, shell)
        expect("read-through" not in done.stdout, "what weir asks of itself is nobody's word")
        if shutil.which(shell):
            path = scratch.write(f"weir.{shell}", done.stdout)
            checked = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False, timeout=DEADLINE)
            expect(checked.returncode == 0 and not checked.stderr, f"{shell}: {checked.stderr}")


def with_two_jobs(scratch):
    """The environment in which a program named weir lists the jobs sales and stock."""
    scratch.write("bin/weir", "#!/bin/sh\nprintf 'job id\\tjob name\\n1\\tsales\\n2\\tstock\\n'\n")
    os.chmod(os.path.join(scratch.path, "bin/weir"), 0o755)
    environment = scratch.environment()
    environment["PATH"] = os.path.join(scratch.path, "bin") + os.pathsep + environment["PATH"]
    return environment


def in_bash(line):
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    return ["bash", "-c", f'source weir.bash; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _weir; printf "%s\\n" "${{COMPREPLY[@]}}"']


def in_fish(line):
    return ["fish", "-c", f"source weir.fish; complete -C '{line}'"]


def test_shells_complete(scratch):
    environment = with_two_jobs(scratch)
    for shell, ask in (("bash", in_bash), ("fish", in_fish)):
        if not shutil.which(shell):
            continue
        scratch.write(f"weir.{shell}", scratch.run("completion", shell).stdout)
        for line, offered in (("weir sa", "savepoint"), ("weir savepoint --t", "--timeout --type"), ("weir savepoint --type n", "native"),
                              ("weir cancel s", "sales stock"), ("weir -q run -rm ", "claim no_claim legacy"), ("weir --format c", "changelog csv"),
                              ("weir completion ", "bash fish zsh"), ("weir list -", None)):
            done = subprocess.run(ask(line), cwd=scratch.path, env=environment, capture_output=True, text=True, check=False,
                                  timeout=DEADLINE)
            expect(done.returncode == 0 and not done.stderr, f"{shell}: {done.stderr}")
            answer = {row.split("\t")[0] for row in done.stdout.splitlines()}
            if offered is None:
                expect("--all" in answer and "--drain" not in answer, f"{shell}: {answer}")
            else:
                expect(answer == set(offered.split()), f"{shell}: {line}: {answer}")


def test_manual_page(scratch):
    page = scratch.run("man")
    expect_exit(page, 0)
    expect(page.stdout.startswith(".TH WEIR 1 "), page.stdout[:200])
    if not shutil.which("groff"):
        return
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-Kutf8"], input=page.stdout, capture_output=True, text=True, check=False,
                          timeout=DEADLINE)
    expect(done.returncode == 0 and not done.stderr, done.stderr)
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    for verb in VERBS:
        expect(f"weir {verb}" in text, f"{verb} is not in the manual page")
    expect("--fromSavepoint PATH" in text and "..." in text, text)


if __name__ == "__main__":
    run_all(globals())
