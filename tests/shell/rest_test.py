#!/usr/bin/env python3
"""REST: Flink's paths with Flink's keys, figures that move, operations, and Flink's own command line as a client."""
import glob
import os
import re
import shutil
import subprocess
import time

from http_test import INSERT, ROOT, TABLES, Server, skip
from weir_shell import expect, program, run_all

SUMS = TABLES + "SET 'pipeline.name' = 'sums';" + INSERT
NEVER = "0" * 32


def start(server, text=SUMS, name="sums"):
    """The id of a job that has a checkpoint."""
    server.start(text)
    server.until(lambda: job_of(server, name)["state"] == "RUNNING", "it runs")
    job = job_of(server, name)["jid"]
    server.until(lambda: server.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] > 0, "a checkpoint")
    return job


def job_of(server, name):
    return next(job for job in server.get("/jobs/overview")["jobs"] if job["name"] == name)


def outcome(server, path):
    """What became of an operation."""
    server.until(lambda: server.get(path)["status"]["id"] == "COMPLETED", path)
    return server.get(path)["operation"]


def keys(value, at=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            here = at + "/" + ("*" if re.fullmatch("[0-9a-f]{32}", key) else key)
            yield here
            if key != "user-config":  # whatever options there are
                yield from keys(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, at + "/[]")


def flinks_keys():
    found = {}
    with open(os.path.join(ROOT, "tests", "shell", "flink_rest_keys.tsv"), encoding="utf-8") as file:
        for line in list(file)[2:]:
            path, key = line.rstrip("\n").split("\t")
            found.setdefault(path, set()).add(key)
    return found


def documented():
    """(path, key) that docs/rest.md says are otherwise."""
    with open(os.path.join(ROOT, "docs", "rest.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `([A-Z]+ /[^`]*)` \| (`[^|]*`) \|", file.read(), re.M)
    return {(path, key) for path, named in rows for key in re.findall("`([^`]+)`", named)}


def our_keys(scratch):
    """Path -> keys, of the same job with the same life."""
    found = {}

    def keep(server, route, path, method="GET", body=None):
        status, answer = server.ask(path, method, body)
        expect(status < 300, f"{method} {path}: {status} {answer}")
        return note(f"{method} {route}", answer)

    def note(route, answer):
        found.setdefault(route, set()).update(keys(answer))
        return answer

    with Server(scratch, "-D", "parallelism.default=2") as server:
        job = start(server)
        for path in ("/config", "/overview", "/jobs", "/jobs/overview"):
            keep(server, path, path)
        at, route = f"/jobs/{job}", "/jobs/:job"
        vertices = [vertex["id"] for vertex in keep(server, route, at)["vertices"]]
        for path in ("config", "checkpoints/config", "plan", "status", "execution-result", "accumulators"):
            keep(server, f"{route}/{path}", f"{at}/{path}")
        for vertex in vertices:
            for path in ("", "/backpressure", "/subtasktimes", "/watermarks"):
                keep(server, f"{route}/vertices/:vertex{path}", f"{at}/vertices/{vertex}{path}")
        asked = keep(server, f"{route}/savepoints", f"{at}/savepoints", "POST", {"target-directory": "file://" + scratch.path + "/sp"})
        saved = outcome(server, f"{at}/savepoints/{asked['request-id']}")["location"]
        keep(server, f"{route}/savepoints/:request", f"{at}/savepoints/{asked['request-id']}")
        keep(server, f"{route}/checkpoints", f"{at}/checkpoints")
        note(f"GET {route}/checkpoints/details/:checkpoint", checkpoint_details(server, at))
        for path in (saved, "/nowhere"):
            asked = keep(server, "/savepoint-disposal", "/savepoint-disposal", "POST", {"savepoint-path": path})
            outcome(server, f"/savepoint-disposal/{asked['request-id']}")
            keep(server, "/savepoint-disposal/:request", f"/savepoint-disposal/{asked['request-id']}")
        keep(server, f"{route}/stop", f"{at}/stop", "POST", {"targetDirectory": scratch.path + "/sp2", "drain": False})
        server.until(lambda: job_of(server, "sums")["state"] == "SUSPENDED", "it stops")
        server.start(TABLES + "SET 'pipeline.name' = 'bad'; SET 'restart-strategy.type' = 'none';"
                     "INSERT INTO totals SELECT CAST('x' || CAST(id AS STRING) AS BIGINT), id, price FROM orders;", fails=True)
        server.until(lambda: job_of(server, "bad")["state"] == "FAILED", "it fails")
        keep(server, f"{route}/exceptions", f"/jobs/{job_of(server, 'bad')['jid']}/exceptions")
    return found


def checkpoint_details(server, at):
    """Of the newest. The next one may replace it between the two questions."""
    for _ in range(100):
        newest = server.get(f"{at}/checkpoints")["history"][0]["id"]
        status, answer = server.ask(f"{at}/checkpoints/details/{newest}")
        if status == 200:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"checkpoint {newest}: {status} {answer}")


def test_keys_are_flinks(scratch):
    flinks, ours, said = flinks_keys(), our_keys(scratch), documented()
    different = {(path, key) for path in flinks for key in flinks[path] ^ ours[path]}
    expect(set(flinks) == set(ours), set(flinks) ^ set(ours))
    expect(different == said, f"not in docs/rest.md: {sorted(different - said)}; only there: {sorted(said - different)}")
    for path in flinks:
        number = sum(1 for one, _ in different if one == path)
        expect(number <= 10, f"{path} differs in {number} keys")


def test_every_path_is_known_without_v1_too(scratch):
    with Server(scratch, "-D", "parallelism.default=2") as server:
        job = start(server)
        for path in ("/jobs", f"/jobs/{job}", "/jobs/sums", f"/jobs/{job}/plan"):
            expect(server.get(path).keys() == server.get("/v1" + path).keys(), path)
        for path in (f"/jobs/{NEVER}", "/jobs/xyz", f"/jobs/{job}/vertices/{NEVER}", f"/jobs/{job}/checkpoints/details/999999",
                     f"/jobs/{job}/savepoints/{NEVER}", f"/savepoint-disposal/{NEVER}"):
            status, body = server.ask(path)
            expect(status == 404 and body["errors"], f"{path}: {status} {body}")


def test_figures_move(scratch):
    with Server(scratch, "-D", "parallelism.default=2") as server:
        job = start(server)
        first = server.get(f"/jobs/{job}")
        time.sleep(0.5)
        then = server.get(f"/jobs/{job}")
        for before, after in zip(first["vertices"], then["vertices"]):
            moved = max(after["metrics"][key] - before["metrics"][key] for key in ("read-records", "write-records"))
            expect(100 <= moved <= 2000, f"{moved} rows")
            parts = server.get(f"/jobs/{job}/vertices/{after['id']}")
            expect(len(parts["subtasks"]) == after["parallelism"] == 2, parts)
            expect(parts["aggregated"]["metrics"]["write-records"]["sum"] >= after["metrics"]["write-records"], parts)
            ratios = server.get(f"/jobs/{job}/vertices/{after['id']}/backpressure")["subtasks"][0]
            expect(abs(sum(ratios[key] for key in ("ratio", "idleRatio", "busyRatio")) - 1) < 0.01, ratios)
        expect(then["duration"] - first["duration"] >= 450, "time goes on")
        nodes = {node["id"]: node for node in then["plan"]["nodes"]}
        edges = [(edge["id"], node) for node in nodes for edge in nodes[node].get("inputs", ())]
        expect(edges == [(then["vertices"][0]["id"], then["vertices"][1]["id"])], edges)
        expect(set(nodes) == {vertex["id"] for vertex in then["vertices"]}, nodes)
        counts = server.get(f"/jobs/{job}/checkpoints")["counts"]["completed"]
        server.until(lambda: server.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] > counts, "checkpoints are counted")


def test_operations(scratch):
    with Server(scratch, "-D", "parallelism.default=2") as server:
        job = start(server)
        for path, method, body, wanted in (
                (f"/jobs/{NEVER}/savepoints", "POST", {"target-directory": "sp"}, 404),
                (f"/jobs/{NEVER}/stop", "POST", {}, 404),
                (f"/jobs/{NEVER}?mode=cancel", "PATCH", None, 404),
                (f"/jobs/{job}?mode=stop", "PATCH", None, 400),
                (f"/jobs/{job}/rescaling?parallelism=4", "PATCH", None, 503),  # as with Flink 2.3
                (f"/jobs/{job}/rescaling/{NEVER}", "GET", None, 503),
                (f"/jobs/{NEVER}/rescaling?parallelism=4", "PATCH", None, 404),
                (f"/jobs/{job}/savepoints", "POST", {"formatType": "ODD"}, 400),
                (f"/jobs/{job}/savepoints", "POST", [], 400),
                (f"/jobs/{job}/savepoints", "POST", {"cancel-job": True, "formatType": "NATIVE"}, 400),
                (f"/jobs/{job}/savepoints", "POST", {"targetDirectory": "sp"}, 400),
                (f"/jobs/{job}/stop", "POST", {"formatType": "NATIVE"}, 400),
                (f"/jobs/{job}/checkpoints", "POST", {"checkpointType": "FULL"}, 400),
                ("/savepoint-disposal", "POST", {}, 400)):
            status, answer = server.ask(path, method, body)
            expect(status == wanted and answer["errors"], f"{method} {path} {body}: {status} {answer}")
        asked = server.ask(f"/jobs/{job}/savepoints", "POST", {})[1]
        expect("no directory for savepoints" in outcome(server, f"/jobs/{job}/savepoints/{asked['request-id']}")["failure-cause"]["stack-trace"], asked)
        wanted = "a" * 32
        body = {"target-directory": scratch.path + "/sp", "formatType": "NATIVE", "triggerId": wanted}
        for _ in range(2):  # one that was asked for twice is taken once
            expect(server.ask(f"/jobs/{job}/savepoints", "POST", body) == (202, {"request-id": wanted}), "the id is the client's")
        saved = outcome(server, f"/jobs/{job}/savepoints/{wanted}")["location"].removeprefix("file:")
        expect(os.listdir(scratch.path + "/sp") == [os.path.basename(saved)], saved)
        expect(job_of(server, "sums")["state"] == "RUNNING", "it goes on")
        expect(server.ask(f"/jobs/{NEVER}/savepoints/{wanted}")[0] == 404, "of another job")
        asked = server.ask("/savepoint-disposal", "POST", {"savepoint-path": saved})[1]
        expect(outcome(server, f"/savepoint-disposal/{asked['request-id']}") == {}, "it is removed")
        expect(not os.path.exists(saved), saved)
        expect(server.ask(f"/jobs/{job}?mode=cancel", "PATCH") == (202, {}), "cancel")
        server.until(lambda: job_of(server, "sums")["state"] == "CANCELED", "it ends")
        expect(server.ask(f"/jobs/{job}?mode=cancel", "PATCH")[0] == 409, "it has ended")
        expect(server.ask(f"/jobs/{job}/stop", "POST", {})[0] == 400, "it does not run")


def test_a_checkpoint_is_taken(scratch):
    with Server(scratch, "-D", "parallelism.default=2") as server:
        job = start(server)
        wanted = "b" * 32
        expect(server.ask(f"/jobs/{job}/checkpoints", "POST", {"triggerId": wanted}) == (202, {"request-id": wanted}), "it begins")
        taken = outcome(server, f"/jobs/{job}/checkpoints/{wanted}")["checkpointId"]
        expect(isinstance(taken, int) and server.get(f"/jobs/{job}/checkpoints")["counts"]["completed"] > 0, taken)
        expect(server.ask(f"/jobs/{NEVER}/checkpoints", "POST", {})[0] == 404, "of no job")
        expect(server.ask(f"/jobs/{job}/checkpoints/{NEVER}")[0] == 404, "that was not asked for")


# --- what the page asks for ----------------------------------------------------------------------

def test_figures_of_a_job_and_where_its_operators_come_from(scratch):
    with Server(scratch, "-D", "parallelism.default=2") as server:
        job = start(server)
        first = server.get(f"/jobs/{job}/figures")
        time.sleep(0.5)
        then = server.get(f"/jobs/{job}/figures")
        expect(100 <= then["source_rows"] - first["source_rows"] <= 2000 and then["now"] > first["now"], f"{first} {then}")
        expect(then["state"] == "RUNNING" and then["state_bytes"] > 0 and then["checkpoints"]["completed"] > 0, then)
        expect([one["from"] for node in then["operators"] for one in node["inputs"]] == list(range(len(then["operators"]) - 1)), then)
        expect({task["chain"] for task in then["tasks"]} == {node["chain"] for node in then["operators"]}, then)
        line = next(one for one in server.get("/figures")["jobs"] if one["name"] == "sums")
        expect(line["id"] == job and line["source_rows"] >= then["source_rows"] and "operators" not in line, line)
        source = server.get(f"/jobs/{job}/source")
        expect(source["written"] == INSERT.rstrip(";") and len(source["definitions"]) == 2, source)
        places = {one["uid"]: source["written"][one["begin"]:one["end"]] for one in source["places"]}
        group = next(node["uid"] for node in then["operators"] if node["kind"] == "GroupAggregate" and node["state_bytes"] > 0)
        expect(places[group] == "GROUP BY item" and places["src:orders"] == "orders", places)
        server.stop("sums")
        expect(server.get(f"/jobs/{job}/figures")["state"] == "SUSPENDED", "it is known when it has ended")


def test_a_script_is_checked_and_nothing_of_it_runs(scratch):
    with Server(scratch) as server:
        script = TABLES + "SELECT 'ä', prise FROM orders;\n" + INSERT + "DROP JOB nothing; SELEC 1"
        status, found = server.ask("/validate", "POST", {"script": script})
        expect(status == 200 and [one["words"] for one in found["statements"]][:2] == ["CREATE TABLE"] * 2, found)
        one, other = found["findings"]
        text = script.encode()
        expect(text[one["begin"]:one["end"]] == b"prise" and one["code"] == "E2003" and "price" in one["hint"], one)
        expect(text[other["begin"]:other["end"]] == b"SELEC" and other["code"] == "E1001", other)
        catalog = server.get("/catalog")
        expect(catalog["tables"] == [] and server.get("/jobs")["jobs"] == [], catalog)
        expect("SELECT" in catalog["keywords"] and {"UPPER", "COUNT"} <= set(catalog["functions"]), "words")
        server.ask("/sql", "POST", {"statement": TABLES.split(";")[0]})
        table = server.get("/catalog")["tables"][0]
        expect(table["name"] == "orders" and table["columns"][2] == {"name": "price", "type": "DOUBLE", "time": False}, table)
        expect(server.ask("/validate", "POST", {})[0] == 400, "no script")


def edited(server, request):
    server.until(lambda: server.get(f"/restore/{request}")["status"]["id"] == "COMPLETED", "the edit ends")
    return server.get(f"/restore/{request}")


def test_a_running_query_is_edited(scratch):
    with Server(scratch) as server:
        job = start(server)
        changed = TABLES + INSERT.replace("SUM(price)", "MAX(price)")
        status, report = server.ask("/explain-restore", "POST", {"job": job, "script": changed})
        verdicts = {row["operator"]: row for row in report["rows"]}
        expect(status == 200 and not report["allowed"] and verdicts["Scan"]["verdict"] == "FULL", report)
        group = verdicts["GroupAggregate"]
        expect(group["verdict"] == "PARTIAL" and group["needs"] == "ALLOW PARTIAL" and changed[group["begin"]:group["end"]] == "GROUP BY item", group)
        asked = server.ask("/restore", "POST", {"job": job, "script": changed})[1]["request-id"]
        refused = edited(server, asked)
        expect(refused["outcome"] == "refused" and refused["job"] == job and job_of(server, "sums")["jid"] == job, refused)
        clauses = "\n".join(row["needs"] for row in report["rows"] if row["needs"])
        expect(server.ask("/explain-restore", "POST", {"job": job, "script": changed, "clauses": clauses})[1]["allowed"], clauses)
        expect(server.get(f"/jobs/{job}/status")["status"] == "RUNNING", "only looked at so far")
        asked = server.ask("/restore", "POST", {"job": job, "script": changed, "clauses": clauses})[1]["request-id"]
        expect(server.ask("/restore", "POST", {"job": job, "script": changed})[0] == 400, "one at a time")
        done = edited(server, asked)
        expect(done["outcome"] == "edited" and done["job"] != job and os.path.isdir(done["savepoint"]), done)
        expect([step["name"] for step in done["steps"]] == ["check", "stop", "start", "watch"], done)
        expect("MAX(price)" in server.get(f"/jobs/{done['job']}/source")["sql"], "it is the new one")
        # What comes from outside is clauses and a script, and nothing else.
        for script, clauses, code in ((changed, "AS INSERT INTO totals SELECT 1, 2, 3.0 --", "E1001"), (changed, "; DROP JOB sums", "E1001"),
                                      ("DROP JOB sums; " + INSERT, "", "E2015"), (TABLES, "", "E2015"), (TABLES + "SELEC", "", "E1001")):
            status, answer = server.ask("/explain-restore", "POST", {"job": done["job"], "script": script, "clauses": clauses})
            expect(status == 400 and answer["code"] == code, f"{script[-40:]} {clauses}: {status} {answer}")
        expect(server.ask(f"/restore/{NEVER}")[0] == 404, "no such edit")


def test_a_new_query_that_fails_gives_way_to_the_old_one(scratch):
    out = "CREATE TABLE copied (id BIGINT) WITH ('connector' = 'filesystem', 'path' = 'copied', 'format' = 'csv');"
    numbers = TABLES.replace("'rows-per-second'", "'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '9000000', 'rows-per-second'")
    copy = "INSERT INTO copied SELECT id FROM orders;"

    def committed():
        parts = [name for name in glob.glob(scratch.path + "/copied/**", recursive=True) if os.path.isfile(name) and os.path.basename(name)[0] not in "._"]
        return sorted(int(line) for name in parts for line in open(name, encoding="ascii"))

    with Server(scratch) as server:
        for name, breaks in (("data", "1 / (id - id)"), ("retried", "CAST('x' || CAST(id AS STRING) AS BIGINT)")):
            job = start(server, numbers + out + "SET 'pipeline.name' = 'copy';" + copy, "copy") if name == "data" else job_of_running(server, "copy")
            broken = numbers + out + copy.replace("SELECT id", "SELECT " + breaks)
            began = time.monotonic()
            asked = server.ask("/restore", "POST", {"job": job, "script": broken, "clauses": "ACCEPT CHANGES ('sink:copied/sink.w')"})[1]["request-id"]
            done = edited(server, asked)
            expect(done["outcome"] == "reverted" and done["failure"]["code"], done)
            expect(time.monotonic() - began < 30, "within 30 s")
            expect(job_of_running(server, "copy") == done["job"] != job, done)
        before = len(committed())
        server.until(lambda: len(committed()) > before + 500, "it goes on")
        server.stop("copy")
        rows = committed()
        expect(rows == list(range(1, len(rows) + 1)), f"{len(rows)} rows as if never edited")


def test_what_was_left_is_told_the_way_back(scratch):
    scratch.write("in/a.csv", "1\n2\n")
    tables = f"""CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '{scratch.path}/in', 'format' = 'csv',
  'source.monitor-interval' = '50 ms');
CREATE TABLE copied (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '{scratch.path}/copied', 'format' = 'csv');
"""
    copy = "INSERT INTO copied SELECT id FROM numbers;"

    def committed():
        parts = [name for name in glob.glob(scratch.path + "/copied/**", recursive=True) if os.path.isfile(name) and os.path.basename(name)[0] not in "._"]
        return sorted(int(line) for name in parts for line in open(name, encoding="ascii"))

    def go_back(done):
        for statement in done["way_back"].split("\n"):
            status, answer = server.ask("/sql", "POST", {"statement": statement.rstrip(";"), "settings": {"table.dml-sync": "false"}})
            expect(status == 200, answer)
        running = job_of_running(server, "copy")
        expect("100" not in server.get(f"/jobs/{running}/source")["sql"], "it is not the old one")
        return running

    with Server(scratch) as server:
        job = start(server, tables + "SET 'pipeline.name' = 'copy';" + copy, "copy")
        server.until(lambda: committed() == [1, 2], "the first file is copied")
        other = {"script": tables + copy.replace("SELECT id", "SELECT id + 100"), "clauses": "ACCEPT CHANGES ('sink:copied/sink.w')"}
        # No row comes, so that the new query is watched until somebody ends it.
        asked = server.ask("/restore", "POST", dict(other, job=job))[1]["request-id"]
        server.until(lambda: [step["name"] for step in server.get(f"/restore/{asked}")["steps"]][-1:] == ["watch"], "the new query is watched")
        expect(server.ask("/sql", "POST", {"statement": "CANCEL JOB copy"})[0] == 200, "it is cancelled")
        done = edited(server, asked)
        expect(done["outcome"] == "left" and done["way_back"] == f"RESTORE JOB `copy` FROM '{done['savepoint']}';", done)
        job = go_back(done)
        # One that runs is cancelled first; its rows stay, and come again.
        asked = server.ask("/restore", "POST", dict(other, job=job))[1]["request-id"]
        scratch.write("in/b.csv", "3\n")
        done = edited(server, asked)
        expect(done["outcome"] == "edited" and done["way_back"].startswith("CANCEL JOB `copy`;\nRESTORE JOB `copy` FROM '"), done)
        server.until(lambda: committed() == [1, 2, 103], "the new query has committed")
        go_back(done)
        server.until(lambda: committed() == [1, 2, 3, 103], "the old one gives the row again")


def test_a_job_that_failed_goes_on_with_another_query(scratch):
    numbers = TABLES.replace("'rows-per-second'", "'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '9000000', 'rows-per-second'")
    copy = "INSERT INTO totals SELECT id, 1 / (id - 2000), price FROM orders;"
    with Server(scratch) as server:
        server.start(numbers + "SET 'pipeline.name' = 'copy';" + copy, fails=True)
        server.until(lambda: job_of(server, "copy")["state"] == "FAILED", "it fails")
        job = job_of(server, "copy")["jid"]
        mended = {"job": job, "script": numbers + copy.replace("1 / (id - 2000)", "id"), "clauses": "ACCEPT CHANGES ('sink:totals/sink.w')"}
        done = edited(server, server.ask("/restore", "POST", mended)[1]["request-id"])
        expect(done["outcome"] == "edited" and [step["name"] for step in done["steps"]] == ["check", "start", "watch"], done)
        server.until(lambda: server.get(f"/jobs/{done['job']}/figures")["source_rows"] > 500, "it runs past that row")


def test_a_server_that_dies_during_an_edit_leaves_one_job(scratch):
    """Killed at once after each step: the next server runs the old query or the new one."""
    changed = TABLES + INSERT.replace("SUM(price)", "SUM(price) + 1")
    for steps in (2, 3, 4):
        with Server(scratch) as server:
            job = start(server) if steps == 2 else job_of_running(server, "sums")
            body = {"job": job, "script": changed.replace("+ 1", f"+ {steps}"), "clauses": "ACCEPT CHANGES ('sink:totals/sink.w')"}
            asked = server.ask("/restore", "POST", body)[1]["request-id"]
            end = time.monotonic() + 30
            while len(server.get(f"/restore/{asked}")["steps"]) < steps:
                expect(time.monotonic() < end, f"step {steps}")
            server.process.kill()
            server.process.wait()
        with Server(scratch) as server:
            server.until(lambda: server.get("/overview")["jobs-running"] == 1, f"one job runs: {server.get('/jobs/overview')}")
            server.until(lambda: server.get(f"/jobs/{job_of_running(server, 'sums')}/figures")["checkpoints"]["completed"] > 0, "it goes on")


def test_a_server_that_stops_does_not_wait_for_rows(scratch):
    os.mkdir(os.path.join(scratch.path, "coming"))
    silent = TABLES.replace("'connector' = 'datagen', 'rows-per-second' = '500',\n    'fields.item.min' = '1', 'fields.item.max' = '10'",
                            "'connector' = 'filesystem', 'path' = 'coming', 'format' = 'csv', 'source.monitor-interval' = '1 s'")
    expect("datagen" not in silent, silent)
    with Server(scratch) as server:
        job = start(server, silent + "SET 'pipeline.name' = 'sums';" + INSERT)
        body = {"job": job, "script": silent + INSERT.replace("SUM(price)", "SUM(price) + 1"), "clauses": "ACCEPT CHANGES ('sink:totals/sink.w')"}
        asked = server.ask("/restore", "POST", body)[1]["request-id"]
        server.until(lambda: len(server.get(f"/restore/{asked}")["steps"]) == 4, "it is watched")
        began = time.monotonic()
        expect(server.end() == 0, server.log())
        expect(time.monotonic() - began < 10, f"{time.monotonic() - began} s")
    with Server(scratch) as server:
        server.until(lambda: server.get("/overview")["jobs-running"] == 1, "the new query goes on")
        expect("+ 1" in server.get(f"/jobs/{job_of_running(server, 'sums')}/source")["sql"], "the new one")


def job_of_running(server, name):
    """The id of the job, as soon as it runs."""
    found = []

    def runs():
        found[:] = [job["jid"] for job in server.get("/jobs/overview")["jobs"] if job["name"] == name and job["state"] == "RUNNING"]
        return found

    server.until(runs, f"{name} runs")
    return found[0]


# --- Flink's own command line --------------------------------------------------------------------

OPENS = ("java.util", "java.lang", "java.time", "java.nio", "sun.nio.ch", "java.util.concurrent", "java.net", "java.text")


def flinks_libraries():
    """The directory with Flink's libraries, or why there is none."""
    said = os.environ.get("WEIR_FLINK_LIBRARIES")
    where = said or os.path.join(os.path.dirname(program()), "flink-client")
    if shutil.which("java") is None:
        return None, "there is no java"
    if not glob.glob(os.path.join(where, "flink-clients-*.jar")):
        if said or shutil.which("mvn") is None:
            return None, "there is no Maven to fetch Flink's libraries"
        pom = os.path.join(ROOT, "tests", "shell", "flink_client.xml")
        done = subprocess.run(["mvn", "-q", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={where}"],
                              capture_output=True, text=True, timeout=540, check=False)
        if done.returncode != 0:
            return None, "Maven cannot fetch Flink's libraries"
    return where, ""


def test_flinks_command_line(scratch):
    libraries, reason = flinks_libraries()
    if libraries is None:
        return skip("flinks_command_line", reason)
    scratch.write("conf/config.yaml", "rest.address: 127.0.0.1\n")
    with Server(scratch, "-D", "parallelism.default=2") as server:
        job = start(server)

        def flink(*arguments, code=0):
            opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENS]
            environment = scratch.environment(FLINK_CONF_DIR=scratch.path + "/conf",
                                              FLINK_REST_CLIENT_HEADERS=f"Authorization:Bearer {server.token}")
            verb, *rest = arguments
            done = subprocess.run(["java", "-Xmx300m", *opens, "-cp", libraries + "/*", "org.apache.flink.client.cli.CliFrontend",
                                   verb, "-m", f"127.0.0.1:{server.port}", *rest], cwd=scratch.path, env=environment, text=True,
                                  capture_output=True, timeout=120, check=False)
            expect(done.returncode == code, f"{arguments}: exit {done.returncode}: {done.stdout}{done.stderr}")
            return done.stdout + done.stderr

        expect(re.search(rf"{job} : sums \(RUNNING\)", flink("list", "-a")), "list -a")
        saved = re.search(r"Path: file:(\S+)", flink("savepoint", job, scratch.path + "/sp")).group(1)
        expect(os.path.exists(saved + "/_metadata"), saved)
        expect("disposed" in flink("savepoint", "-d", saved) and not os.path.exists(saved), "savepoint -d")
        asked = re.search(r"\b[0-9a-f]{32}\b(?!.*\b[0-9a-f]{32}\b)", flink("savepoint", "-detached", job, scratch.path + "/sp4"), re.S)
        saved = outcome(server, f"/jobs/{job}/savepoints/{asked.group()}")["location"]
        expect(saved.startswith(f"file:{scratch.path}/sp4/"), f"{asked.group()}: {saved}")
        for arguments, why in ((("savepoint", "-d", "/nowhere"), "E7004: there is no savepoint or checkpoint at /nowhere"),
                               (("savepoint", job), "E7003: there is no directory for savepoints")):
            said = flink(*arguments, code=1)
            expect(why in said, f"{arguments} says not {why}: {said}")
        said = flink("stop", "-p", scratch.path + "/sp2", job)
        expect(os.path.exists(re.search(r"Path: file:(\S+)", said).group(1)), said)
        server.until(lambda: job_of(server, "sums")["state"] == "SUSPENDED", "stop")
        other = start(server, SUMS.replace("'sums'", "'more'"), "more")
        said = flink("cancel", "-s", scratch.path + "/sp3", other)
        expect(os.listdir(scratch.path + "/sp3"), said)
        server.until(lambda: job_of(server, "more")["state"] == "CANCELED", "cancel -s")
        third = start(server, SUMS.replace("'sums'", "'third'"), "third")
        flink("cancel", third)
        server.until(lambda: job_of(server, "third")["state"] == "CANCELED", "cancel")


if __name__ == "__main__":
    run_all({name: test for name, test in globals().items() if getattr(test, "__module__", "") == "__main__"})
