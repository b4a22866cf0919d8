#!/usr/bin/env python3
"""The round trip of examples/evolve in the real shell on a pseudo-terminal: what the screen shows at each step, and
what is in the output at the end.

The numbers of the output are counted here from examples/data/flights.csv, without weir.
"""
import collections
import csv
import glob
import os
import re

from weir_shell import Shell, expect, run_all

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
FIRST_HALF = 10_000
UIDS = ["src:flights", "wm:flights", "sink:daily/cte:per_day/wagg", "sink:daily/sink.w"]


def flights():
    with open(os.path.join(ROOT, "examples/data/flights.csv"), encoding="ascii") as file:
        return list(csv.reader(file))


def feed(scratch, name, rows):
    scratch.write(f"out/evolve/in/{name}.csv", "".join(",".join(row) + "\n" for row in rows))


def typed(name):
    """The statements of a script of the example, one a line, without what it sources."""
    with open(os.path.join(ROOT, "examples/evolve", name), encoding="utf-8") as file:
        text = re.sub(r"--.*", "", file.read())
    statements = [" ".join(statement.split()) + ";" for statement in text.split(";") if statement.strip()]
    return [statement for statement in statements if not statement.startswith("SOURCE")]


def verdicts(screen):
    return dict(reversed(pair) for pair in re.findall(r"^([A-Z]+) +(\S+:\S+) +[A-Z]\w+ +\d* ", screen, re.M))


def table(screen):
    """From the line that says where the state is from to the last clause: what EXPLAIN RESTORE prints."""
    lines = screen.partition("\nERROR")[0].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("From "))
    end = max(i for i, line in enumerate(lines) if line.startswith(("The restore is", "  ALLOW", "  ACCEPT")))
    return lines[start:end + 1]


def expected():
    """Rows of both queries: (day, airport) -> cells. The day that was open goes on; its worst delay is that of the
    flights behind the restore."""
    data = flights()[1:]
    groups = collections.OrderedDict()
    for i, (departure, delay, _, origin, _) in enumerate(data):
        groups.setdefault((departure[:10], origin), []).append((i < FIRST_HALF, int(delay)))
    last_first, last = data[FIRST_HALF - 1][0][:10], data[-1][0][:10]
    rows = {}
    for (day, origin), found in groups.items():
        late = sum(delay > 15 for _, delay in found)
        if day < last_first:
            if len(found) > 5:
                rows[day, origin] = [str(len(found)), str(late)]
        elif day < last and len(found) > 20:
            worst = [delay for early, delay in found if not early]
            rows[day, origin] = [str(len(found)), str(late), str(max(worst)) if worst else ""]
    return rows


def output(scratch):
    rows = {}
    for path in glob.glob(os.path.join(scratch.path, "out/evolve/daily/part-*")):
        with open(path, encoding="ascii") as file:
            for cells in csv.reader(file):
                expect((cells[0][:10], cells[1]) not in rows, f"twice: {cells}")
                rows[cells[0][:10], cells[1]] = cells[2:]
    return rows


def stop_after_the_first_half(scratch, shell):
    feed(scratch, "first", flights()[:FIRST_HALF + 1])
    said = shell.ask("SOURCE 'examples/evolve/first.sql';", "Job flights is stopped")
    expect("Job flights is running." in said and "Job flights is idle." in said, said)
    expect(re.search(r"stopped with a savepoint: out/evolve/savepoints/savepoint-\w+-\d+ \([\d.]+ \w+ in \d+ files?, "
                     r"[\d.]+ (ms|s)\)", said), said)
    expect(re.search(r"│ +flights +│", said), f"SHOW SAVEPOINTS lists it: {said}")


def restore(shell, name, wanted):
    """Types the last statements of a script of the example; what is on the screen, the statement itself left out."""
    screen = ""
    for statement in typed(name):
        since = len(shell.text)
        said = shell.ask(statement, wanted if "RESTORE" in statement else None)
        screen += said[said.index("\nFrom ") + 1:] if "RESTORE" in statement else shell.text[since:]
    return screen


def test_stop_edit_see_resume(scratch):
    os.symlink(os.path.join(ROOT, "examples"), os.path.join(scratch.path, "examples"))
    shell = Shell(scratch, columns=400)
    stop_after_the_first_half(scratch, shell)
    # The edited query has another sink table.
    shell.ask("DROP TABLE daily;", "dropped")
    shell.ask("SOURCE 'examples/evolve/daily.sql';", "created")

    explained = restore(shell, "explain.sql", "The restore is refused")
    expect(verdicts(explained) == dict(zip(UIDS, ["FULL", "FULL", "PARTIAL", "SEMANTIC"])), explained)
    expect("max(delay) starts with this restore" in explained, explained)
    expect("flights > 20" in explained or "> 20" in explained, explained)
    expect("RUNNING" not in shell.ask("SHOW JOBS;"), "EXPLAIN has started something")

    refused = restore(shell, "refused.sql", "ERROR E7002")
    expect(table(refused) == table(explained), f"{table(refused)}\n--\n{table(explained)}")
    hint = refused[refused.index("HINT"):]
    expect("ALLOW PARTIAL" in hint and "ACCEPT CHANGES ('sink:daily/sink.w')" in hint, refused)
    expect("RUNNING" not in shell.ask("SHOW JOBS;"), "a refused restore has started something")

    feed(scratch, "second", [flights()[0], *flights()[FIRST_HALF + 1:]])
    resumed = restore(shell, "resume.sql", "Job flights runs from")
    expect("The restore is allowed." in resumed and "Job flights is stopped" in resumed, resumed)
    expect(verdicts(resumed) == verdicts(explained), resumed)
    expect(shell.leave() == 0, "QUIT exits with 0")
    got, want = output(scratch), expected()
    wrong = {key: (got.get(key), want.get(key)) for key in got.keys() | want.keys() if got.get(key) != want.get(key)}
    expect(not wrong and len(want) > 100, f"{len(wrong)} of {len(want)} rows differ: {list(wrong.items())[:5]}")


def test_the_next_shell_goes_on(scratch):
    """QUIT in the middle: the shell that comes next lists the restored job and resumes it."""
    os.symlink(os.path.join(ROOT, "examples"), os.path.join(scratch.path, "examples"))
    shell = Shell(scratch, columns=400)
    stop_after_the_first_half(scratch, shell)
    shell.ask("DROP TABLE daily;", "dropped")
    shell.ask("SOURCE 'examples/evolve/daily.sql';", "created")
    start = next(statement for statement in typed("resume.sql") if "RESTORE" in statement)
    shell.ask(start, "Job flights runs from")
    expect(shell.leave() == 0, "exit")
    again = Shell(scratch, columns=400)
    expect("Job flights is suspended" in again.text, again.text)
    feed(scratch, "second", [flights()[0], *flights()[FIRST_HALF + 1:]])
    again.ask("RESTORE JOB flights FROM LATEST CHECKPOINT;", "continues from its last checkpoint")
    again.ask("WAIT FOR JOB flights UNTIL IDLE;", "is idle")
    again.ask("STOP JOB flights;", "is stopped")
    expect(again.leave() == 0, "exit")
    expect(output(scratch) == expected(), "the output differs")


def test_the_tables_of_a_script_are_those_of_its_job(scratch):
    scratch.write("in/a.csv", "1\n1\n2\n")
    sums = "INSERT INTO sums SELECT n, COUNT(*) AS c{} FROM numbers GROUP BY n"
    scratch.write("s.sql", "CREATE TABLE numbers (n INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
                           "'source.monitor-interval' = '50 ms'); CREATE TABLE sums (n INT, c BIGINT, PRIMARY KEY (n) NOT "
                           "ENFORCED) WITH ('connector' = 'blackhole');\n"
                           f"CREATE JOB j AS {sums.format('')}; WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    expect(scratch.run("run", "s.sql").returncode == 0, "the script")
    restore = "RESTORE JOB j FROM LATEST CHECKPOINT AS " + sums.format("").replace(" GROUP", " WHERE n > 1 GROUP")
    explained = scratch.run("-c", f"EXPLAIN {restore};")
    expect(explained.returncode == 0 and "SEMANTIC" in explained.stdout, explained)
    wrong = scratch.run("-c", restore.replace("FROM numbers", "FROM number") + ";")
    expect(wrong.returncode == 3 and "E2001" in wrong.stderr and '"number"' in wrong.stderr, wrong)
    wrong = scratch.run("-c", restore.replace("n > 1", "m > 1") + ";")
    expect(wrong.returncode == 3 and "E2003" in wrong.stderr and "^" in wrong.stderr, wrong)
    wider = ("CREATE TEMPORARY TABLE sums (n INT, c BIGINT, s BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = "
             "'blackhole'); EXPLAIN " + restore.replace("COUNT(*) AS c", "COUNT(*) AS c, SUM(n) AS s"))
    explained = scratch.run("-c", wider + ";")
    expect(explained.returncode == 0 and "SEMANTIC" in explained.stdout, explained)
    restored = scratch.run("-c", restore.replace(" AS INSERT", " ACCEPT CHANGES ('sink:sums/agg') AS INSERT") +
                           "; WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    expect(restored.returncode == 0 and "Job j runs from" in restored.stdout + restored.stderr, restored)


def test_more_subtasks_than_key_groups_are_refused_before_the_start(scratch):
    scratch.write("in/a.csv", "1\n1\n2\n")
    scratch.write("s.sql", "SET 'pipeline.max-parallelism' = '4'; CREATE TABLE numbers (n INT) WITH ('connector' = 'filesystem', "
                           "'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '50 ms'); CREATE TABLE sums (n INT, "
                           "c BIGINT) WITH ('connector' = 'blackhole');\nCREATE JOB j AS INSERT INTO sums SELECT n, COUNT(*) FROM "
                           "numbers GROUP BY n; WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    expect(scratch.run("run", "s.sql").returncode == 0, "the script")
    wide = "RESTORE JOB j FROM LATEST CHECKPOINT WITH ('parallelism.default' = '5')"
    explained = scratch.run("-c", f"EXPLAIN {wide};")
    why = "pipeline.max-parallelism is 4, so that a job cannot have 5 subtasks"
    expect(explained.returncode == 0 and f"The restore is refused: {why}" in explained.stdout, explained)
    refused = scratch.run("-c", f"{wide};")
    expect(refused.returncode == 5 and f"ERROR E7002: {why}" in refused.stderr, refused)
    expect("'parallelism.default' = '4'" in refused.stderr, refused)


def test_flinks_path_outlives_an_insert_that_was_refused(scratch):
    os.makedirs(os.path.join(scratch.path, "in"))
    scratch.write("in/1.csv", "a,1\nb,2\n")
    shell = Shell(scratch, columns=400)
    shell.ask("CREATE TABLE events (k STRING, v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
              "'source.monitor-interval' = '20 ms');", "created")
    shell.ask("CREATE TABLE out1 (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', "
              "'format' = 'changelog');", "created")
    count = "INSERT INTO out1 SELECT k, COUNT(*) FROM events GROUP BY k;"
    shell.ask("SET 'pipeline.name' = 'q';")
    shell.ask(count, "is running")
    shell.ask("WAIT FOR JOB q UNTIL IDLE;", "is idle")
    saved = re.search(r"savepoint: (\S+) \(", shell.ask("CANCEL JOB q WITH SAVEPOINT 's';", "is cancelled")).group(1)
    scratch.write("in/2.csv", "a,5\n")
    shell.ask(f"SET 'execution.state-recovery.path' = '{saved}';")
    refused = shell.ask("INSERT INTO out1 SELECT k, COUNT(*) + MAX(v) FROM events GROUP BY k;", "ERROR E7002")
    expect(f"RESTORE JOB `q` FROM '{saved}'" in refused and "ALLOW PARTIAL" in refused, refused)
    expect("ERROR" in shell.ask("INSERT INTO out1 SELECT k FROM events;"), "too few columns")
    said = shell.ask(count, "runs from")
    expect("NOTICE" in said, said)
    shell.ask("WAIT FOR JOB q UNTIL IDLE;", "is idle")
    shell.ask("STOP JOB q;", "is stopped")
    expect(shell.leave() == 0, "exit")
    changes = []
    for path in glob.glob(os.path.join(scratch.path, "out", "part-*")):
        with open(path, encoding="ascii") as file:
            changes += file.read().split("\n")
    expect("+U[a, 2]" in changes and changes.count("+I[a, 1]") == 1, changes)


def test_flinks_path_of_a_conf_file_is_for_one_statement_as_well(scratch):
    scratch.write("in/a.csv", "1\n1\n2\n")
    tables = ("CREATE TEMPORARY TABLE numbers (n INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
              "'source.monitor-interval' = '50 ms'); CREATE TEMPORARY TABLE sums (n INT, c BIGINT) WITH ('connector' = 'blackhole'); ")
    job = "CREATE JOB {0} AS INSERT INTO sums SELECT n, COUNT(*) FROM numbers GROUP BY n; WAIT FOR JOB {0} UNTIL IDLE; "
    expect(scratch.run("-c", tables + job.format("a") + "STOP JOB a WITH SAVEPOINT 's';").returncode == 0, "the savepoint")
    (saved,) = glob.glob(os.path.join(scratch.path, "s", "savepoint-*"))
    done = scratch.run("-D", f"execution.state-recovery.path={saved}", "-c",
                       tables + job.format("b") + job.format("c") + "STOP JOB b; STOP JOB c;")
    said = done.stdout + done.stderr
    expect(done.returncode == 0 and "is for this statement only" not in said, done)
    expect("Job b runs from" in said and "is reset" in said and "Job c is running" in said, done)


if __name__ == "__main__":
    run_all(globals())
