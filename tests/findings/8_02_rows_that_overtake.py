#!/usr/bin/env python3
"""A row that moves from one partition of a Top-N to another is told twice, by two subtasks, in any order: behind the
exchange its primary key alone tells its changes apart no more. Joins held the rows by it and lost them; sinks wrote
them by it and kept the one that came last."""
import collections
import json
import random

from weir import check, equal, true

CHANGES, KEYS, PARTITIONS, PLACES = 400, 12, 5, 3
TABLE = ("CREATE TABLE u (k INT, a INT, s INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'inline', "
         "'changelog' = 'true', 'rows' = '{rows}'); ")
TOP = ("SELECT * FROM (SELECT *, DENSE_RANK() OVER (PARTITION BY s ORDER BY a DESC) AS place FROM u) "
       f"WHERE place <= {PLACES}")
OPTIONS = ["-D", "parallelism.default=3", "-D", "pipeline.batch-size=1"]


def moving_rows(chance):
    """Changes of rows that move between partitions, and the rows there are at the end."""
    rows, text = {}, []
    for _ in range(CHANGES):
        key = chance.randrange(KEYS)
        old, new = rows.pop(key, None), (chance.randrange(1000), chance.randrange(PARTITIONS))
        if old:
            text.append(f"-U[{key}, {old[0]}, {old[1]}]")
        rows[key] = new
        text.append(f"{'+U' if old else '+I'}[{key}, {new[0]}, {new[1]}]")
    return "\n".join(text), rows


def first_places(rows):
    """(k, a, s, place) of the rows on the first places; rows of equal `a` share one, as DENSE_RANK counts."""
    found, values = [], collections.defaultdict(set)
    for a, s in rows.values():
        values[s].add(a)
    for key, (a, s) in rows.items():
        place = 1 + sum(other > a for other in values[s])
        if place <= PLACES:
            found.append((key, a, s, place))
    return sorted(found)


def run(weir, sql, name):
    """Runs it with subtasks that overtake each other; no join may see a key of its broken."""
    log = weir.path(f"passed-{name}")
    child = weir.spawn(weir.command(sql, *OPTIONS, "--format", "json", data=f"data-{name}", faulty=True),
                       env={"WEIR_JITTER_AT": "task.before_:1000", "WEIR_FAULT_LOG": str(log)})
    done = weir.end(child)
    equal(done.code, 0, done)
    true("never." not in log.read_text(), "a row overtook another one of its key", done)
    return done


def body(weir):
    for seed in range(3):
        text, rows = moving_rows(random.Random(seed))
        table, expected = TABLE.format(rows=text), first_places(rows)
        done = run(weir, f"{table}SELECT t.k, t.a, t.s, t.place FROM ({TOP}) AS t JOIN (VALUES (1), (2), (3)) AS p (n) "
                   "ON t.place = p.n;", f"join-{seed}")
        equal(sorted(tuple(json.loads(line).values()) for line in done.out.splitlines()), expected, done)
        done = run(weir, f"{table}CREATE TABLE o (k INT, a INT, s INT, PRIMARY KEY (k) NOT ENFORCED) WITH "
                   f"('connector' = 'print'); INSERT INTO o SELECT k, a, s FROM ({TOP}) AS t;", f"sink-{seed}")
        kept = {}
        for line in done.out.splitlines():
            kind, row = line[line.index("[") - 2:line.index("[")], line[line.index("[") + 1:line.rindex("]")]
            key, a, s = (int(cell) for cell in row.split(", "))
            if kind in ("+I", "+U"):
                kept[key] = (a, s)
            elif kind == "-D":
                del kept[key]
        equal(sorted((key, *rest) for key, rest in kept.items()), [row[:3] for row in expected], done)


check(body)
