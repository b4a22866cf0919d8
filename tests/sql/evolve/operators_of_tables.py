#!/usr/bin/env python3
"""Edits of what stands at the tables of a query: tables that are looked up, rows held by a primary key behind a source
and before a sink, joins of windows, changes as rows, sinks whose files are in partitions. Runs as operators.py does.

  operators_of_tables.py --weir build/weir [--full] [--only normalize]
"""
import collections
import sys

import operators
from operators import ALL, FIRST, OTHER_ALL, OTHER_FIRST, OTHER_SECOND, SECOND, SINK, Edit, lines, minus, sums

TITLES = {"a": "Anna", "b": "Bert", "c": "Cleo", "z": "Zoe"}
OTHER_TITLES = {"a": "Abel", "c": "Carl"}


def titles(rows):
    text = " / ".join(f"{k}, {title}" for k, title in rows.items())
    return f"CREATE TABLE titles (k STRING, title STRING) WITH ('connector' = 'inline', 'rows' = '{text}');\n"


def lookup_query(how="JOIN", where="", on=""):
    return (f"WITH l AS (SELECT e.k, e.v, t.title FROM events AS e {how} titles FOR SYSTEM_TIME AS OF e.p AS t ON e.k = t.k"
            f"{on} {where}) SELECT k, v, title FROM l")


def looked_up(rows, table, inner=True):
    return lines((row[0], row[1], table.get(row[0])) for row in rows if row[0] in table or not inner)


def lookup_edits():
    kvt, ts = "k STRING, v INT, title STRING", "k STRING, s INT"
    same = (titles(TITLES),) * 2
    other = (titles(TITLES), titles(OTHER_TITLES))
    first = looked_up(FIRST, TITLES)
    accept = SINK
    yield Edit("lookup-unchanged", (kvt, kvt), lookup_query(), lookup_query(), "Sink", "FULL", "", first,
               looked_up(SECOND, TITLES), tables=same)
    # The table has no operator of its own: whoever gets its rows answers for it.
    yield Edit("lookup-other-rows", (kvt, kvt), lookup_query(), lookup_query(), "Sink", "SEMANTIC", "the lookup ", first,
               looked_up(SECOND, OTHER_TITLES), accept, tables=other)
    yield Edit("lookup-left", (kvt, kvt), lookup_query(), lookup_query("LEFT JOIN"), "Sink", "SEMANTIC", "is left on", first,
               looked_up(SECOND, TITLES, inner=False), accept, tables=same)
    yield Edit("lookup-condition", (kvt, kvt), lookup_query(), lookup_query(on=" AND t.title <> 'Anna'"), "Sink", "SEMANTIC",
               "Anna", first, looked_up([row for row in SECOND if row[0] != "a"], TITLES), accept, tables=same)
    yield Edit("lookup-where", (kvt, kvt), lookup_query(), lookup_query(where="WHERE e.v > 1"), "Sink", "SEMANTIC",
               "the filter v > 1 is new", first, looked_up([row for row in SECOND if row[1] > 1], TITLES), accept, tables=same)
    summed = ("WITH l AS (SELECT t.title AS k, e.v FROM events AS e JOIN titles FOR SYSTEM_TIME AS OF e.p AS t ON e.k = t.k), "
              "g AS (SELECT k, SUM(v) AS s FROM l GROUP BY k) SELECT k, s FROM g")

    def named(rows, table):
        return [(table[row[0]], *row[1:]) for row in rows if row[0] in table]
    before, after = named(FIRST, TITLES), named(SECOND, OTHER_TITLES)
    yield Edit("lookup-under-sums", (ts, ts), summed, summed, "GroupAggregate", "SEMANTIC", "the lookup ", sums(before, 9),
               minus(sums(before + after, 9), sums(before, 9)), "ACCEPT CHANGES ('{}')", tables=other)
    yield Edit("lookup-under-sums-unchanged", (ts, ts), summed, summed, "GroupAggregate", "FULL", "", sums(before, 9),
               minus(sums(before + named(SECOND, TITLES), 9), sums(before, 9)), tables=same)


# --- rows held by a primary key ---------------------------------------------------------------------

def upserts(key):
    """The table events by a key, whose changes may come twice."""
    return ("SET 'table.exec.source.cdc-events-duplicate' = 'true';\nCREATE TABLE keyed (k STRING, v INT, g STRING, ts "
            f"TIMESTAMP(3), PRIMARY KEY ({key}) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = './events', 'format' "
            "= 'changelog', 'source.monitor-interval' = '50 ms', 'source.settle-interval' = '0 s');\n")


def held(rows, *columns):
    """The last row of each key."""
    return {tuple(row[i] for i in columns): row for row in rows}


def normalize_edits():
    kv, kvg = "k STRING, v INT", "k STRING, v INT, g STRING"
    by_k = (upserts("k"), upserts("k"))
    query = "SELECT k, v FROM keyed"
    values = lambda rows: lines(row[:2] for row in rows)  # noqa: E731
    first, last = held(FIRST, 0), held(ALL, 0)
    yield Edit("normalize-unchanged", (kv, kv), query, query, "ChangelogNormalize", "FULL", "", values(first.values()),
               minus(values(last.values()), values(first.values())), tables=by_k, arrival=True)
    high = [row for row in last.values() if row[1] > 6]
    # A filter stands behind it: rows that it has let pass before go when they are replaced.
    yield Edit("normalize-where", (kv, kv), query, f"{query} WHERE v > 6", "ChangelogNormalize", "FULL", "",
               values(first.values()), minus(values(high), values(row for row in first.values() if row[1] > 6)), SINK,
               tables=by_k, arrival=True)
    yield Edit("normalize-column-dropped", (kvg, kv), "SELECT k, v, g FROM keyed", query, "ChangelogNormalize", "MIGRATE",
               "g no longer kept", lines(row[:3] for row in first.values()),
               minus(values(last.values()), values(first.values())), tables=by_k, arrival=True)
    # What is kept has no g.
    yield Edit("normalize-column-added", (kv, kvg), query, "SELECT k, v, g FROM keyed", "ChangelogNormalize", "PARTIAL",
               "g is NULL in rows that are kept", values(first.values()),
               minus(lines(row[:3] for k, row in last.items()), lines((row[0], row[1], None) for row in first.values())),
               "ALLOW PARTIAL ACCEPT CHANGES ('{}')", tables=by_k, arrival=True)
    yield Edit("normalize-key", (kvg, kvg), "SELECT k, v, g FROM keyed", "SELECT k, v, g FROM keyed", "ChangelogNormalize",
               "INCOMPATIBLE", "key", lines(row[:3] for row in first.values()),
               lines(row[:3] for row in held(SECOND, 0, 2).values()), "ALLOW DROP ('{}')",
               tables=(upserts("k"), upserts("k, g")), arrival=True)


def materialize_edits():
    """The sums of keys into a table by key, whose rows are held because that was asked for."""
    force = ("SET 'table.exec.sink.upsert-materialize' = 'FORCE';\n",) * 2
    by_k, with_n = "k STRING, s INT, PRIMARY KEY (k) NOT ENFORCED", "k STRING, s INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED"
    query = "WITH g AS (SELECT k, SUM(v) AS s, COUNT(*) AS n FROM events {} GROUP BY k) SELECT {} FROM g"
    change = minus(sums(ALL, 9), sums(FIRST, 9))
    plain, counted = query.format("", "k, s"), query.format("", "k, s, n")

    def with_counts(rows):
        total, count = sums(rows, 99), collections.Counter(row[0] for row in rows)
        return lines((*line.split(", "), count[line.split(", ")[0]]) for line in total)
    yield Edit("materialize-unchanged", (by_k, by_k), plain, plain, "UpsertMaterialize", "FULL", "", sums(FIRST, 9), change,
               tables=force)
    yield Edit("materialize-column-dropped", (with_n, by_k), counted, plain, "UpsertMaterialize", "MIGRATE",
               "n no longer kept", with_counts(FIRST), change, tables=force)
    yield Edit("materialize-where", (by_k, by_k), plain, query.format("WHERE v > 1", "k, s"), "UpsertMaterialize", "FULL", "",
               sums(FIRST, 9), minus(sums(FIRST + [row for row in SECOND if row[1] > 1], 9), sums(FIRST, 9)),
               "ACCEPT CHANGES ('sink:results/cte:g/agg')", tables=force)
    by_s = "k STRING, s INT, PRIMARY KEY (s) NOT ENFORCED"
    # Dropped, it has no old rows to take back.
    yield Edit("materialize-key", (by_k, by_s), plain, plain, "UpsertMaterialize", "INCOMPATIBLE", "key", sums(FIRST, 9),
               +change, "ALLOW DROP ('{}')", tables=force)


# --- joins of windows --------------------------------------------------------------------------------

def window_join(size=20, how="JOIN", columns="l.k, l.v, r.v AS w", where="", window="TUMBLE", on=""):
    def side(name, alias):
        condition = where if name == "events" else ""
        return (f"(SELECT * FROM TABLE({window}(TABLE {name}, DESCRIPTOR(ts), INTERVAL '{size}' SECOND)) {condition}) AS {alias}")
    return (f"WITH j AS (SELECT {columns} FROM {side('events', 'l')} {how} {side('others', 'r')} ON l.k = r.k{on} AND "
            "l.window_start = r.window_start AND l.window_end = r.window_end) SELECT * FROM j")


def met(left, right, size=20, until=60):
    """Pairs of one key in one window that the time `until` has closed."""
    return [(a, b) for a in left for b in right
            if a[0] == b[0] and a[3] // size == b[3] // size and (a[3] // size + 1) * size <= until]


def window_join_edits():
    kvw, kvwg = "k STRING, v INT, w INT", "k STRING, v INT, w INT, h STRING"
    values = lambda pairs: lines((a[0], a[1], b[1]) for a, b in pairs)  # noqa: E731
    whole, fresh = met(ALL, OTHER_ALL), met(SECOND, OTHER_SECOND)
    plain = window_join()
    drop = "ALLOW DROP ('sink:results/cte:j/{}')"
    yield Edit("window-join-unchanged", (kvw, kvw), plain, plain, "WindowJoin", "FULL", "", {}, values(whole))
    yield Edit("window-join-size", (kvw, kvw), plain, window_join(10), "WindowJoin", "INCOMPATIBLE", "the window was", {},
               values(met(SECOND, OTHER_SECOND, 10)), drop)
    yield Edit("window-join-where", (kvw, kvw), plain, window_join(where="WHERE v > 6"), "WindowJoin", "SEMANTIC", "v > 6", {},
               values(pair for pair in whole if pair[0] in FIRST or pair[0][1] > 6), "ACCEPT CHANGES ('{}')")
    yield Edit("window-join-condition", (kvw, kvw), plain, window_join(on=" AND l.g <> r.g"), "WindowJoin", "INCOMPATIBLE",
               "the condition", {}, values(pair for pair in fresh if pair[0][2] != pair[1][2]), drop)
    alone = [row for row in SECOND if row[3] < 60 and row not in [a for a, _ in fresh]]
    yield Edit("window-join-left", (kvw, kvw), plain, window_join(how="LEFT JOIN"), "WindowJoin", "INCOMPATIBLE",
               "the join was", {}, values(fresh) + lines((row[0], row[1], None) for row in alone), f"{drop} {SINK}")
    wide = window_join(columns="l.k, l.v, r.v AS w, r.g AS h")
    yield Edit("window-join-column-dropped", (kvwg, kvw), wide, plain, "WindowJoin", "MIGRATE", "g no longer kept", {},
               values(whole))
    yield Edit("window-join-column-added", (kvw, kvwg), plain, wide, "WindowJoin", "INCOMPATIBLE", "it kept no", {},
               lines((a[0], a[1], b[1], b[2]) for a, b in fresh), drop)


# --- changes as rows, and rows as changes ------------------------------------------------------------

def changelog_edits():
    """Neither function has state: the sums above answer for the codes."""
    ks = (("k STRING, s INT",) * 2)
    accept = "ACCEPT CHANGES ('{}')"

    def to(mapping):
        return (f"WITH c AS (SELECT * FROM TO_CHANGELOG(input => (SELECT k, v FROM events), op_mapping => MAP[{mapping}])), "
                "g AS (SELECT op || k AS k, SUM(v) AS s FROM c GROUP BY op || k) SELECT k, s FROM g")

    def of(codes):
        return (f"WITH g AS (SELECT k, SUM(v) AS s FROM FROM_CHANGELOG(input => TABLE events, op => DESCRIPTOR(g), op_mapping "
                f"=> MAP['{codes}', 'INSERT']) GROUP BY k) SELECT k, s FROM g")

    def coded(rows, code):
        return sums([(code + row[0], *row[1:]) for row in rows], 99)
    both, change = to("'INSERT', 'I', 'DELETE', 'D'"), minus(sums(ALL, 99), sums(FIRST, 99))
    yield Edit("to-changelog-unchanged", ks, both, to("'DELETE', 'D', ' INSERT,', 'I'"), "GroupAggregate", "FULL", "",
               coded(FIRST, "I"), minus(coded(ALL, "I"), coded(FIRST, "I")))
    yield Edit("to-changelog-code", ks, both, to("'INSERT', 'J', 'DELETE', 'D'"), "GroupAggregate", "SEMANTIC", "INSERT: 'J'",
               coded(FIRST, "I"), coded(SECOND, "J"), accept)
    yield Edit("from-changelog-unchanged", ks, of("x, y"), of("y,x"), "GroupAggregate", "FULL", "", sums(FIRST, 99), change)
    yield Edit("from-changelog-code", ks, of("x, y"), of("x, y, z"), "GroupAggregate", "SEMANTIC", "'z': INSERT",
               sums(FIRST, 99), change, accept)


def edits():
    return [*lookup_edits(), *normalize_edits(), *materialize_edits(), *window_join_edits(), *changelog_edits()]


if __name__ == "__main__":
    sys.exit(operators.main(edits(), __doc__))
