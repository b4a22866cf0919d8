#!/usr/bin/env python3
"""The language as a program sees it: EXPLAIN's graph, advice, hints, exit codes, instants, a late signal."""
import csv
import json
import os
import signal
import subprocess
import time

from weir_shell import DEADLINE, expect, program, run_all

TABLE = "CREATE TABLE a (id INT, v BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '5');\n"
GROUPED = "SELECT id, SUM(v) FROM a GROUP BY id"


def explain(scratch, details, query, setup=TABLE):
    """The sections of EXPLAIN by their titles."""
    done = scratch.run("--no-catalog", "-c", f"{setup}EXPLAIN {details} {query};")
    expect(done.returncode == 0, done.stderr)
    sections = {}
    for line in done.stdout.splitlines():
        if line.startswith("== "):
            title = line.strip("= ")
            sections[title] = []
        else:
            sections[title].append(line)
    return sections


def graph(scratch, query, setup=TABLE):
    return json.loads("\n".join(explain(scratch, "JSON_EXECUTION_PLAN", query, setup)["Physical Execution Plan"]))["nodes"]


def fails(scratch, code, text, *wanted):
    done = scratch.run("--no-catalog", "-c", text)
    expect(done.returncode == code, f"exit {done.returncode} instead of {code}: {done.stderr}")
    for part in wanted:
        expect(part in done.stderr, f"no {part!r} in {done.stderr}")


def test_the_graph_is_json(scratch):
    nodes = graph(scratch, GROUPED)
    expect([node["id"] for node in nodes] == list(range(1, len(nodes) + 1)), str(nodes))
    for node in nodes:
        expect({"id", "type", "pact", "contents", "parallelism"} <= set(node), str(node))
        expect(node["type"].endswith(f"[{node['id']}]") and node["contents"].startswith(f"[{node['id']}]:"), str(node))
    expect([nodes[0]["pact"], nodes[-1]["pact"]] == ["Data Source", "Data Sink"], str(nodes))
    expect({node["pact"] for node in nodes[1:-1]} == {"Operator"}, str(nodes))
    expect("predecessors" not in nodes[0], "a source has no predecessors")
    strategies = [edge["ship_strategy"] for node in nodes[1:] for edge in node["predecessors"]]
    expect("HASH[id]" in strategies and strategies[-1] == "GLOBAL", str(strategies))


def test_every_edge_of_the_graph_leads_to_an_earlier_node(scratch):
    nodes = graph(scratch, "SELECT x.id FROM a x JOIN a y ON x.id = y.id UNION ALL SELECT id FROM a WHERE v > 3")
    for node in nodes:
        for edge in node.get("predecessors", []):
            expect(1 <= edge["id"] < node["id"], str(nodes))
    expect(any(len(node.get("predecessors", [])) == 2 for node in nodes), "a join has two inputs")


def test_the_graph_escapes_text(scratch):
    nodes = graph(scratch, "SELECT 'a\"b\\c' || CHR(10) || CAST(id AS STRING) FROM a")
    expect(any('a"b\\c' in node["contents"] for node in nodes), str(nodes))


def test_advice_names_what_may_be_lost(scratch):
    advice = "\n".join(explain(scratch, "PLAN_ADVICE", GROUPED)["Plan Advice"])
    expect("advice[1]: [WARNING]" in advice and "generated uid" in advice and "a_by_id" in advice, advice)
    none = "\n".join(explain(scratch, "PLAN_ADVICE", "SELECT id + 1 FROM a")["Plan Advice"])
    expect(none.startswith("No advice"), none)


def test_costs_are_bounds_where_they_are_known(scratch):
    plan = "\n".join(explain(scratch, "ESTIMATED_COST", "SELECT id FROM a WHERE v > 1")["Physical Plan"])
    expect(plan.count("rows: at most 5]") == 3, plan)
    plan = "\n".join(explain(scratch, "ESTIMATED_COST", "SELECT id FROM a")["Physical Plan"])
    expect("rows: 5]" in plan and "at most" not in plan, plan)
    endless = "CREATE TABLE a (id INT, v BIGINT) WITH ('connector' = 'datagen');\n"
    plan = "\n".join(explain(scratch, "ESTIMATED_COST", "SELECT id FROM a WHERE v > 1", endless)["Physical Plan"])
    expect("at most" not in plan, plan)


def test_an_analysis_counts_rows_time_and_state_of_each_operator(scratch):
    done = scratch.run("--format", "csv", text="""
CREATE TABLE n (k BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '20000',
  'fields.k.kind' = 'sequence', 'fields.k.start' = '0', 'fields.k.end' = '19999');
CREATE TABLE b (k BIGINT, c BIGINT) WITH ('connector' = 'blackhole');
SET 'parallelism.default' = '2';
CREATE JOB sums AS INSERT INTO b SELECT MOD(k, 100), COUNT(*) FROM n GROUP BY MOD(k, 100);
WAIT FOR JOB sums UNTIL FINISHED;
EXPLAIN ANALYZE JOB sums;
""")
    expect(done.returncode == 0, done.stderr)
    lines = done.stdout.splitlines()
    expect("FINISHED, 20,000 rows read" in lines[0] and lines[1].startswith("Checkpoints: "), done.stdout)
    table = list(csv.DictReader(lines[2:]))
    rows = {row["operator"]: row for row in table}
    expect(rows["Scan src:n"]["rows out"] == "20000", done.stdout)
    totals = [row for row in table if row["state rows"] == "100"]
    expect(len(totals) == 1 and totals[0]["operator"].startswith("GroupAggregate"), done.stdout)
    expect(abs(float(totals[0]["bytes a row"]) * 100 - float(totals[0]["state bytes"])) <= 5, done.stdout)
    shares = [float(row["share"].removesuffix(" %")) for row in rows.values()]
    expect(all(0 <= share <= 100 for share in shares) and sum(shares) <= 100.5, done.stdout)
    expect(any(not row["busy"].startswith("0.000") for row in rows.values()), done.stdout)


def test_constants_that_fail_are_mistakes_of_the_statement(scratch):
    fails(scratch, 3, "SELECT 1 / 0;", "E3002", "1 | SELECT 1 / 0;\n    |        ^^^^^")
    fails(scratch, 3, TABLE + "SELECT id + 1 / 0 FROM a;")
    fails(scratch, 3, "SELECT CAST('x' AS INT);")
    for guarded in ("SELECT CASE WHEN TRUE THEN 1 ELSE 1 / 0 END", "SELECT COALESCE(1, 1 / 0)",
                    "SELECT FALSE AND 1 / 0 = 1", "SELECT TRY_CAST('x' AS INT)"):
        done = scratch.run("--no-catalog", "-c", guarded + ";")
        expect(done.returncode == 0, f"{guarded}: {done.stderr}")
    one = "CREATE TABLE a (id INT) WITH ('connector' = 'inline', 'rows' = '\n0\n');\n"
    fails(scratch, 4, one + "SELECT 1 / id FROM a;")


def test_time_zones_are_checked_wherever_they_are_said(scratch):
    scratch.write("zone.yaml", "table.local-time-zone: Europe/Berln\n")
    job = f"{TABLE}CREATE TABLE nowhere (id INT) WITH ('connector' = 'blackhole');\n"
    for said in (("-D", "table.local-time-zone=Europe/Berln", "-c", "SELECT 1;"), ("--conf", "zone.yaml", "-c", "SELECT 1;"),
                 ("-c", "SET 'table.local-time-zone' = 'Europe/Berln';"),
                 ("-c", job + "CREATE JOB j WITH ('table.local-time-zone' = 'Europe/Berln') AS INSERT INTO nowhere SELECT id FROM a;")):
        done = scratch.run(*said)
        expect(done.returncode != 0 and "Europe/Berln" in done.stderr, f"{said}: {done.returncode} {done.stderr}")


def test_hints_without_effect_are_refused(scratch):
    fails(scratch, 3, TABLE + "SELECT /*+ STATE_TTL('a' = '1 d') */ id FROM a;", "STATE_TTL")
    fails(scratch, 3, TABLE + "SELECT /*+ STATE_ID('x') */ id FROM a;", "STATE_ID")
    fails(scratch, 3, TABLE + "SELECT /*+ NO_SUCH_HINT('x') */ id FROM a;", "E2015", "NO_SUCH_HINT")
    fails(scratch, 3, f"SET 'pipeline.auto-generate-uids' = 'false';\n{TABLE}{GROUPED};", "auto-generate-uids")


def test_functions_that_are_not_built_are_known(scratch):
    for call in ("JSON_LENGTH('[]')", "PARSE_JSON('1')", "OBJECT_OF('a', 1)"):
        fails(scratch, 3, f"SELECT {call};", "E1002", "not supported yet")
    fails(scratch, 3, TABLE + "SELECT APPROX_COUNT_DISTINCT(id) FROM a;", "E1002", "not supported yet")
    fails(scratch, 3, "SELECT NO_SUCH_FUNCTION(1);", "NO_SUCH_FUNCTION")
    listed = scratch.run("--no-catalog", "-c", "SHOW FUNCTIONS;").stdout.split()
    for name in ("CASE", "COALESCE", "CAST", "TRY_CAST", "IF", "NULLIF", "JSON_VALUE", "ARRAY_AGG", "LISTAGG"):
        expect(name in listed, f"{name} is not listed")
    for name in ("CASE", "CAST", "TRY_CAST", "JSON_QUERY", "PERCENTILE"):
        done = scratch.run("--no-catalog", "-c", f"DESCRIBE FUNCTION EXTENDED `{name}`;")
        expect(done.returncode == 0 and name in done.stdout, f"{name}: {done.stderr}")


def test_options_that_are_wrong_are_own_failures(scratch):
    for option in ("execution.checkpointing.interval=soon", "parallelism.default=-1", "no.such.option=1"):
        done = scratch.run("-D", option, "-c", "SELECT 1;")
        expect(done.returncode == 1 and option.split("=")[0] in done.stderr, f"{done.returncode}: {done.stderr}")


def test_instants_are_marked(scratch):
    setup = ("CREATE TABLE t (at STRING) WITH ('connector' = 'inline', 'rows' = '\n2024-05-06 07:08:09\n');\n"
             "SET 'table.local-time-zone' = 'Asia/Tokyo';\n"
             "CREATE TABLE p (at TIMESTAMP_LTZ(0)) WITH ('connector' = 'print');\n"
             "INSERT INTO p SELECT CAST(at AS TIMESTAMP_LTZ(0)) FROM t;\n")
    done = scratch.run("--no-catalog", "-c", setup)
    expect(done.returncode == 0, done.stderr)
    expect("2024-05-05 22:08:09Z" in done.stdout + done.stderr, done.stdout + done.stderr)


def test_an_interval_join_of_processing_time_goes_by_the_clock(scratch):
    """Rows without a match come when theirs can come no more, though no watermark ever says so."""
    tables = "".join(f"CREATE TABLE {name} (k INT, t AS PROCTIME()) WITH ('connector' = 'datagen', 'rows-per-second' = '20', "
                     f"'fields.k.min' = '{low}', 'fields.k.max' = '{low + 9}');\n" for name, low in (("l", 0), ("r", 100)))
    within = "BETWEEN r.t - INTERVAL '0.2' SECOND AND r.t + INTERVAL '0.2' SECOND"
    for condition in (f"l.t {within}", f"l.t >= r.t - INTERVAL '0.2' SECOND AND l.k < 1000 AND l.t <= r.t + INTERVAL '0.2' SECOND"):
        done = scratch.run("--no-catalog", "-c", f"{tables}SELECT r.k FROM l LEFT JOIN r ON l.k = r.k AND {condition} LIMIT 3;")
        expect(done.returncode == 0, done.stderr)
        expect(done.stdout.count("NULL") == 3, done.stdout)
    said = explain(scratch, "", f"SELECT r.k FROM l LEFT JOIN r ON l.k = r.k AND l.t {within}", tables)["Physical Plan"]
    expect(any("processing time in [-200 ms, 200 ms]" in line for line in said), said)


def test_any_pair_of_times_bounds_an_interval_join(scratch):
    """The first condition on two times need not be one of the bounds."""
    table = ("CREATE TABLE {0} (k INT, p AS PROCTIME(), t TIMESTAMP(3), WATERMARK FOR t AS t) WITH ('connector' = 'inline', "
             "'rows' = '1, 2024-01-01 00:00:00');\n")
    said = explain(scratch, "", "SELECT l.k FROM l LEFT JOIN r ON l.k = r.k AND l.p >= r.p AND l.t BETWEEN r.t AND r.t + INTERVAL '1' SECOND",
                   table.format("l") + table.format("r"))["Physical Plan"]
    expect(any("IntervalJoin" in line for line in said), said)


def test_a_signal_during_the_last_commit_lets_it_end(scratch):
    faulty = os.path.join(os.path.dirname(program()), "weir_faulty")
    if not os.path.exists(faulty):
        return
    script = scratch.write("a.sql", TABLE + "CREATE TABLE o (id INT, v BIGINT) WITH ('connector' = 'filesystem', "
                           "'path' = 'out', 'format' = 'csv');\nINSERT INTO o SELECT id, v FROM a;\n")
    log = os.path.join(scratch.path, "points")
    child = subprocess.Popen([faulty, "-f", script], cwd=scratch.path, text=True, stdin=subprocess.DEVNULL,
                             env=scratch.environment(WEIR_DELAY_AT="sink.before_rename:3000000", WEIR_FAULT_LOG=log),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_point(child, log, "sink.before_rename")
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=DEADLINE)
    expect(child.returncode == 130, f"exit {child.returncode}: {errors}")
    expect("its output is committed" in errors and "E5002" not in errors, errors)
    rows = 0
    for name in os.listdir(os.path.join(scratch.path, "out")):
        if name.startswith(".weir-committed-"):
            continue  # how far the job has come
        expect(not name.startswith("."), name)
        with open(os.path.join(scratch.path, "out", name), encoding="utf-8") as file:
            rows += len(file.readlines())
    expect(rows == 5, str(rows))


def wait_for_point(child, log, point):
    while child.poll() is None:
        if os.path.exists(log):
            with open(log, encoding="utf-8") as file:
                if point in file.read():
                    return
        time.sleep(0.02)
    expect(False, f"ended before {point}")


if __name__ == "__main__":
    run_all(globals())
