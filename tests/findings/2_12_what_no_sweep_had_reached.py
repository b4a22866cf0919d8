"""Where a time-to-live is made longer or taken away, rows that had expired by the checkpoint do not come back, whether a sweep had
reached them or not: from a savepoint of either format, from the state in memory, and where rows are dealt to other key groups."""
import time

from weir import check, equal

ROWS = 60000
TABLES = "".join(f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', 'path' = '{name}', 'format' = 'csv', "
                 "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '10 ms');\n"
                 for name, columns in (("a", "k INT, x INT"), ("b", "k INT, y INT")))
SINK = "CREATE TABLE o (k INT, x INT, y INT) WITH ('connector' = 'filesystem', 'path' = 'o', 'format' = 'csv');\n"
QUERY = "INSERT INTO o SELECT a.k, x, y FROM a JOIN b ON a.k = b.k"


def run(weir, ttl, start, form, backend, groups=128):
    """Runs the job under `ttl` until it has read all, and leaves a savepoint `after`."""
    begin, after = ("RESTORE JOB j FROM SAVEPOINT " + start, start + "1") if start else ("CREATE JOB j", "s")
    weir.ok(f"SET 'table.exec.state.ttl' = '{ttl}';\nSET 'state.backend.type' = '{backend}';\n"
            f"SET 'pipeline.max-parallelism' = '{groups}';\n{TABLES}{SINK}{begin} AS {QUERY};\n"
            f"WAIT FOR JOB j UNTIL IDLE;\nSAVEPOINT JOB j AS {after} TO 'saved' FORMAT {form};\nSTOP JOB j WITH SAVEPOINT 'saved';")
    return after


def of_a_savepoint(weir, form, backend, ttl, groups=128):
    weir.write("a/1", "".join(f"{k},{k}\n" for k in range(ROWS)))
    saved = run(weir, "1 s", "", form, backend)
    time.sleep(1.1)
    # They have all expired; a sweep reaches some of them while this run lasts.
    weir.write("b/1", "-1,0\n")
    saved = run(weir, "1 s", saved, form, backend)
    weir.write("b/2", "".join(f"{k},0\n" for k in range(ROWS)))
    run(weir, ttl, saved, form, backend, groups)
    equal(len(weir.rows("o")), 0)


def body(weir):
    of_a_savepoint(weir.apart("none"), "NATIVE", "rocksdb", "0 s")
    of_a_savepoint(weir.apart("longer"), "NATIVE", "rocksdb", "9 h")
    of_a_savepoint(weir.apart("canonical"), "CANONICAL", "rocksdb", "0 s")
    of_a_savepoint(weir.apart("memory"), "CANONICAL", "memory", "9 h")
    of_a_savepoint(weir.apart("dealt"), "CANONICAL", "rocksdb", "9 h", 32)


check(body)
