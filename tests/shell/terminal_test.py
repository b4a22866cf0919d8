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
    expect("│ 1 late r" in shell.ask("SHOW JOBS;", "1 row"), shell.text)
    shell.leave()


def test_what_jobs_print_comes_above_what_is_typed_and_painted(scratch):
    shell = Shell(scratch)
    shell.ask(STREAM)
    shell.ask("CREATE TABLE p (n INT) WITH ('connector' = 'print');")
    shell.ask("CREATE JOB j AS INSERT INTO p SELECT n FROM source;")
    shell.send("SELECT 4")
    scratch.write("source/a.csv", "7,2020-01-01 00:00:01\n")
    shell.show_until(r"\+I\[7\]", "weir> SELECT 4")
    expect("42" in shell.ask("2 AS a;", "1 row"), shell.text)
    shell.send("SELECT n + 1 AS m FROM source;\n")
    shell.show_until(".*", "┌───┐", "│ m │", "├───┤", "│ 8 │", "└───┘", "1 row · .*", "")
    scratch.write("source/b.csv", "9,2020-01-01 00:00:02\n")
    shell.show_until(r"\+I\[9\]", "┌────┐", "│  m │", "├────┤", "│  8 │", "│ 10 │", "└────┘", "2 rows · .*", "")
    shell.send("\x03")
    shell.show_until("└────┘", "2 rows .*", "weir>")
    shell.leave()


def test_what_a_script_prints_stands_on_lines_of_its_own(scratch):
    scratch.write("s.sql", "CREATE TABLE g (a BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10', "
                           "'fields.a.kind' = 'sequence', 'fields.a.start' = '1000', 'fields.a.end' = '1019');\n"
                           "CREATE TABLE p (a BIGINT) WITH ('connector' = 'print'); INSERT INTO p SELECT a FROM g;\n")
    shell = Shell(scratch, "run", "s.sql", until="+I[1019]")
    expect(shell.wait() == 0, shell.text)
    expect("rows/s" in shell.text, shell.text)  # the progress line, which is cleared before rows
    rows = [line for line in shell.raw.split("\r\n") if "+I[" in line]
    expect([row.split("\x1b[K")[-1] for row in rows] == [f"+I[{a}]" for a in range(1000, 1020)], f"{rows}")


def test_the_rows_of_a_top_n_are_in_its_order(scratch):
    shell = Shell(scratch)
    shell.ask(STREAM)
    scratch.write("source/a.csv", "".join(f"{n},2020-01-01 00:00:01\n" for n in (1, 1, 2, 3)))
    shell.send("SELECT c, n FROM (SELECT n, COUNT(*) AS c FROM source GROUP BY n) ORDER BY c DESC, n LIMIT 3;\n")
    shell.show_until("│ 2 │ 1 │", "│ 1 │ 2 │", "│ 1 │ 3 │", "└───┴───┘", "3 rows · .*", "")
    scratch.write("source/b.csv", "".join(f"{n},2020-01-01 00:00:02\n" for n in (3, 3, 4)))
    shell.show_until("│ 3 │ 3 │", "│ 2 │ 1 │", "│ 1 │ 2 │", "└───┴───┘", "3 rows · .*", "")
    shell.send("\x03")
    shell.show_until("│ 3 │ 3 │", "│ 2 │ 1 │", "│ 1 │ 2 │", "└───┴───┘", "3 rows .*", "weir>")
    shell.leave()


def test_an_error_in_a_long_line_is_marked_below_it(scratch):
    shell = Shell(scratch, columns=60)
    shell.send("SELECT 1 AS a_column, 2 AS another_column, nam, 3 AS a_third_column, 4 AS d FROM (VALUES (1)) AS t (n);\n")
    shown = shell.show_until(r"ERROR E2003: there is no column \"nam\"", r"  1 \| .*", r"    \| +\^\^\^", "HINT: .*", "weir>")
    excerpt, marks = shown[-4:-2]
    expect(excerpt[marks.index("^"):marks.rindex("^") + 1] == "nam", f"{shown}")
    shell.leave()


def test_cells_that_are_cut_are_said(scratch):
    shell = Shell(scratch, columns=60)
    wide = "SELECT REPEAT('a', 40) AS a, REPEAT('b', 40) AS b;"
    expect("1 row, cells cut to fit (\\x shows them whole)" in shell.ask(wide, "1 row"), shell.text)
    expect("cut to fit" not in shell.ask("SELECT 1 AS a;", "1 row"), shell.text)
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
    expect("Job copy is suspended: RESTORE JOB `copy` FROM LATEST CHECKPOINT; resumes it, DROP JOB `copy`; forgets it."
           in " ".join(again.text.split()), again.text)
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


def test_a_signal_ends_a_question(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    tables = STREAM + "CREATE TABLE o (n INT, c BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'blackhole');"
    one = "INSERT INTO o SELECT n, COUNT(*) FROM source GROUP BY n;"
    scratch.write("one.sql", f"{tables} CREATE JOB j AS {one} WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    two = f"EXECUTE STATEMENT SET BEGIN {one} INSERT INTO p SELECT n FROM source; END;"
    scratch.write("two.sql", f"{tables} CREATE TABLE p (n INT) WITH ('connector' = 'blackhole'); CREATE JOB j AS {two}")
    expect(scratch.run("run", "one.sql").returncode == 0, "the first")
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        shell = Shell(scratch, "run", "two.sql", until="[y/N]")
        os.kill(shell.child, number)
        expect(shell.wait() == code, shell.text)


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
    shown = shell.show_until(r"20\d\d.*: Calc\(", r"hole\): division by zero", r"  1 \| .*",
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


PASTE, PASTED = "\x1b[200~", "\x1b[201~"


def test_a_pasted_tab_completes_nothing(scratch):
    shell = Shell(scratch)
    shell.send(PASTE + "CREATE TABLE p (\r\tid\tINT,\r\tcat\tSTRING\r) WITH ('connector' = 'blackhole');\r" + PASTED)
    shell.read_until("Table p created.")
    expect("│ cat  │ STRING" in shell.ask("\\d p", "2 rows"), shell.text)
    # Within a line, and from a terminal that does not mark what is pasted.
    since = len(shell.text)
    shell.send(PASTE + "SELECT\t1 AS\ta" + PASTED)
    expect("│ 1 │" in shell.ask(";", "1 row"), shell.text[since:])
    expect("│ cata │" in shell.ask("SELECT\t7 AS\tcata;", "1 row"), shell.text[since:])
    shell.leave()


def test_a_pasted_script_runs_statement_by_statement(scratch):
    shell = Shell(scratch)
    since = len(shell.text)
    shell.send("SELECT 1 +" + PASTE + " 1 AS two;\rSELECT nonsense;\r\r\\timing\r-- only a comment\rSELECT 3\r  AS three;\rSELECT 4 AS"
               + PASTED)
    text = shell.read_until("weir> SELECT 4 AS", since)
    for shown in ("│   2 │", "weir> SELECT nonsense;\n", "ERROR E2003", "Timing is off.",
                  "weir> SELECT 3\n  ..>   AS three;\n", "│     3 │"):
        expect(shown in text, f"{shown!r} in {text}")
    expect(text.index("│   2 │") < text.index("weir> SELECT nonsense;"), "one after the other")
    expect("│ 4 │" in shell.ask(" a;", "1 row"), "what lacks its end can be typed on")
    since = len(shell.text)
    shell.send("\x1b[A\x1b[A")
    shell.read_until("AS three;", since)
    shell.leave()


def test_an_error_keeps_no_other_statement_of_its_line_from_running(scratch):
    shell = Shell(scratch)
    for typed in ("SELECT nonsense; SELECT 3 AS three;\r", PASTE + "SELECT nonsense; SELECT 3 AS three;\r" + PASTED):
        since = len(shell.text)
        shell.send(typed)
        text = shell.read_until("1 row", since)
        expect("ERROR E2003" in text and "│     3 │" in text, text)
    shell.leave()


def test_a_pasted_script_of_200_kilobytes(scratch):
    shell = Shell(scratch)
    rows = "".join(f"{i}, a text that takes some room, number {i}\r" for i in range(2300))
    script = ("CREATE TEMPORARY TABLE big (id INT, text STRING, more STRING) WITH ('connector' = 'inline', 'rows' = '\r" + rows + "');\r"
              + "".join(f"SET 'table.exec.state.ttl' = '{i} s'; -- {'x' * 200}\r" for i in range(400)) + "SELECT 'at the end' AS here;\r")
    expect(len(script) > 200_000, len(script))
    since, begin = len(shell.text), time.monotonic()
    shell.paste(PASTE + script + PASTED)
    shell.read_until("│ at the end │", since)
    took = time.monotonic() - begin
    # The prompts of the statements before came long ago: the one awaited follows the last answer.
    shell.read_until("\nweir> ", shell.text.rindex("│ at the end │"))
    print(f"      {len(script)} bytes in {took:.2f} s")
    expect(took < 10, f"{took:.1f} s")  # 2 s on a machine that does nothing else
    expect("2300" in shell.ask("SELECT COUNT(*) FROM big;", "1 row"), shell.text[-500:])
    shell.leave()


def test_ctrl_c_ends_a_paste(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    since = len(shell.text)
    shell.send(PASTE + "SELECT n FROM source;\rSELECT 'not run' AS a;\r" + PASTED)
    shell.read_until("1 row · 1 read", since)
    shell.send("\x03")
    shell.read_until("The rest is not run.", since)
    since = len(shell.text)
    shell.send(PASTE + "SELECT 1 AS a;\rSELECT n FROM source;\rSELECT 'not run' AS a;\r" + PASTED)
    shell.read_until("1 row · 1 read", since)
    shell.send("\x03")
    shell.read_until("The rest is not run.", since)
    expect("│ not run │" not in shell.ask("SELECT 1;", "1 row"), shell.text)
    shell.leave()


def test_the_size_of_the_terminal_is_followed(scratch):
    shell = Shell(scratch)
    wide = "SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' AS a, 'bbbbbbbbbbbbbbbbbbb' AS b;"
    expect("…" not in shell.ask(wide, "1 row"), shell.text)
    shell.resize(60)
    expect("…" in shell.ask(wide, "1 row"), shell.text)
    shell.resize(140)
    expect("…" not in shell.ask(wide, "1 row"), shell.text)
    shell.leave()


def test_two_shells_share_one_history(scratch):
    one, two = Shell(scratch), Shell(scratch, "--data-dir", "other")
    one.ask("SELECT 'first' AS a;", "1 row")
    two.send("SELECT 'second'\n")
    two.read_until("  ..> ")
    two.ask("AS b;", "1 row")
    one.ask("SELECT 'third' AS c;", "1 row")
    expect(one.leave() == 0 and two.leave() == 0, "exit")
    again = Shell(scratch)
    up = "\x1b[A"
    # The newest first: QUIT; of both, the third, the second with its two lines, the first.
    expect("│ second │" in again.ask(3 * up, "1 row"), again.text)
    expect("│ first │" in again.ask(5 * up, "1 row"), again.text)
    mode = os.stat(os.path.join(scratch.path, ".weir_history")).st_mode & 0o777
    expect(mode == 0o600, oct(mode))
    again.leave()


def test_completion_by_place(scratch):
    scratch.write("data/orders.csv", "id,amount\n1,2\n")
    shell = Shell(scratch)
    shell.ask(TABLE)
    for typed, wanted in (("SELECT nam\t", "SELECT name "), ("SELECT t.na\t", "SELECT t.name "), ("SHOW CREATE TAB\t", "SHOW CREATE TABLE "),
                          ("SELECT * FROM 'da\t", "SELECT * FROM 'data/"), ("\\i dat\t", "\\i data/"),
                          ("SELECT * FROM 'data/or\t", "SELECT * FROM 'data/orders.csv' "), ("\\wat\t", "\\watch ")):
        since = len(shell.text)
        shell.send(typed)
        shell.read_until(wanted, since)
        shell.send("\x03")
        shell.read_until("\nweir> ", since)
    since = len(shell.text)
    shell.send("SELECT  FROM t;" + "\x1b[D" * 8 + "na\t")  # what follows the cursor counts
    shell.show_until(".*", "weir> SELECT name  FROM t;")
    shell.send("\x03")
    shell.read_until("\nweir> ", since)
    shell.leave()


def test_an_unknown_shortcut_is_said(scratch):
    shell = Shell(scratch)
    text = shell.ask("\\wach 5", "\\watch")
    expect("There is no shortcut \\wach; did you mean \\watch? There are:" in text, text)
    expect("\\timing" in text and "\\o [FILE]" in text, text)
    shell.leave()


def test_a_forgotten_semicolon_is_noticed(scratch):
    shell = Shell(scratch)
    since = len(shell.text)
    shell.send("SELECT 1 AS a\n")
    shell.read_until("  ..> ", since)
    shell.send("\\q\n")
    shell.read_until("The statement above has no ; at its end, and was not run", since)
    expect("│ 1 │" in shell.ask(";", "1 row"), shell.text)
    shell.send("SELECT 2\n")
    shell.send("\\r\n")
    shell.read_until("What was typed is dropped.", since)
    shell.send("SELECT 'a\n\\q is text here' AS a;\n")  # within a string
    shell.read_until("is text here", since)
    shell.read_until("1 row", since)
    shell.send("SELECT 3\n\\q\n\\q\n")
    expect(shell.wait() == 0, "twice leaves")


def test_the_last_statement_can_be_edited(scratch):
    os.chmod(scratch.write("editor", "#!/bin/sh\nsed -i 's/one/two/' \"$1\"\n"), 0o755)
    shell = Shell(scratch, environment={"EDITOR": "./editor"})
    shell.ask("SELECT 'one' AS a;", "1 row")
    text = shell.ask("\\e", "1 row")
    expect("weir> SELECT 'two' AS a;\n" in text and "│ two │" in text, text)
    shell.send("SELECT 'one' AS\n")  # what is being typed
    shell.send("\\e\n")
    shell.read_until("SELECT 'two' AS\n  ..> ", len(shell.text) - 20)
    expect("│ two │" in shell.ask("b;", "1 row"), shell.text)
    os.chmod(scratch.write("editor", "#!/bin/sh\nexit 1\n"), 0o755)
    expect("Nothing was saved, and nothing is run." in shell.ask("\\e"), shell.text)
    shell.leave()


def test_a_statement_is_watched(scratch):
    shell = Shell(scratch)
    shell.ask("SELECT 5 AS a;", "1 row")
    since = len(shell.text)
    shell.send("\\watch 100 ms\n")
    while shell.text[since:].count("│ 5 │") < 3:
        shell.read_until("every 0.1", since)
        shell.more()
    shell.send("\x03")
    shell.read_until("\nweir> ", len(shell.text))
    expect("│ 6 │" in shell.ask("SELECT 6 AS a;", "1 row"), "the shell goes on")
    shell.ask("SELECT x;", "ERROR")
    expect("every 1.0 s" in shell.ask("\\watch 1", "ERROR"), shell.text)  # ends at an error
    shell.ask("\\watch soon", "takes a time")
    shell.leave()


def test_results_go_to_a_file(scratch):
    shell = Shell(scratch)
    shell.ask("\\o out.txt", "Results go to 'out.txt' until \\o.")
    text = shell.ask("SELECT 'in the file' AS a;", "1 row")
    expect("│" not in text, text)
    shell.ask("\\o", "Results go to the terminal.")
    expect("│ 2 │" in shell.ask("SELECT 2 AS a;", "1 row"), shell.text)
    with open(os.path.join(scratch.path, "out.txt"), encoding="utf-8") as file:
        expect(file.read() == "┌─────────────┐\n│ a           │\n├─────────────┤\n│ in the file │\n└─────────────┘\n", "the result")
    expect("E4005" in shell.ask("\\o none/out.txt"), shell.text)
    shell.leave()


def test_long_results_are_cut_or_paged(scratch):
    many = ("CREATE TEMPORARY TABLE n (id INT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', "
            "'fields.id.end' = '40000');")
    shell = Shell(scratch, environment={"PAGER": ""}, lines=30)
    shell.ask(many)
    shell.ask("SET 'parallelism.default' = '1';")
    text = shell.ask("SELECT id FROM n;", "40,000 rows, ")
    shown = [line for line in text.splitlines() if line.startswith("│")]
    expect("40,000 rows, 39,979 not shown (" in text and len(shown) == 21 + 2, f"{len(shown)}\n{text}")
    expect("│     1 │" in text and "│ 40000 │" in text and "│   ·   │" in text and "\\rows all" in text, text)
    shell.ask("\\rows 4", "At most 4 rows")
    expect("40,000 rows, 39,996 not shown (" in shell.ask("SELECT id FROM n;", "40,000 rows, "), shell.text)
    shell.leave()
    os.chmod(scratch.write("pager", "#!/bin/sh\nwc -l | sed 's/^/lines: /'\n"), 0o755)
    paged = Shell(scratch, environment={"PAGER": "./pager"}, lines=30)
    paged.ask(many)
    expect("lines: 40004\n40,000 rows (" in paged.ask("SELECT id FROM n;", "40,000 rows"), paged.text)
    expect("lines" not in paged.ask("SELECT id FROM n WHERE id < 4;", "3 rows"), "what fits is not paged")
    paged.leave()


def test_words_are_coloured_as_they_are_typed(scratch):
    shell = Shell(scratch, environment={"NO_COLOR": ""})
    shell.send("SELECT 'a' AS")
    keyword, text, plain = "\x1b[1;34m", "\x1b[32m", "\x1b[0m"
    end = time.monotonic() + 20
    while f"{keyword}SELECT{plain} {text}'a'{plain} {keyword}AS{plain}\x1b8" not in shell.raw:
        expect(time.monotonic() < end, repr(shell.raw))
        shell.more()
    shell.ask(" b;", "1 row")
    shell.leave()


def test_jobs_are_readable_at_100_columns(scratch):
    scratch.write("source/a.csv", "1,2020-01-01 00:00:01\n")
    shell = Shell(scratch)
    shell.ask(STREAM)
    shell.ask("CREATE TABLE o (w TIMESTAMP(3), n BIGINT) WITH ('connector' = 'blackhole');")
    shell.ask("CREATE JOB minutes AS INSERT INTO o SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE source, "
              "DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;")
    shell.ask("WAIT FOR JOB minutes UNTIL IDLE;", "is idle")
    jobs = shell.ask("SHOW JOBS;", "1 row")
    head = re.search(r"│ job name.*", jobs)
    expect(head and all(name in head.group() for name in ("status", "uptime", "rows in", "rows/s", "lag", "state", "checkpoints")), jobs)
    expect(max(len(line) for line in jobs.splitlines()) <= 100 and "record 1" not in jobs, jobs)
    end = time.monotonic() + 30
    while "no window of sink:o/wagg has closed: the watermark is at 2020-01-01 00:00:01.000" not in shell.ask("DESCRIBE JOB minutes;", "rows"):
        expect(time.monotonic() < end, shell.text[-3000:])
        time.sleep(0.5)
    since = len(shell.text)
    expect(re.search(r"│ minutes  │ RUNNING │ [^│]+ s +│ +1 │ 0 +│ [\d,]+ d \d\d h │ [^│]+B │ +\d+ │ no w",
                     shell.ask("SHOW JOBS;", "1 row")), shell.text[since:])
    operators = shell.ask("DESCRIBE JOB minutes;", "rows")
    expect("│ uid" in operators and "rows/s" in operators and "up for" in operators, operators)
    dropped = shell.ask("DROP TABLE source;")
    expect("NOTICE: job `minutes` runs on with source as it was" in dropped and "Table source dropped." in dropped, dropped)
    expect("NOTICE" not in shell.ask(TABLE) + shell.ask("DROP TABLE t;"), shell.text[since:])
    shell.ask("CANCEL JOB minutes;")
    shell.leave()


if __name__ == "__main__":
    run_all(globals())
