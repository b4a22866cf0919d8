#!/usr/bin/env python3
"""Symbolic links that somebody puts into a table's directory led readers to the token of the data directory, and statements
that write out of the allowed paths."""
import os

from weir import check, contains, equal, true

ALLOWED = ("-D", "server.allowed-paths={}")
TABLES = """
CREATE TABLE lines (line STRING) WITH ('connector' = 'filesystem', 'path' = 'allowed/in', 'format' = 'raw');
CREATE TABLE parts (a INT, b STRING) PARTITIONED BY (b) WITH ('connector' = 'filesystem', 'path' = 'allowed/parts', 'format' = 'csv');
"""
WRITES = ("INSERT INTO parts VALUES (5, 'x');", "INSERT OVERWRITE parts VALUES (6, 'x');", "INSERT OVERWRITE parts PARTITION (b = 'x') VALUES (6);",
          "TRUNCATE TABLE parts;")
BATCH = "SET 'execution.runtime-mode' = 'batch'; SET 'table.dml-sync' = 'true'; SET 'pipeline.name' = '{}';"


def links_are_removed(weir):
    """Of links that are found below a table the link goes, and never what it leads to."""
    table = "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'over', 'format' = 'csv');"
    for name, sql in (("9", "INSERT OVERWRITE o SELECT 1;"), ("10", "TRUNCATE TABLE o;")):
        weir.write("over/a.csv", "5\n")
        weir.write("over/below/b.csv", "6\n")
        for link, target in (("over/c", "outside"), ("over/below/d", "outside"), ("over/e.csv", "outside/secret.csv")):
            weir.path(link).symlink_to(weir.path(target))
        equal(weir.run(f"{BATCH.format(name)}{table}{sql}").code, 0, sql)
        equal(sorted(os.listdir(weir.path("outside"))), ["secret.csv"], sql)
        equal(sorted(path.name for path in weir.path("over").rglob("*") if path.is_symlink()), [], sql)
        equal(weir.rows("over"), ["1"] if "OVERWRITE" in sql else [], sql)


def body(weir):
    weir.write("allowed/in/0.csv", "hello\n")
    weir.write("outside/secret.csv", "1\n")
    equal(weir.kept("CREATE TABLE made (a INT) WITH ('connector' = 'blackhole');").code, 0)
    weir.path("data/token").write_text("the token\n")
    link = weir.path("allowed/in/1.csv")

    # Into the data directory leads none, whatever is allowed.
    link.symlink_to(weir.path("data/token"))
    for options in ((), ("-D", f"server.allowed-paths={weir.path('.')}")):
        done = weir.run(f"{TABLES}SELECT * FROM lines;", *options)
        contains(done.err, "E6004", done)
        contains(done.err, "allowed/in/1.csv is a link that leads into the data directory", done)
        true("token" not in done.out, done)

    # Where paths are said that are allowed, links lead below the table's directory or to one of them.
    allowed = ("-D", f"server.allowed-paths={weir.path('allowed')}")
    link.unlink()
    link.symlink_to(weir.path("outside/secret.csv"))
    contains(weir.run(f"{TABLES}SELECT * FROM lines;", *allowed).err, "leads out of the table's directory")
    equal(weir.run(f"{TABLES}SELECT * FROM lines;").code, 0, "nothing was said")
    link.unlink()
    weir.write("allowed/more/2.csv", "more\n")
    link.symlink_to("../more/2.csv")
    contains(weir.ok(f"{TABLES}SELECT * FROM lines;", *allowed).out, "more")
    link.unlink()

    # Nor does anything write or remove through one.
    weir.path("allowed/parts").mkdir(parents=True)
    weir.path("allowed/parts/b=x").symlink_to(weir.path("outside"))
    for name, sql in enumerate(WRITES):
        done = weir.run(f"{BATCH.format(name)}{TABLES}{sql}", *allowed)
        true(done.code != 0 and "leads out of the table's directory" in done.err, (sql, done))
        equal(sorted(os.listdir(weir.path("outside"))), ["secret.csv"], sql)
    links_are_removed(weir)


check(body)
