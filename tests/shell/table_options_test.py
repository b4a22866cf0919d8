#!/usr/bin/env python3
"""Flink's options of tables of any connector, and those of the filesystem that choose files."""
import csv
import io
import os

from weir_shell import expect, run_all

NUMBERS = "CREATE TABLE g (k INT, v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100'{});\n"
COUNTS = "INSERT INTO o SELECT k, COUNT(*) FROM g GROUP BY k"


def sink(name, options, key=", PRIMARY KEY (k) NOT ENFORCED", kind="blackhole"):
    return f"CREATE TABLE {name} (k INT, c BIGINT{key}) WITH ('connector' = '{kind}'{options});\n"


def tasks(scratch, text):
    """The subtasks of each operator of job j, by uid."""
    done = scratch.run("--format", "csv", text="SET 'parallelism.default' = '2';\n" + text
                       + "DESCRIBE JOB j;\nCANCEL JOB j;\n")
    expect(done.returncode == 0, done.stderr)
    rows = list(csv.DictReader(io.StringIO(done.stdout[done.stdout.index("uid,"):])))
    return {row["uid"]: int(row["tasks"]) for row in rows if row["tasks"]}


def refused(scratch, text, *words):
    done = scratch.run(text=text)
    expect(done.returncode == 3 and all(word in done.stderr for word in words), done.stderr)


def test_tables_say_how_many_subtasks(scratch):
    found = tasks(scratch, NUMBERS.format(", 'scan.parallelism' = '3'") + sink("o", ", 'sink.parallelism' = '4'")
                  + f"CREATE JOB j AS {COUNTS};\n")
    expect(found["src:g"] == 3 and found["sink:o/agg"] == 2 and found["sink:o/sink.w"] == 4, str(found))


def test_rows_are_put_together_for_one_writer(scratch):
    found = tasks(scratch, NUMBERS.format("") + sink("o", ", 'sink.parallelism' = '1'", key="")
                  + "CREATE JOB j AS INSERT INTO o SELECT k, v FROM g;\n")
    expect(found["src:g"] == 2 and found["sink:o/sink.w"] == 1, str(found))


def test_a_hint_says_it_too(scratch):
    found = tasks(scratch, NUMBERS.format("") + sink("o", "", key="") + "CREATE JOB j AS INSERT INTO o "
                  "/*+ OPTIONS('sink.parallelism' = '5') */ SELECT k, v FROM g;\n")
    expect(found["src:g"] == 2 and found["sink:o/sink.w"] == 5, str(found))


def test_changes_without_a_key_are_not_spread(scratch):
    both = ("SELECT k, c FROM (SELECT k, COUNT(*) AS c FROM g GROUP BY k) "
            "UNION ALL SELECT k, c FROM (SELECT k, SUM(v) AS c FROM g GROUP BY k)")
    start = NUMBERS.format("") + sink("o", ", 'sink.parallelism' = '3'", key="", kind="print")
    refused(scratch, "SET 'parallelism.default' = '2';\n" + start + f"INSERT INTO o {both};\n", "E2008",
            "'sink.parallelism' = '3' of table o", "PRIMARY KEY")


def test_wrong_numbers(scratch):
    for value in ("0", "-1", "1025"):
        refused(scratch, sink("o", f", 'sink.parallelism' = '{value}'"), "E2008", "from 1 to 1024")
    refused(scratch, sink("o", ", 'sink.parallelism' = 'many'"), "E2008", "sink.parallelism")
    refused(scratch, NUMBERS.format(", 'sink.parallelism' = '2'"), "E2008", "no option 'sink.parallelism'")


def test_rows_do_not_depend_on_subtasks(scratch):
    scratch.write("in/a.csv", "".join(f"{n % 7},{n}\n" for n in range(100)))
    scratch.write("in/b.csv", "".join(f"{n % 5},{n}\n" for n in range(100)))
    query = ("SELECT k, COUNT(*) AS n, SUM(v) AS s FROM (SELECT k, v FROM {0} UNION ALL SELECT k, v + 1 FROM {1}) "
             "GROUP BY k ORDER BY k;\n")
    table = "CREATE TABLE {} (k INT, v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv'{});\n"
    answers = set()
    for a, b in (("", ""), ("1", "3"), ("3", "3"), ("4", "")):
        option = ", 'scan.parallelism' = '{}'"
        text = table.format("a", option.format(a) if a else "") + table.format("b", option.format(b) if b else "")
        done = scratch.run("--format", "csv", "-D", "parallelism.default=2", text=text + query.format("a", "b"))
        expect(done.returncode == 0, done.stderr)
        answers.add(done.stdout)
    expect(len(answers) == 1 and "0,70," in "".join(answers), str(answers))


def test_other_subtasks_go_on_with_the_state(scratch):
    scratch.write("in/a.csv", "1,1\n2,2\n")
    text = ("CREATE TABLE g (k INT, v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
            "'source.monitor-interval' = '50 ms', 'scan.parallelism' = '{}');\n") + sink("o", ", 'sink.parallelism' = '{}'")
    done = scratch.run("--format", "csv", text=text.format(1, 2) + f"CREATE JOB j AS {COUNTS};\n"
                       "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;\nDROP TABLE o;\nDROP TABLE g;\n" + text.format(3, 1)
                       + f"EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT AS {COUNTS};\n")
    verdicts = [line for line in done.stdout.splitlines() if " src:" in line or " sink:" in line]
    expect(done.returncode == 0 and verdicts and all("FULL" in line for line in verdicts), done.stdout + done.stderr)


def test_a_pattern_chooses_files_by_their_whole_path(scratch):
    for name, row in (("d/a1.csv", "1"), ("d/b1.csv", "2"), ("d/sub/a2.csv", "3")):
        scratch.write(name, row + "\n")
    table = ("CREATE TABLE r (x INT) WITH ('connector' = 'filesystem', 'path' = 'd', 'format' = 'csv', "
             "'source.path.regex-pattern' = '{}');\nSELECT x FROM r ORDER BY x;\n")
    exact = os.path.join(os.path.realpath(scratch.path), "d/a1.csv").replace(".", "\\.")
    for pattern, rows in ((".*/a[^/]*", ["1", "3"]), ("a.*", []), (".*/sub/.*", ["3"]), (".*sub", []),
                          (exact, ["1"]), (".*a1\\.csv|.*b1.csv", ["1", "2"])):
        done = scratch.run("--format", "csv", text=table.format(pattern))
        expect(done.returncode == 0 and done.stdout.split()[1:] == rows, pattern + done.stdout + done.stderr)
    refused(scratch, table.format("a(b"), "E2008", "source.path.regex-pattern")
    refused(scratch, table.format("(?=a)b"), "E1002")


def test_what_has_no_effect_is_said_and_what_would_is_refused(scratch):
    files = "CREATE TABLE f (x INT) WITH ('connector' = 'filesystem', 'path' = 'f', 'format' = '{}', {});\n"
    done = scratch.run(text=files.format("json", "'auto-compaction' = 'true', 'json.decode.json-parser.enabled' = 'false', "
                                         "'scan.watermark.emit.strategy' = 'on-periodic'") + "SHOW CREATE TABLE f;\n")
    notices = [line for line in done.stderr.splitlines() if line.startswith("NOTICE")]
    expect(done.returncode == 0 and len(notices) == 1 and "auto-compaction (" in notices[0]
           and "json.decode.json-parser.enabled (" in notices[0] and "emit" not in notices[0], done.stderr)
    for option in ("csv.array-element-delimiter", "sink.partition-commit.policy.class"):
        refused(scratch, files.format("csv", f"'{option}' = 'true'"), "E1002", f"option '{option}' of Flink's")
    taken = scratch.run(text=files.format("csv", "'csv.array-element-delimiter' = ';'"))
    expect(taken.returncode == 0 and "NOTICE" not in taken.stderr, taken.stderr)
    refused(scratch, files.format("csv", "'json.decode.json-parser.enabled' = 'true'"), "E2008")


def arrivals(scratch, option):
    """The rows of a file of 40,000 seconds beside a source that gives a row a thousand seconds, as they came."""
    scratch.write("fast.csv", "".join(f"{n}\n" for n in range(40_000)))
    table = ("CREATE TABLE {} (s BIGINT, t AS TO_TIMESTAMP_LTZ({}, 0), WATERMARK FOR t AS t) WITH (" + option + "'connector' = {});\n")
    done = scratch.run("-D", "parallelism.default=1", text=(
        table.format("fast", "s", "'filesystem', 'format' = 'csv', 'path' = 'fast.csv'")
        + table.format("slow", "s * 1000", "'datagen', 'fields.s.kind' = 'sequence', 'fields.s.start' = '0', "
                       "'fields.s.end' = '39', 'rows-per-second' = '40'") +
        "CREATE TABLE o (w STRING, s BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'out');\n"
        "INSERT INTO o SELECT 'fast', s FROM fast UNION ALL SELECT 'slow', s * 1000 FROM slow;\n"))
    expect(done.returncode == 0, done.stderr)
    [name] = [name for name in os.listdir(os.path.join(scratch.path, "out")) if not name.startswith(".")]
    with open(os.path.join(scratch.path, "out", name), encoding="utf-8") as file:
        return [(row[0], int(row[1])) for row in csv.reader(file)]


def farthest_ahead(rows):
    ahead, slow = 0, 0
    for source, second in rows:
        slow = second if source == "slow" else slow
        ahead = max(ahead, second - slow)
    return ahead


def test_sources_of_a_group_wait_for_each_other(scratch):
    rows = arrivals(scratch, "'scan.watermark.alignment.group' = 'g', 'scan.watermark.alignment.max-drift' = '5000 s', "
                    "'scan.watermark.alignment.update-interval' = '1 ms', ")
    expect(len(rows) == 40_040 and len(set(rows)) == 40_040, str(len(rows)))
    # Besides the drift: a batch of rows, and what the last row of the slow one is behind its next one.
    ahead = farthest_ahead(rows)
    expect(ahead <= 5_000 + 4_096 + 1_000, str(ahead))


def test_sources_without_a_group_do_not_wait(scratch):
    ahead = farthest_ahead(arrivals(scratch, ""))
    expect(ahead > 30_000, str(ahead))


def test_what_belongs_to_a_group(scratch):
    refused(scratch, NUMBERS.format(", 'scan.watermark.alignment.group' = 'g'"), "E2008",
            "needs the option 'scan.watermark.alignment.max-drift'")
    refused(scratch, NUMBERS.format(", 'scan.watermark.alignment.max-drift' = '1 s'"), "E2008",
            "needs the option 'scan.watermark.alignment.group'")
    refused(scratch, NUMBERS.format(", 'scan.watermark.alignment.update-interval' = '1 s'"), "E2008", "alignment.group")
    both = ", 'scan.watermark.alignment.group' = '{}', 'scan.watermark.alignment.max-drift' = '1 s'"
    refused(scratch, NUMBERS.format(both.format("")), "E2008", "is empty")
    refused(scratch, NUMBERS.format(both.format("g") + ", 'scan.watermark.alignment.update-interval' = '0 s'"), "E2008",
            "at least 1 ms")


if __name__ == "__main__":
    run_all(globals())
