#!/usr/bin/env python3
"""Joins of 14 tables took 7 s to plan, of 25 tables for ever, and CTEs that read the one before twice 37 s for 11 of
them: every way through the plan was followed, three times a level. tests/unit/planner/planning_work_test.cc counts."""
from weir import check, contains

TABLE = "CREATE TABLE t (id INT, v INT) WITH ('connector' = 'inline', 'rows' = '1, 1');\n"


def joins(tables):
    sql = "SELECT t0.id, t0.v FROM t AS t0"
    return sql + "".join(f" JOIN t AS t{i} ON t{i - 1}.id = t{i}.id + {i}" for i in range(1, tables))


def ctes(levels, step):
    sql = "WITH c0 AS (SELECT id, v FROM t)"
    sql += "".join(f", c{i} AS ({step.replace('BEFORE', f'c{i - 1}')})" for i in range(1, levels))
    return f"{sql} SELECT id, SUM(v) AS v FROM c{levels - 1} GROUP BY id"


def body(weir):
    for query in (joins(30), ctes(25, "SELECT a.id, a.v + b.v AS v FROM BEFORE a JOIN BEFORE b ON a.id = b.id"),
                  ctes(40, "SELECT id, v + 1 AS v FROM BEFORE UNION ALL SELECT id, v * 2 FROM BEFORE"),
                  ctes(40, "SELECT id, v + v AS v FROM BEFORE WHERE v > 0")):
        done = weir.ok(f"{TABLE}EXPLAIN {query};", seconds=100)
        contains(done.out, "Scan")
        weir.ok(f"{TABLE}CREATE TABLE o (id INT, v INT) WITH ('connector' = 'blackhole');"
                f"EXPLAIN STATE INSERT INTO o {query};", seconds=100)


check(body)
