#!/usr/bin/env python3
"""STATE OF …: what savepoints, checkpoints and running jobs hold is what a model has of the same rows; keys are found;
differences are those of two SELECTs; damage is named; nothing is changed or left."""
import collections
import glob
import hashlib
import json
import os
import random
import shutil

from weir_shell import DEADLINE, Scratch, expect, program, run_all

assert DEADLINE and program and Scratch

TABLES = """CREATE TABLE bid (k INT, who STRING, price BIGINT, d DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' =
  'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '50 ms');
CREATE TABLE groups (k INT, who STRING, n BIGINT, s BIGINT, a DOUBLE, b BIGINT, lo BIGINT, hi STRING, w BIGINT, v BIGINT, PRIMARY KEY (k, who) NOT ENFORCED)
  WITH ('connector' = 'blackhole');
CREATE TABLE wins (k INT, n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE pairs (k INT, a BIGINT, b BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE firsts (k INT, price BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
"""
JOB = """CREATE JOB j AS STATEMENT SET BEGIN
INSERT INTO groups SELECT k, who, COUNT(*), SUM(price), AVG(CAST(price AS DOUBLE)), AVG(price), MIN(price), MAX(who), COUNT(DISTINCT price), VAR_POP(price)
  FROM bid GROUP BY k, who;
INSERT INTO wins SELECT k, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end;
INSERT INTO pairs SELECT a.k, a.price, b.price FROM bid a JOIN bid b ON a.k = b.k AND a.who = 'w1' AND b.who = 'w2';
INSERT INTO firsts SELECT k, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS r FROM bid) WHERE r = 1;
END;
WAIT FOR JOB j UNTIL IDLE;
"""
GROUPS, WINS, PAIRS = "sink:groups/agg", "sink:wins/wagg", "sink:pairs/join"


def bids(seed, count):
    draw = random.Random(seed)
    return [(draw.randrange(8), f"w{draw.randrange(5)}", draw.randrange(1000), 100 * draw.randrange(60) + 1) for _ in range(count)]


def write(scratch, name, rows):
    os.makedirs(os.path.join(scratch.path, "in"), exist_ok=True)
    text = "".join(f"{k},{who},{price},1.50,2026-01-01 00:00:{at // 100:02d}.{at % 100:03d}\n" for k, who, price, at in rows)
    scratch.write("in/." + name, text)
    os.rename(os.path.join(scratch.path, "in", "." + name), os.path.join(scratch.path, "in", name))


def ok(scratch, sql, *arguments):
    done = scratch.run("-q", *arguments, text=sql)
    expect(done.returncode == 0, f"{sql}\n{done.stdout}{done.stderr}")
    return done.stdout


def rows(scratch, sql):
    return [json.loads(line) for line in ok(scratch, sql, "--format", "json").splitlines()]


def refused(scratch, sql, *words, code=3):
    done = scratch.run(text=sql)
    expect(done.returncode == code, f"{sql}: {done.returncode} {done.stderr}")
    for word in words:
        expect(word in done.stderr, f"{sql}: no {word!r} in {done.stderr}")


def savepoints(scratch, backend):
    """Two savepoints of a job, of fewer and of all rows, in each format: s1, s2, n1, n2."""
    first, more = bids(1, 700), bids(2, 300)
    write(scratch, "a.csv", first)
    start = TABLES + f"SET 'execution.checkpointing.interval' = '200 ms'; SET 'state.backend.type' = '{backend}'; "
    ok(scratch, start + JOB + "SAVEPOINT JOB j AS s1 TO 'sp'; SAVEPOINT JOB j AS n1 TO 'sn' FORMAT NATIVE; STOP JOB j;")
    write(scratch, "b.csv", more)
    ok(scratch, start + JOB + "SAVEPOINT JOB j AS s2 TO 'sp'; SAVEPOINT JOB j AS n2 TO 'sn' FORMAT NATIVE; STOP JOB j;")
    return first, first + more


def model_of_groups(all_bids):
    prices = collections.defaultdict(list)
    for k, who, price, _ in all_bids:
        prices[k, who].append(price)
    found = {}
    for key, of in prices.items():
        mean = sum(of) / len(of)
        variance = int((sum(p * p for p in of) - sum(of) ** 2 / len(of)) / len(of))
        found[key] = (len(of), sum(of), mean, sum(of) // len(of), min(of), key[1], len(set(of)), variance)
    return found


def read_groups(scratch, state, where=""):
    found = rows(scratch, f"SELECT * FROM STATE OF {state} UID '{GROUPS}' {where};")
    for row in found:
        expect(row["row_count"] == row["count(*)"] and row["last_write"] is None, row)
        expect(row["avg(CAST(price AS DOUBLE)).sum"] == row["sum(price)"], row)
    return {(r["k"], r["who"]): (r["count(*)"], r["sum(price)"], r["avg(CAST(price AS DOUBLE))"], r["avg(price)"], r["min(price)"],
                                 r["max(who)"], r["count(distinct price)"], r["var_pop(price)"]) for r in found}


def check_groups(scratch, state, all_bids):
    expected, found = model_of_groups(all_bids), read_groups(scratch, state)
    expect(set(found) == set(expected), f"{state}: {sorted(set(found) ^ set(expected))}")
    for key, row in expected.items():
        expect(abs(found[key][2] - row[2]) < 1e-9, f"{state} {key}: {found[key]} and not {row}")
        expect(found[key][:2] + found[key][3:] == row[:2] + row[3:], f"{state} {key}: {found[key]} and not {row}")


def check_others(scratch, state, all_bids):
    watermark = max(at for *_, at in all_bids) // 100
    windows = collections.Counter()
    for k, _, _, at in all_bids:
        windows[k, at // 1000 * 10] += 1
    found = rows(scratch, f"SELECT k, window_start, window_end, `count(*)` AS n FROM STATE OF {state} UID '{WINS}';")
    open_windows = {key: n for key, n in windows.items() if key[1] + 10 > watermark}
    expect({(r["k"], int(r["window_start"][17:19])): r["n"] for r in found} == open_windows, f"{state}: {found} {open_windows}")
    expect(all((int(r["window_end"][14:16]) * 60 + int(r["window_end"][17:19])) == int(r["window_start"][17:19]) + 10 for r in found), found)
    for side, who in (("left", "w1"), ("right", "w2")):
        found = rows(scratch, f"SELECT k, price FROM STATE OF {state} UID '{PAIRS}' TABLE '{side}';")
        kept = collections.Counter((r["k"], r["price"]) for r in found)
        expect(kept == collections.Counter((k, price) for k, one, price, _ in all_bids if one == who), f"{state} {side}")
    found = rows(scratch, f"SELECT k, who, `value`, `count` FROM STATE OF {state} UID '{GROUPS}' TABLE 'distinct(price)';")
    expect(collections.Counter({(r["k"], r["who"], r["value"]): r["count"] for r in found}) ==
           collections.Counter((k, who, price) for k, who, price, _ in all_bids), f"{state}: distinct")


def test_a_model(scratch):
    for backend in ("rocksdb", "memory"):
        first, both = savepoints(scratch, backend)
        newest = sorted(glob.glob(os.path.join(scratch.path, "weir-data/jobs/*/checkpoints/chk-*")),
                        key=lambda path: int(path.rsplit("-", 1)[1]))[-1]
        for state, of in (("s1", first), ("n1", first), ("s2", both), ("n2", both), (f"'{newest}'", both), (f"'{newest}/_metadata'", both)):
            check_groups(scratch, state, of)
        for state, of in (("s1", first), ("n2", both), (f"'{newest}'", both)):
            check_others(scratch, state, of)
        listed = rows(scratch, "SHOW STATE OF s2 LIKE 'sink:groups%';")
        expect([(r["uid"], r["table"], r["key"]) for r in listed] ==
               [(GROUPS, "groups", "k INT, who STRING"), (GROUPS, "distinct(price)", "k INT, who STRING")], listed)
        expect(listed[0]["rows"] == len(model_of_groups(both)) and listed[1]["rows"] == len({b[:3] for b in both}), listed)
        largest = collections.Counter((k, who) for k, who, _ in {b[:3] for b in both}).most_common(1)[0][1]
        expect(f"in {largest} rows" in listed[1]["largest keys"].split(";")[0], listed)
        ok(scratch, "DROP JOB j;")
        for name in ("s1", "s2", "n1", "n2"):
            ok(scratch, f"DROP SAVEPOINT {name};")
        for name in ("a.csv", "b.csv"):
            os.remove(os.path.join(scratch.path, "in", name))


def test_keys_are_looked_up(scratch):
    _, both = savepoints(scratch, "rocksdb")
    expected = model_of_groups(both)
    for state in ("s2", "n2"):
        for k, who in ((0, "w0"), (7, "w4"), (3, "w2"), (99, "w1"), (1, "w")):
            found = read_groups(scratch, state, f"WHERE who = '{who}' AND k = {k}")
            expect(list(found) == ([(k, who)] if (k, who) in expected else []), f"{state} {k} {who}: {found}")
        found = read_groups(scratch, state, "WHERE k IN (1, 2, 2, 77) AND who IN ('w1', 'x') AND `count(*)` > 0")
        expect(sorted(found) == sorted(key for key in expected if key[0] in (1, 2) and key[1] == "w1"), found)
        expect(not read_groups(scratch, state, "WHERE k = 1 AND k = 2 AND who = 'w1'"), "no key is two")
        expect(not read_groups(scratch, state, "WHERE k = CAST(NULL AS INT) AND who = 'w1'"), "NULL equals nothing")
        found = read_groups(scratch, state, "WHERE k = CAST(1 AS BIGINT) AND who = 'w3'")
        expect(list(found) == [(1, "w3")], f"another integer is the same key: {found}")
        found = read_groups(scratch, state, "WHERE k > 3 AND who < 'w2'")
        expect(sorted(found) == sorted(key for key in expected if key[0] > 3 and key[1] < "w2"), found)
        everything = rows(scratch, f"SELECT k, window_end, `count(*)` FROM STATE OF {state} UID '{WINS}';")
        found = rows(scratch, f"SELECT k, window_end, `count(*)` FROM STATE OF {state} UID '{WINS}' WHERE k = 4;")
        same = sorted(map(str, found)) == sorted(str(row) for row in everything if row["k"] == 4)
        expect(same and found, f"a key in each window: {found}")
        everything = rows(scratch, f"SELECT * FROM STATE OF {state} UID '{PAIRS}' TABLE 'left';")
        found = rows(scratch, f"SELECT * FROM STATE OF {state} UID '{PAIRS}' TABLE 'left' WHERE k = 4;")
        same = sorted(map(str, found)) == sorted(str(row) for row in everything if row["k"] == 4)
        expect(same and found, f"a key's rows: {found}")
        found = rows(scratch, f"SELECT COUNT(*) AS n FROM STATE OF {state} UID '{GROUPS}' TABLE 'distinct(price)' WHERE k = 4 AND who = 'w4';")
        expect(found[0]["n"] == len({b[:3] for b in both if b[:2] == (4, 'w4')}), found)


def test_differences(scratch):
    savepoints(scratch, "rocksdb")
    tables = ((GROUPS, "groups"), (GROUPS, "distinct(price)"), (WINS, "windows"), (PAIRS, "left"), (PAIRS, "right"))
    for old, new in (("s1", "s2"), ("n1", "n2"), ("s1", "n2"), ("n2", "s1"), ("s1", "n1")):
        changes = 0
        for uid, table in tables:
            of = f"UID '{uid}' TABLE '{table}'"
            before, after = (collections.Counter(json.dumps(row) for row in rows(scratch, f"SELECT * FROM STATE OF {state} {of};"))
                             for state in (old, new))
            found = rows(scratch, f"SHOW STATE DIFFERENCE OF {old} AND {new} {of};")
            changes += len(found)
            ops = [row.pop("op") for row in found]
            gone, came = (collections.Counter(json.dumps(row) for row, op in zip(found, ops) if op in kinds)
                          for kinds in (("-D", "-U"), ("+I", "+U")))
            expect(gone == before - after and came == after - before, f"{old} {new} {of}: {gone} {came}")
            updates = [i for i, op in enumerate(ops) if op == "-U"]
            keys = [name for name in (found[0] if found else {}) if name in ("k", "who", "value", "window_end")]
            expect(all(ops[i + 1] == "+U" and all(found[i][name] == found[i + 1][name] for name in keys) for i in updates), ops)
            expect(ops.count("+U") == len(updates) and (table in ("left", "right")) <= (not updates), ops)
        listed = rows(scratch, f"SHOW STATE DIFFERENCE OF {old} AND {new};")
        counted = [row for row in listed if (row["uid"], row["table"]) in tables]
        expect(len(counted) == changes and all(row["key"] and row["op"] for row in listed), f"{old} {new}: {len(counted)} {changes}")
        if (old, new) == ("s1", "n1"):
            expect(not listed, f"one state in two formats: {listed[:3]}")
        else:
            expect(changes > 50, changes)
    refused(scratch, f"SHOW STATE DIFFERENCE OF s1 AND s2 UID '{GROUPS}x';", "E7002", f'did you mean "{GROUPS}"')
    one = glob.glob(os.path.join(scratch.path, "sp", "*"))[0]
    for groups in (7, 128):
        done = scratch.run("convert-savepoint", "--max-parallelism", str(groups), one, f"dealt-{groups}")
        expect(done.returncode == 0, done.stderr)
    seven, same = (glob.glob(os.path.join(scratch.path, f"dealt-{groups}", "*"))[0] for groups in (7, 128))
    for of in ("", f" UID '{GROUPS}'"):
        refused(scratch, f"SHOW STATE DIFFERENCE OF '{one}' AND '{seven}'{of};", "E7002", "other numbers of key groups", "--max-parallelism 128", code=5)
    expect(not rows(scratch, f"SHOW STATE DIFFERENCE OF '{one}' AND '{same}';"), "the same groups, the same rows")


def digest(path):
    found = {}
    for directory, _, names in os.walk(path):
        for name in names:
            with open(os.path.join(directory, name), "rb") as file:
                found[os.path.join(directory, name)] = hashlib.sha256(file.read()).hexdigest()
    return found


def test_in_queries(scratch):
    _, both = savepoints(scratch, "rocksdb")
    places = [os.path.join(scratch.path, name) for name in ("weir-data", "sp", "sn")]
    before = [digest(place) for place in places]
    expected = model_of_groups(both)
    found = rows(scratch, f"CREATE TEMPORARY VIEW v AS SELECT k, `count(*)` AS n FROM STATE OF n2 UID '{GROUPS}'; "
                          f"SELECT v.k, SUM(v.n) AS n, COUNT(*) AS c FROM v JOIN (SELECT DISTINCT k FROM STATE OF s1 UID '{PAIRS}' TABLE 'left') AS f ON v.k = f.k GROUP BY v.k;")
    counts = collections.Counter(k for k, *_ in both)
    expect({r["k"]: r["n"] for r in found} == counts, f"{found} {counts}")
    path = glob.glob(os.path.join(scratch.path, "sp", "*"))
    found = rows(scratch, "CREATE TABLE t (who STRING, `count(*)` BIGINT, k INT) WITH ('connector' = 'savepoint', 'state.path' = "
                          f"'{max(path, key=os.path.getmtime)}', 'operator.uid' = '{GROUPS}', 'state.backend.type' = 'rocksdb'); "
                          "SELECT * FROM t WHERE k = 2 AND who = 'w2';")
    expect(found == [{"who": "w2", "count(*)": expected[2, "w2"][0], "k": 2}], found)
    found = rows(scratch, "CREATE TABLE t (n BIGINT, k INT, w STRING, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'savepoint', 'fields.n.state-name' = 'count(*)', "
                          f"'fields.w.state-name' = 'who', 'fields.n.value-class' = 'java.lang.Long', 'state.path' = '{max(path, key=os.path.getmtime)}', "
                          f"'operator.uid' = '{GROUPS}'); SELECT * FROM t WHERE k = 2 AND w = 'w2';")
    expect(found == [{"n": expected[2, "w2"][0], "k": 2, "w": "w2"}], f"other names: {found}")
    ddl = ("CREATE TABLE t (person STRING, id INT, n BIGINT, PRIMARY KEY ({0}) NOT ENFORCED) WITH ('connector' = 'savepoint', 'fields.n.state-name' = 'count(*)', "
           f"'state.path' = '{max(path, key=os.path.getmtime)}', 'operator.uid' = '{GROUPS}'); SELECT * FROM t WHERE id = 2 AND person = 'w2';")
    found = rows(scratch, ddl.format("id, person"))
    expect(found == [{"person": "w2", "id": 2, "n": expected[2, "w2"][0]}], f"the PRIMARY KEY is the key: {found}")
    for wrong in ("person, id", "id", "person"):
        refused(scratch, ddl.format(wrong), "E2009")
    found = rows(scratch, f"CREATE VIEW kept AS SELECT COUNT(*) AS n FROM STATE OF s2 UID '{GROUPS}'; SELECT * FROM kept; DROP VIEW kept;")
    expect(found == [{"n": len(expected)}], found)
    relative = os.path.relpath(path[0], scratch.path)
    expect(rows(scratch, f"SELECT COUNT(*) AS n FROM STATE OF '{relative}' UID '{GROUPS}';")[0]["n"] > 0, "a relative path")
    for text in (f"STATE OF '{relative}' UID '{GROUPS}'", f"t /*+ OPTIONS('state.path' = '{relative}') */"):
        done = scratch.run("-c", f"CREATE TABLE IF NOT EXISTS t (k INT) WITH ('connector' = 'savepoint', 'state.path' = '{relative}', 'operator.uid' = '{GROUPS}');"
                                 f"CREATE VIEW view_of_state AS SELECT * FROM {text};")
        expect(done.returncode == 3 and "E2015" in done.stderr and "relative path" in done.stderr, done.stderr)
    done = scratch.run("-c", "SHOW CREATE TABLE t; SELECT COUNT(*) FROM t; DROP TABLE t;")
    expect(done.returncode == 0 and os.path.join(scratch.path, relative) in done.stdout, f"a table that is kept has a whole path: {done}")
    said = ok(scratch, f"EXPLAIN SELECT * FROM STATE OF s2 UID '{GROUPS}' WHERE k = 1;")
    expect("Scan" in said and "filter" in said, said)
    ok(scratch, "SHOW STATE OF n1; SHOW STATE DIFFERENCE OF n1 AND n2;")
    expect([digest(place) for place in places] == before, "what only reads changes nothing")
    table = "CREATE TABLE out (k INT, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'json'); SET 'table.dml-sync' = 'true';"
    ok(scratch, f"{table} INSERT INTO out SELECT k, `count(*)` FROM STATE OF s2 UID '{GROUPS}';")
    written = sum(json.loads(line)["n"] for name in glob.glob(os.path.join(scratch.path, "out", "part-*")) for line in open(name, encoding="utf-8"))
    expect(written == len(both), written)


def test_a_snapshot_from_elsewhere(scratch):
    _, both = savepoints(scratch, "rocksdb")
    for form in ("sp", "sn"):
        newest = max(glob.glob(os.path.join(scratch.path, form, "*")), key=os.path.getmtime)
        copied = os.path.join(scratch.path, form + "-copied")
        shutil.copytree(newest, copied)
        for path in (copied, copied + "/", copied + "/_metadata", "file:" + copied):
            check_groups(scratch, f"'{path}'", both)
        found = rows(scratch, f"SELECT `operator-uid` AS uid, `checkpoint-id` AS c, `operator-parallelism` AS p, `operator-max-parallelism` AS m, "
                              f"`operator-total-size-in-bytes` AS b FROM savepoint_metadata('{copied}') WHERE `operator-name` = 'GroupAggregate';")
        expect(len(found) == 1 and found[0]["uid"] == GROUPS and found[0]["m"] == 128 and found[0]["b"] > 100, found)
        if scratch.owner is not None:
            continue  # the key is of its process
        # With a key a snapshot from elsewhere must be signed.
        key = scratch.write("key", "0123456789abcdef0123456789abcdef\n")
        os.chmod(key, 0o600)
        refused(scratch, f"SET 'state.savepoints.key-file' = '{key}'; SELECT * FROM STATE OF '{copied}' UID '{GROUPS}';", "E7001", code=4)
        # As Flink's documents begin it.
        loaded = scratch.run("-q", "--format", "json", text=f"LOAD MODULE state; SELECT COUNT(*) AS n FROM savepoint_metadata('{copied}');")
        expect(loaded.returncode == 0 and '"n":' in loaded.stdout and "LOAD MODULE state has no effect here" in loaded.stderr, loaded)
    refused(scratch, "LOAD MODULE hive;", "E1002", "^^^")
    refused(scratch, "SELECT * FROM savepoint_metadata(1);", "E2005", "^^^")
    refused(scratch, "SELECT * FROM savepoint_metadata('./nowhere');", "E7004")


def test_what_cannot_be_read(scratch):
    savepoints(scratch, "memory")
    refused(scratch, f"SELECT * FROM STATE OF s3 UID '{GROUPS}';", "E7004", "^^", 'did you mean "s1"')
    refused(scratch, f"SELECT * FROM STATE OF './nowhere' UID '{GROUPS}';", "E7004", "^^^^")
    refused(scratch, "SELECT * FROM STATE OF s1 UID 'src:bids';", "E7002", "^^^^")
    refused(scratch, f"SELECT * FROM STATE OF s1 UID '{GROUPS}' TABLE 'x';", "E7002", "'groups', 'distinct(price)'")
    refused(scratch, f"SELECT kk FROM STATE OF s1 UID '{GROUPS}';", "E2003")
    refused(scratch, f"SELECT * FROM STATE OF JOB j UID '{GROUPS}';", "E5002", "its newest checkpoint: STATE OF '", "/chk-")
    refused(scratch, f"SELECT * FROM STATE OF JOB x UID '{GROUPS}';", "E5001")
    ddl = "CREATE TABLE t ({0}) WITH ('connector' = 'savepoint', 'state.path' = '{1}'{2}); SELECT * FROM t;"
    path = glob.glob(os.path.join(scratch.path, "sp", "*"))[0]
    refused(scratch, ddl.format("k INT", path, ""), "E2008", "operator.uid")
    uid = f", 'operator.uid' = '{GROUPS}'"
    refused(scratch, ddl.format("k INT, z INT", path, uid), "E2009", '"z"', "count(*)")
    refused(scratch, ddl.format("k STRING", path, uid), "E2009", '"k"')
    refused(scratch, ddl.format("k INT", path, uid + ", 'fields.k.state' = 'x'"), "E2008", "state-name")
    refused(scratch, ddl.format("k INT", path, uid + ", 'fields.k.state-name' = 'x'"), "E2009", '"k"')
    refused(scratch, ddl.format("k INT", path, uid).replace("SELECT * FROM t", "INSERT INTO t SELECT 1"), "savepoint")
    refused(scratch, ddl.format("k INT, last_write TIMESTAMP_LTZ(3) NOT NULL", path, uid), "E3004", "last_write", code=4)


def damaged(path, at, scratch, sql):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    done = scratch.run(text=sql)
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(bytes([byte]))
    return done


def test_damage(scratch):
    savepoints(scratch, "memory")
    path = sorted(glob.glob(os.path.join(scratch.path, "sp", "*")))[0]
    files = sorted(glob.glob(os.path.join(path, "state", "*.rows")))
    uids = (GROUPS, WINS, PAIRS)
    select = " ".join(f"SELECT COUNT(*) FROM STATE OF '{path}' UID '{uid}';" for uid in uids)
    draw = random.Random(7)
    found = 0
    for name in files:
        size = os.path.getsize(name)
        for at in (0, 9, 12, 16, size - 1, *(draw.randrange(size) for _ in range(6))):
            done = damaged(name, at, scratch, f"SHOW STATE OF '{path}'; {select}")
            expect(done.returncode in (3, 4) and "E7001" in done.stderr, f"{name} at {at}: {done.returncode} {done.stderr}")
            found += os.path.basename(name) in done.stderr
    expect(found > len(files) * 8, f"the file is named: {found}")
    # What a query does not come to is not looked at.
    sizes = {name: os.path.getsize(name) for name in files}
    large = max(sizes, key=sizes.get)
    tables = [(row["uid"], row["table"]) for row in rows(scratch, f"SHOW STATE OF '{path}';")]
    ended = [damaged(large, sizes[large] // 2, scratch, f"SELECT COUNT(*) FROM STATE OF '{path}' UID '{uid}' TABLE '{table}';").returncode
             for uid, table in tables]
    expect(sorted(ended) == [0] * (len(tables) - 1) + [4], f"one table has it: {tables} {ended}")
    with open(large, "r+b") as file:
        file.truncate(sizes[large] - 3)
    refused(scratch, f"SHOW STATE OF '{path}';", "E7001", "another size", code=4)
    metadata = os.path.join(path, "_metadata")
    done = damaged(metadata, os.path.getsize(metadata) // 2, scratch, f"SHOW STATE OF '{path}';")
    expect(done.returncode == 4 and "E7001" in done.stderr and "_metadata" in done.stderr, done.stderr)


RUNNING = """CREATE TABLE bid (k INT, price INT) WITH ('connector' = 'datagen', 'rows-per-second' = '20000', 'fields.k.min' = '0', 'fields.k.max' = '500',
  'fields.price.min' = '0', 'fields.price.max' = '9');
CREATE TABLE one (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE TABLE two (price INT, n BIGINT, PRIMARY KEY (price) NOT ENFORCED) WITH ('connector' = 'blackhole');
SET 'execution.checkpointing.interval' = '1 h'; SET 'state.backend.type' = '{0}'; SET 'parallelism.default' = '{1}';
CREATE JOB live AS STATEMENT SET BEGIN
INSERT INTO one SELECT k, COUNT(*) FROM bid GROUP BY k; INSERT INTO two SELECT price, COUNT(*) FROM bid GROUP BY price; END;
"""


def test_a_running_job_at_one_instant(scratch):
    for backend, parallelism in (("rocksdb", 1), ("rocksdb", 3), ("memory", 2)):
        one, two = (f"STATE OF JOB live UID 'sink:{name}/agg'" for name in ("one", "two"))
        query = (f"SELECT (SELECT SUM(`count(*)`) FROM {one}) AS a, (SELECT SUM(`count(*)`) FROM {two}) AS b, (SELECT COUNT(*) FROM {one}) AS k;")
        found = rows(scratch, RUNNING.format(backend, parallelism) + 12 * query +
                     f"SELECT k, `count(*)` AS n FROM {one} WHERE k = 7; SHOW STATE OF JOB live; CANCEL JOB live;")
        instants = [row for row in found if "a" in row]
        expect(len(instants) == 12 and all(row["a"] == row["b"] for row in instants), instants)
        counts = [row["a"] or 0 for row in instants]
        expect(counts == sorted(counts) and counts[-1] > counts[0], counts)
        expect(not glob.glob(os.path.join(scratch.path, "weir-data/queries/*")), "nothing is left")
        listed = [row for row in found if "largest keys" in row]
        expect({row["uid"] for row in listed} == {"sink:one/agg", "sink:two/agg"}, listed)
        ok(scratch, "DROP JOB live;")
    refused(scratch, RUNNING.format("rocksdb", 1) + f"CREATE TABLE o (k INT) WITH ('connector' = 'blackhole'); INSERT INTO o SELECT k FROM {one};",
            "E2015", "SAVEPOINT JOB")


LISTS = """CREATE TABLE nowhere (a BIGINT, b BIGINT, c BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE lists (k INT, a STRING, b MULTISET<BIGINT>, c STRING, d STRING, e ARRAY<BIGINT>, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE JOB j AS STATEMENT SET BEGIN
INSERT INTO nowhere SELECT k, COUNT(*), 0 FROM TABLE(SESSION(TABLE bid PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end;
INSERT INTO nowhere SELECT k, SUM(price) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW), 0 FROM bid;
INSERT INTO nowhere SELECT a.k, a.price, b.price FROM bid a JOIN bid b ON a.k = b.k AND b.ts BETWEEN a.ts - INTERVAL '5' SECOND AND a.ts;
INSERT INTO lists SELECT k, LISTAGG(who, ', '), COLLECT(price), JSON_ARRAYAGG(who), LISTAGG(DISTINCT who), ARRAY_AGG(price) FROM bid GROUP BY k;
END;
WAIT FOR JOB j UNTIL IDLE; SAVEPOINT JOB j AS s TO 'sp'; CANCEL JOB j;
"""


def test_times_are_times_and_lists_have_results(scratch):
    write(scratch, "a.csv", [(1, "w1", 10, 100), (1, "w2", 20, 300), (1, "w1", 10, 5900)])
    ok(scratch, TABLES + "SET 'execution.checkpointing.interval' = '1 h';" + LISTS)
    uids = collections.defaultdict(dict)
    for row in rows(scratch, "SHOW STATE OF s;"):
        uids[row["operator"]][row["table"]] = row["uid"]
    last = "2026-01-01 00:00:59"

    def read(operator, table):
        return rows(scratch, f"SELECT * FROM STATE OF s UID '{uids[operator][table]}' TABLE '{table}';")
    session = read("WindowAggregate", "single") + read("WindowAggregate", "sessions")
    expect([(r["session_start"][:19], r["session_end"][:19]) for r in session] == [(last, "2026-01-01 00:01:09")], session)
    refused(scratch, f"SELECT * FROM STATE OF s UID '{uids['WindowAggregate']['single']}';", "E7002", "in two tables", "TABLE 'single'")
    expect([r["newest"][:19] for r in read("OverAggregate", "frames")] == [last], "newest")
    expect([r["time"][:19] for r in read("OverAggregate", "kept")] == [last], "kept.time")
    refused(scratch, f"SELECT window_end FROM STATE OF s UID '{uids['OverAggregate']['waiting']}' TABLE 'waiting';", "E2003")
    sides = read("IntervalJoin", "left") + read("IntervalJoin", "right")
    expect(sides and all(r["time()"] == r["ts"] for r in sides), sides)
    found = read("GroupAggregate", "groups")
    expect(len(found) == 1, found)
    row = found[0]
    expect(row["listagg(who, ', ')"] == "w1, w2, w1" and row["listagg(who, ', ').values"] == ["w1", "w2", "w1"], row)
    expect(row["listagg(distinct who, ',')"] == "w1,w2" and row["array_agg(price)"] == [10, 20, 10], row)
    results = rows(scratch, "SELECT CAST(`collect(price)` AS STRING) AS c, `json_arrayagg(JSON_STRING(who))` AS j FROM STATE OF s "
                            f"UID '{uids['GroupAggregate']['groups']}';")
    expect(json.loads(results[0]["j"]) == ["w1", "w2", "w1"] and "10=2" in results[0]["c"], results)


def test_the_time_of_the_last_write(scratch):
    write(scratch, "a.csv", bids(3, 50))
    found = rows(scratch, TABLES + "SET 'execution.checkpointing.interval' = '200 ms'; SET 'table.exec.state.ttl' = '1 h'; "
                 "CREATE JOB j AS INSERT INTO groups (k, who, n) SELECT k, who, COUNT(*) FROM bid GROUP BY k, who; WAIT FOR JOB j UNTIL IDLE; "
                 f"SAVEPOINT JOB j AS s TO 'sp'; SAVEPOINT JOB j AS n TO 'sn' FORMAT NATIVE; CANCEL JOB j; "
                 f"SELECT COUNT(*) AS n, COUNT(last_write) AS w, TIMESTAMPDIFF(HOUR, MIN(last_write), CURRENT_TIMESTAMP) AS h FROM STATE OF s UID '{GROUPS}'; "
                 f"SELECT COUNT(*) AS n, COUNT(last_write) AS w, TIMESTAMPDIFF(HOUR, MIN(last_write), CURRENT_TIMESTAMP) AS h FROM STATE OF n UID '{GROUPS}';"
                 "SHOW STATE DIFFERENCE OF s AND n;")
    expect(len(found) == 2 and found[0] == found[1] and found[0]["n"] == found[0]["w"] > 10 and found[0]["h"] == 0, found)


if __name__ == "__main__":
    run_all(globals())
