#!/usr/bin/env python3
"""The interactive shell on a pseudo-terminal: a session with its numbers masked, keys, history, jobs."""
import os
import re
import signal
import time

from weir_shell import Shell, expect, run_all

TABLE = ("CREATE TABLE t (id INT, name STRING) WITH ('connector' = 'inline', 'rows' = '\n"
         "1, one\n"
         "2, 日本\n"
         "NULL, three');")
STREAM = ("CREATE TABLE source (n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', "
          "'path' = 'source', 'format' = 'csv', 'source.monitor-interval' = '50 ms');")

SESSION = """\
weir> SELECT id, name FROM t ORDER BY name;
┌──────┬───────┐
│   id │ name  │
├──────┼───────┤
│    1 │ one   │
│ NULL │ three │
│    2 │ 日本  │
└──────┴───────┘
3 rows (N s)
weir> SELECT nam FROM t;
ERROR E2003: there is no column "nam"
  1 | SELECT nam FROM t;
    |        ^^^
HINT: did you mean "name"?
weir> \\dt
┌────────────┐
│ table name │
├────────────┤
│ t          │
└────────────┘
1 row (N s)
weir> \\timing
Timing is off.
weir> \\x
Vertical results are on.
weir> SELECT id FROM t WHERE id = 1;
─[ record 1 ]────────────────────
id │ 1
1 row
weir> SET 'paralelism.default' = '1';
ERROR E6001: no option is named "paralelism.default"
  1 | SET 'paralelism.default' = '1';
    |     ^^^^^^^^^^^^^^^^^^^^
HINT: did you mean "parallelism.default"?
weir> """


def masked(text):
    return re.sub(r"\(\d+\.\d+ s\)", "(N s)", text)


def typed_lines(text):
    """The session's statements: what follows a prompt."""
    return [line[len("weir> "):] for line in text.splitlines() if line.startswith("weir> ") and len(line) > 6]


def test_session(scratch):
    shell = Shell(scratch)
    shell.ask(TABLE)
    since = len(shell.text)
    for statement in typed_lines(SESSION):
        shell.ask(statement)
    expect(masked("weir> " + shell.text[since:]) == SESSION, masked(shell.text[since:]))
    expect(shell.leave() == 0, "QUIT exits with 0")


def test_multi_line_statement_is_one_entry_of_the_history(scratch):
    shell = Shell(scratch)
    shell.send("SELECT 1 AS a,\n")
    shell.read_until("  ..> ")
    shell.ask("2 AS b;", "1 row")
    since = len(shell.text)
    shell.send("\x1b[A")  # arrow up
    shell.read_until("2 AS b;", since)
    shell.ask("", "1 row")
    expect(shell.leave() == 0, "exit")
    # It survives the shell.
    again = Shell(scratch)
    since = len(again.text)
    again.send("\x1b[A\x1b[A")
    again.read_until("2 AS b;", since)
    again.ask("", "1 row")
    again.leave()


def test_completion_by_tab(scratch):
    shell = Shell(scratch)
    shell.ask(TABLE)
    since = len(shell.text)
    shell.send("SEL\t")
    shell.read_until("SELECT ", since)
    shell.ask("1;", "1 row")
    since = len(shell.text)
    shell.send("SELECT * FROM t WHERE nam\t")
    shell.read_until("name ", since)
    shell.ask("= 'one';", "1 row")
    since = len(shell.text)
    shell.send("SET 'parallelism.d\t")
    shell.read_until("'parallelism.default' ", since)
    shell.ask("= '1';", "Set.")
    shell.leave()


def test_ctrl_c_drops_the_line(scratch):
    shell = Shell(scratch)
    since = len(shell.text)
    shell.send("SELECT nonsense\n")
    shell.read_until("  ..> ", since)
    shell.send("\x03")
    shell.read_until("\nweir> ", since)
    expect("1 row" in shell.ask("SELECT 1;"), shell.text)
    expect(shell.leave() == 0, "exit")


def test_ctrl_c_ends_a_select_and_keeps_its_rows(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n2,2020-01-01 00:00:02\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    since = len(shell.text)
    shell.send("SELECT n FROM source;\n")
    shell.read_until("2 rows · 2 read", since)
    scratch.write("source/b.csv", "3,2020-01-01 00:00:03\n")
    shell.read_until("3 rows · 3 read", since)
    at = len(shell.text)
    shell.send("\x03")
    end = shell.read_until("\nweir> ", at)
    expect(re.search(r"│ 1 │\n│ 2 │\n│ 3 │\n└───┘\n3 rows \(", end), end)
    expect("1 row" in shell.ask("SELECT 1;"), "the shell goes on")
    shell.leave()


def test_ctrl_c_never_ends_the_shell(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    for statement, shown in (("", ""), ("SELECT n FROM source;\n", "1 row · 1 read"),
                             ("SELECT COUNT(*) FROM source;\n", "1 row · 1 read")):
        since = len(shell.text)
        shell.send(statement)
        shell.read_until(shown, since)
        for _ in range(8):
            os.write(shell.terminal, b"\x03")
            time.sleep(0.02)
        time.sleep(0.5)
        expect("1 row" in shell.ask("SELECT 1;", "1 row"), shell.text)
    expect(shell.leave() == 0, "QUIT leaves it")


def test_notices_come_above_the_line_that_is_typed(scratch):
    shell = Shell(scratch)
    shell.ask(STREAM)
    shell.ask("CREATE TABLE o (w TIMESTAMP(3), n BIGINT) WITH ('connector' = 'blackhole');")
    shell.ask("SET 'parallelism.default' = '1';")
    shell.ask("CREATE JOB j AS INSERT INTO o SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE source, "
              "DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end;")
    since = len(shell.text)
    shell.send("SELECT 4")
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n2,2020-01-01 00:00:10\n3,2020-01-01 00:00:01\n")
    shell.read_until("j: 1 late row: their windows were closed before they came, at sink:o/wagg\nweir> SELECT 4", since)
    expect("42" in shell.ask("2 AS a;", "1 row"), shell.text)
    expect("1 late row" in shell.ask("SHOW JOBS;", "1 row"), shell.text)
    shell.leave()


def test_changelog_mode(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    shell.ask("SET 'sql-client.execution.result-mode' = 'changelog';")
    since = len(shell.text)
    shell.send("SELECT COUNT(*) AS c FROM source;\n")
    shell.read_until("│ +I │                    1 │", since)
    scratch.write("source/b.csv", "2,2020-01-01 00:00:01\n")
    shell.read_until("│ +U │                    2 │", since)
    at = len(shell.text)
    shell.send("\x03")
    expect("3 changes (" in shell.read_until("\nweir> ", at), shell.text[at:])
    shell.leave()


def test_a_silent_window_says_why(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    since = len(shell.text)
    shell.send("SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "
               "GROUP BY window_start, window_end;\n")
    text = shell.read_until("a window closes when", since)
    expect("NOTICE: no window has closed for" in text, text)
    expect("the watermark stands at 2020-01-01 00:00:01.000" in text.replace("\n", " "), text)
    shell.send("\x03")
    shell.read_until("\nweir> ", since + 1)
    shell.leave()


def test_quit_suspends_jobs_and_the_next_shell_resumes_them(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    shell.ask("CREATE TABLE target (n INT) WITH ('connector' = 'filesystem', 'path' = 'target', 'format' = 'csv');")
    expect("Job copy is running." in shell.ask("CREATE JOB copy AS INSERT INTO target SELECT n FROM source;"), shell.text)
    shell.ask("WAIT FOR JOB copy UNTIL IDLE;", "is idle")
    expect(shell.leave() == 0, "exit")
    expect("Stopping 1 job with a last checkpoint" in shell.text, shell.text)
    again = Shell(scratch)
    expect("Job copy is suspended: RESTORE JOB `copy` FROM LATEST CHECKPOINT; resumes it, DROP JOB `copy`; forgets it." in again.text, again.text)
    expect("SUSPENDED" in again.ask("SHOW JOBS;"), again.text)
    expect("continues from its last checkpoint" in again.ask("RESTORE JOB `copy` FROM LATEST CHECKPOINT;"), again.text)
    expect("RUNNING" in again.ask("SHOW JOBS;"), again.text)
    os.kill(again.child, signal.SIGTERM)
    expect(again.wait() == 143, "SIGTERM stops the shell and its jobs")
    expect(os.listdir(os.path.join(scratch.path, "target")) != [], "the row is committed")


def test_a_changed_query_is_asked_about(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    shell.ask("CREATE TABLE sums (n INT, c BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'blackhole');")
    shell.ask("CREATE TABLE copies (n INT) WITH ('connector' = 'blackhole');")
    one = "INSERT INTO sums SELECT n, COUNT(*) AS c FROM source GROUP BY n;"
    both = f"CREATE JOB j AS EXECUTE STATEMENT SET BEGIN {one} INSERT INTO copies SELECT n FROM source; END;"
    shell.ask(f"CREATE JOB j AS {one}", "is running")
    shell.ask("WAIT FOR JOB j UNTIL IDLE;", "is idle")
    shell.ask("STOP JOB j;", "stopped")
    since = len(shell.text)
    shell.send(both + "\n")
    expect("FULL" in shell.read_until("Go on with its state? [y/N]", since), shell.text)
    expect("E7002" in shell.ask("no", "ERROR E7002"), shell.text)
    since = len(shell.text)
    shell.send(both + "\n")
    shell.read_until("Go on with its state? [y/N]", since)
    expect("Job j runs from" in shell.ask("y", "Job j runs from"), shell.text)
    expect(shell.leave() == 0, "exit")


def test_init_file_and_end_of_input(scratch):
    scratch.write(".weirrc", TABLE)
    shell = Shell(scratch)
    expect("one" in shell.ask("SELECT * FROM t;"), shell.text)
    shell.send("\x04")  # Ctrl-D
    expect(shell.wait() == 0, "exit")


HOLE = "CREATE TABLE hole (n INT) WITH ('connector' = 'blackhole');"
BAD = "CREATE JOB bad AS INSERT INTO hole SELECT 1 / (n - 1) FROM source;"
FAILURE = [r"20\d\d-.* ERROR E3002: job \"bad\" failed: Calc\(hole\): division by zero", r"  1 \| CREATE JOB bad AS .*", r" +\| +\^+"]


def failing(scratch, columns=100):
    """A shell in which `bad` fails as soon as a row 1 comes to the table `source`."""
    scratch.write("source/a.csv", "")
    shell = Shell(scratch, "-D", "restart-strategy.type=none", columns=columns)
    for statement in (STREAM, HOLE, BAD):
        shell.ask(statement)
    return shell


def test_a_job_that_fails_is_told_above_the_line_that_is_typed(scratch):
    shell = failing(scratch)
    shell.send("SELECT 4 + AS a;" + "\x1b[D" * 6)  # the cursor goes back to where the 2 is missing
    scratch.write("source/b.csv", "1,2020-01-01 00:00:01\n")
    shell.show_until(*FAILURE, r"weir> SELECT 4 \+ AS a;")
    shell.send("2 ")
    shell.ask("", "1 row")
    shell.show_until("│ 6 │", "└───┘", "1 row .*", "weir>")
    expect("FAILED" in shell.ask("SHOW JOBS;"), shell.text)
    expect(shell.text.count('job "bad" failed') == 1, shell.text)
    # The next start of the job may fail, too.
    shell.ask(BAD)
    shell.show_until(*FAILURE, "weir>")
    expect(shell.text.count('job "bad" failed') == 2, shell.text)
    shell.leave()


def test_a_line_of_several_rows_is_shown_again_below(scratch):
    shell = failing(scratch, columns=60)
    line = "SELECT 'a text that is so long that it takes more than a row of this terminal', 2 AS b;"
    shell.send(line)
    shell.show_until("weir> " + line[:54], re.escape(line[54:]))
    scratch.write("source/b.csv", "1,2020-01-01 00:00:01\n")
    shown = shell.show_until(r"weir> " + line[:54], re.escape(line[54:]))
    while "failed" not in shell.text:
        shell.more()
    shown = shell.show_until(r"20\d\d.*: Calc\(", r"hole\): division by zero", r"  1 .*", "FROM source;",
                             r" +\| +\^+", r"weir> " + line[:54], re.escape(line[54:]))
    expect(sum(row.startswith("weir> SELECT") for row in shown) == 1, "\n".join(shown))
    shell.ask("", "1 row")
    shell.leave()


def test_what_is_said_comes_above_a_table_that_is_painted(scratch):
    shell = failing(scratch)
    scratch.write("rows/a.csv", "1,2020-01-01 00:00:01\n")
    shell.ask(STREAM.replace("TABLE source", "TABLE numbers").replace("'source'", "'rows'"))
    shell.send("SELECT n FROM numbers;\n")
    shell.show_until("weir> SELECT n FROM numbers;", "┌───┐", "│ n │", "├───┤", "│ 1 │", "└───┘", "1 row · .*", "")
    scratch.write("source/b.csv", "1,2020-01-01 00:00:01\n")
    shell.show_until("weir> SELECT n FROM numbers;", *FAILURE, "┌───┐", "│ n │", "├───┤", "│ 1 │", "└───┘", "1 row · .*", "")
    shell.send("\x03")
    shell.show_until("weir> SELECT n FROM numbers;", *FAILURE, "┌───┐", "│ n │", "├───┤", "│ 1 │", "└───┘", "1 row .*", "weir>")
    shell.leave()


def test_a_failure_that_is_asked_for_is_told_once(scratch):
    shell = failing(scratch)
    since = len(shell.text)
    shell.send("WAIT FOR JOB bad UNTIL FINISHED;\n")
    shell.read_until("FINISHED;\n", since)
    scratch.write("source/b.csv", "1,2020-01-01 00:00:01\n")
    shell.show_until("weir> WAIT .*", FAILURE[0].removeprefix(r"20\d\d-.* "), *FAILURE[1:], "weir>")
    expect(shell.ask("SELECT 1;", "1 row").count("failed") == 0, shell.text)
    shell.leave()


if __name__ == "__main__":
    run_all(globals())
