#!/usr/bin/env python3
"""Two results of the same look, as SUM(v) over all rows and over some: when they exchanged their places in a join, an IN or a
UNION ALL, everything was FULL, and what takes rows back came to the state of the other one. An inner join's inputs may be
exchanged (its state follows them); all else is INCOMPATIBLE, or SEMANTIC for what keeps nothing."""
from collections import Counter

from edited import Edited, ROWS, sink, table
from weir import check, equal

WITH = ("WITH a AS (SELECT k, SUM(v) AS n FROM t GROUP BY k), b AS (SELECT k, SUM(v) AS n FROM t WHERE w > 2 GROUP BY k) ")
MORE = "".join(f"{'abcd'[i % 4]},{i * 7 % 10},{i * 3 % 8},{'xy'[i % 2]},2026-01-01 00:00:{i:02}\n" for i in range(12, 30))
DEFINITIONS = table() + sink(columns="k STRING, x BIGINT")


def query(text):
    return f"INSERT INTO s {WITH}{text}"


def sums(rows):
    """What SELECT a.n + b.n is over all rows."""
    all_rows, some = {}, {}
    for line in rows.splitlines():
        k, v, w = line.split(",")[:3]
        all_rows[k] = all_rows.get(k, 0) + int(v)
        if int(w) > 2:
            some[k] = some.get(k, 0) + int(v)
    return sorted(f"{k}, {all_rows[k] + some[k]}" for k in all_rows if k in some)


def body(weir):
    home = weir.directory

    def afresh(name, text):
        weir.directory = home / name
        weir.directory.mkdir()
        return Edited(weir, query(text), DEFINITIONS)
    inner = "SELECT k, a.n + b.n FROM {} JOIN {} USING (k)"
    job = afresh("inner", inner.format("a", "b"))
    job.expect(query(inner.format("b", "a")), "", "FULL", "its inputs have changed their places")
    weir.write("t/1.csv", MORE)
    job.restore(query(inner.format("b", "a")))
    lines = [line for path in sorted(weir.path("out-s").rglob("part-*")) for line in path.read_text(encoding="utf-8").splitlines()]
    left = Counter()
    for line in lines:
        left[line[3:-1]] += 1 if line.startswith("+") else -1
    equal(sorted(left.elements()), sums(ROWS + MORE), lines)
    equal([row for row, times in left.items() if times < 0], [], lines)
    keeps = "SELECT k, n FROM {} WHERE n IN (SELECT n FROM {})"
    job = afresh("in", keeps.format("a", "b"))
    job.expect(query(keeps.format("a", "b")), "", "FULL")
    for other in (keeps.format("b", "a"), keeps.format("a", "a")):
        text = job.explain(query(other))
        equal(("INCOMPATIBLE" in text, "where it read another" in text), (True, True), text)
    outer = "SELECT a.k, a.n + COALESCE(b.n, 0) FROM {} LEFT JOIN {} ON a.k = b.k"
    job = afresh("outer", outer.format("a", "b"))
    text = job.explain(query(outer.replace("a.", "q.").replace("b.", "a.").replace("q.", "b.").format("b", "a")))
    equal("INCOMPATIBLE" in text, True, text)
    text = job.explain(query("SELECT a.k, a.n + COALESCE(b.n, 0) FROM b RIGHT JOIN a ON a.k = b.k"))
    equal("INCOMPATIBLE" in text, False, text)
    union = "SELECT tag, SUM(n) FROM (SELECT 'x' AS tag, n FROM {} UNION ALL SELECT 'y', n FROM {}) GROUP BY tag"
    job = afresh("union", union.format("a", "b"))
    job.expect(query("SELECT tag, SUM(n) FROM (SELECT 'y' AS tag, n FROM b UNION ALL SELECT 'x', n FROM a) GROUP BY tag"), "", "FULL")
    text = job.explain(query(union.format("b", "a")))
    equal(("INCOMPATIBLE" in text, "where it read another" in text), (True, True), text)
    weir.directory = home


check(body)
