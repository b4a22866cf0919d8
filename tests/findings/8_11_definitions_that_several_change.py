#!/usr/bin/env python3
"""Of ALTERs of one table by several clients at once most were lost, though all were told that they were done; a table that was dropped beside one stayed."""
import threading

from weir import check, equal, true

ROUNDS = 4
TABLE = "CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');"


def at_once(weir, statements):
    """The exit code of each, by its text."""
    codes = {}
    begin = threading.Barrier(len(statements))

    def one(sql):
        begin.wait()
        codes[sql] = weir.kept(sql).code
    threads = [threading.Thread(target=one, args=(sql,)) for sql in statements]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def ask(weir, sql):
    done = weir.kept(sql, "--format", "csv")
    return done.out if done.code == 0 else None


def body(weir):
    weir.serve()
    for _ in range(ROUNDS):
        ask(weir, TABLE)
        added = [f"ALTER TABLE t ADD c{i} INT;" for i in range(4)] + ["ALTER TABLE t SET ('fields.a.min' = '3');"]
        codes = at_once(weir, added)
        equal(set(codes.values()), {0}, codes)
        text = ask(weir, "SHOW CREATE TABLE t;")
        for i in range(4):
            true(f"c{i}" in text, (i, text))
        true("fields.a.min" in text, text)
        # One that is dropped is gone, whoever altered it at the same time.
        codes = at_once(weir, ["DROP TABLE t;", "ALTER TABLE t ADD d INT;", "ALTER TABLE t ADD e INT;", "ALTER TABLE t RENAME TO u;"])
        left = [name for name in ("t", "u") if ask(weir, f"SHOW CREATE TABLE {name};")]
        renamed = codes["ALTER TABLE t RENAME TO u;"] == 0
        equal(left, ["u"] if renamed else [], codes)
        equal(codes["DROP TABLE t;"] == 0, not renamed, codes)
        # Two names for one table, of which one is refused.
        ask(weir, "DROP TABLE IF EXISTS u;")
        ask(weir, TABLE)
        codes = at_once(weir, ["ALTER TABLE t RENAME TO u;", "ALTER TABLE t RENAME TO v;"])
        equal(sorted(codes.values())[0], 0, codes)
        left = [name for name in ("t", "u", "v") if ask(weir, f"SHOW CREATE TABLE {name};")]
        equal(left, [sql[-2] for sql, code in codes.items() if code == 0], codes)
        for name in left:
            ask(weir, f"DROP TABLE {name};")


check(body)
