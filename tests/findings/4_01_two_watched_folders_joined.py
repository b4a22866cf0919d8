"""Two watched folders, both full from the start, joined by windows, by intervals and LEFT: what bounded tables give.
Also when the second folder is empty until the first was read, and over a savepoint in between."""
import datetime
import os

from weir import check, equal

BASE = datetime.datetime(2024, 1, 1)
WINDOWED = "(SELECT * FROM TABLE(TUMBLE(TABLE {}, DESCRIPTOR(ts), INTERVAL '10' SECOND)))"
INTERVAL = "l.k = r.k AND r.ts BETWEEN l.ts - INTERVAL '3' SECOND AND l.ts + INTERVAL '3' SECOND"
WINDOW = "l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end"
QUERIES = {
    "window": f"SELECT l.k, r.k FROM {WINDOWED.format('a')} l JOIN {WINDOWED.format('b')} r ON {WINDOW}",
    "window_left": f"SELECT l.k, r.k FROM {WINDOWED.format('a')} l LEFT JOIN {WINDOWED.format('b')} r ON {WINDOW}",
    "interval": f"SELECT l.k, r.k FROM a l JOIN b r ON {INTERVAL}",
    "interval_left": f"SELECT l.k, r.k FROM a l LEFT JOIN b r ON {INTERVAL}",
}
ROWS = 100


def fill(weir, turn, table, last=True):
    rows = list(range(ROWS)) + ([100_000] if last else [])
    for number in range(0, len(rows), 20):
        weir.write(f"{turn}/{table}/{number:06}.csv", "".join(
            f"{k},{(BASE + datetime.timedelta(seconds=k)).isoformat(sep=' ')}\n" for k in rows[number:number + 20]))


def tables(turn, settle="0 s"):
    text = "".join(
        f"CREATE TABLE {t} (k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'format' = "
        f"'csv', 'path' = '{turn}/{t}', 'source.monitor-interval' = '10 ms', 'source.settle-interval' = '{settle}');\n"
        for t in "ab")
    return text + (f"CREATE TABLE o (x INT, y INT) WITH ('connector' = 'filesystem', 'format' = 'csv', "
                   f"'path' = '{turn}/o');\n")


def expect(weir, turn):
    expected = sorted(f"{k},{k}" for k in range(ROWS))
    equal([row for row in weir.rows(f"{turn}/o") if not row.startswith("100000,")], expected, turn)


def body(weir):
    until_idle = "WAIT FOR JOB j UNTIL IDLE; STOP JOB j; DROP JOB j;"
    for name, query in QUERIES.items():
        job = f"CREATE JOB j AS INSERT INTO o {query};\n"
        for parallelism in (1, 2):
            turn = f"{name}{parallelism}"
            fill(weir, turn, "a")
            fill(weir, turn, "b")
            weir.ok(tables(turn, "1 s") + job + until_idle, "-D", f"parallelism.default={parallelism}")
            expect(weir, turn)
        turn = f"{name}_later"
        fill(weir, turn, "a")
        weir.path(f"{turn}/b").mkdir()
        weir.ok(tables(turn) + job + f"WAIT FOR JOB j UNTIL IDLE; STOP JOB j WITH SAVEPOINT '{turn}/saved'; DROP JOB j;")
        equal([row for row in weir.rows(f"{turn}/o") if not row.startswith("100000,")], [], turn)
        fill(weir, turn, "b")
        saved = os.path.join(turn, "saved", os.listdir(weir.path(f"{turn}/saved"))[0])
        weir.ok(tables(turn) + f"RESTORE JOB j FROM '{saved}' AS INSERT INTO o {query};\n" + until_idle)
        expect(weir, turn)


check(body)
