#!/usr/bin/env python3
"""One run of one query of NEXMark by DuckDB, as a batch; prints one line of JSON.

usage: duckdb_run.py DATA QUERY [--threads 2] [--input json|memory] [--hash]

json: read_json of the files and the query, timed together. memory: the query alone, over tables that were
loaded before. Every column of every result row is used, through a hash that is thrown away. --hash: instead, the
hash of the result that bench/lib/result_hash.h defines; columns that depend on which of equal rows came first are
left out.
"""
import argparse
import glob
import json
import os
import re
import resource
import time

import duckdb
from sql_words import replaced

TABLES = {
    "person": "id BIGINT, name VARCHAR, emailAddress VARCHAR, creditCard VARCHAR, city VARCHAR, state VARCHAR, "
              "dateTime TIMESTAMP, extra VARCHAR",
    "auction": "id BIGINT, itemName VARCHAR, description VARCHAR, initialBid BIGINT, reserve BIGINT, "
               "dateTime TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra VARCHAR",
    "bid": "auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, dateTime TIMESTAMP, "
           "extra VARCHAR",
}
RANGES = ("", " FILTER (price < 10000)", " FILTER (price >= 10000 AND price < 1000000)", " FILTER (price >= 1000000)")
COUNTS = ", ".join("count(*)" + r for r in RANGES)
DISTINCT = ", ".join(f"count(DISTINCT {c}){r}" for c in ("bidder", "auction") for r in RANGES)
DAY = "strftime(dateTime, '%Y-%m-%d')"
BID = "auction, bidder, price, channel, url, dateTime, extra"
OPEN_WHILE = "a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires"
CHANNEL_ID = "regexp_extract(url, '(&|^)channel_id=([^&]*)', 2)"
SELLERS = "('apple', 'google', 'facebook', 'baidu')"
QUERIES = {
    "q0": "SELECT auction, bidder, price, dateTime, extra FROM bid",
    "q1": "SELECT auction, bidder, CAST(0.908 * price AS DECIMAL(23, 3)), dateTime, extra FROM bid",
    "q2": "SELECT auction, price FROM bid WHERE auction % 123 = 0",
    "q3": "SELECT p.name, p.city, p.state, a.id FROM auction a JOIN person p ON a.seller = p.id "
          "WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')",
    "q4": "SELECT category, CAST(trunc(avg(final)) AS BIGINT) FROM (SELECT max(b.price) AS final, a.category "
          f"FROM auction a, bid b WHERE {OPEN_WHILE} GROUP BY a.id, a.category) GROUP BY category",
    "q5": "WITH c AS MATERIALIZED (SELECT auction, count(*) AS num, w FROM (SELECT auction, unnest([time_bucket("
          "INTERVAL 2 SECOND, dateTime) - to_seconds(2 * i) FOR i IN range(5)]) AS w FROM bid) GROUP BY auction, w) "
          "SELECT auction, num FROM c JOIN (SELECT w, max(num) AS most FROM c GROUP BY w) USING (w) WHERE num >= most",
    "q7": "SELECT b.auction, b.bidder, b.price, b.dateTime, b.extra FROM bid b JOIN (SELECT max(price) AS most, "
          "time_bucket(INTERVAL 10 SECOND, dateTime) + INTERVAL 10 SECOND AS e FROM bid GROUP BY e) m "
          "ON b.price = m.most WHERE b.dateTime BETWEEN m.e - INTERVAL 10 SECOND AND m.e",
    "q8": "SELECT p.id, p.name, p.w FROM (SELECT DISTINCT id, name, time_bucket(INTERVAL 10 SECOND, dateTime) AS w "
          "FROM person) p JOIN (SELECT DISTINCT seller, time_bucket(INTERVAL 10 SECOND, dateTime) AS w FROM auction) a "
          "ON p.id = a.seller AND p.w = a.w",
    "q9": "SELECT * EXCLUDE (rn) FROM (SELECT a.*, b.auction, b.bidder, b.price, b.dateTime AS bt, b.extra AS be, "
          f"row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.dateTime) AS rn FROM auction a, bid b "
          f"WHERE {OPEN_WHILE}) WHERE rn <= 1",
    # Peers of one millisecond together, or they could split a session.
    "q11": "SELECT bidder, count(*), min(dateTime), max(dateTime) + INTERVAL 10 SECOND FROM (SELECT bidder, dateTime, "
           "sum(fresh) OVER (PARTITION BY bidder ORDER BY dateTime) AS k FROM (SELECT bidder, dateTime, "
           "CAST(coalesce(dateTime - lag(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime) > INTERVAL 10 SECOND, "
           "true) AS INT) AS fresh FROM bid)) GROUP BY bidder, k",
    # 10,000 rows (i, "i"), as bench/nexmark.cc writes them.
    "q13": "SELECT auction, bidder, price, dateTime, value FROM bid JOIN (SELECT i AS key, CAST(i AS VARCHAR) AS value "
           "FROM range(10000) r(i)) ON auction % 10000 = key",
    "q14": "SELECT auction, bidder, CAST(0.908 * price AS DECIMAL(23, 3)), CASE WHEN hour(dateTime) BETWEEN 8 AND 18 "
           "THEN 'dayTime' WHEN hour(dateTime) <= 6 OR hour(dateTime) >= 20 THEN 'nightTime' ELSE 'otherTime' END, "
           "dateTime, extra, length(extra) - length(replace(extra, 'c', '')) FROM bid "
           "WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000",
    "q15": f"SELECT {DAY} AS day, {COUNTS}, {DISTINCT} FROM bid GROUP BY day",
    "q16": f"SELECT channel, {DAY} AS day, max(strftime(dateTime, '%H:%M')), {COUNTS}, {DISTINCT} FROM bid "
           "GROUP BY channel, day",
    "q17": f"SELECT auction, {DAY} AS day, {COUNTS}, min(price), max(price), CAST(trunc(avg(price)) AS BIGINT), "
           "CAST(sum(price) AS BIGINT) FROM bid GROUP BY auction, day",
    "q18": f"SELECT {BID} FROM (SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY dateTime DESC) AS rn "
           "FROM bid) WHERE rn <= 1",
    "q19": "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC) AS rn FROM bid) "
           "WHERE rn <= 10",
    "q20": "SELECT auction, bidder, price, channel, url, b.dateTime AS bt, b.extra AS be, itemName, description, "
           "initialBid, reserve, a.dateTime AS at, expires, seller, category, a.extra AS ae "
           "FROM bid b JOIN auction a ON b.auction = a.id WHERE a.category = 10",
    "q21": "SELECT auction, bidder, price, channel, CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' "
           f"WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3' ELSE {CHANNEL_ID} END FROM bid "
           f"WHERE regexp_matches(url, '(&|^)channel_id=') OR lower(channel) IN {SELLERS}",
    "q22": "SELECT auction, bidder, price, channel, split_part(url, '/', 4), split_part(url, '/', 5), "
           "split_part(url, '/', 6) FROM bid",
    "q23": "SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.dateTime, b.extra, p.name, p.emailAddress, "
           "p.creditCard, p.city, p.state, a.itemName, a.description, a.initialBid, a.reserve, a.dateTime AS at, "
           "a.expires, a.seller, a.category, a.extra AS ae "
           "FROM bid b JOIN person p ON p.id = b.bidder JOIN auction a ON a.seller = b.bidder",
}
OPEN = {"q9": (11, 14), "q18": (2, 3, 4, 6), "q19": (1, 3, 4, 5, 6)}


def make_tables(connection, data, keep):
    files = sorted(glob.glob(os.path.join(data, "events-*.json")))
    columns = "{event_type: 'INTEGER', " + ", ".join(f"{k}: 'STRUCT({v})'" for k, v in TABLES.items()) + "}"
    source = f"read_json({files!r}, format='newline_delimited', columns={columns})"
    for kind, (name, fields) in enumerate(TABLES.items()):
        picked = ", ".join(f"{name}.{f.split()[0]} AS {f.split()[0]}" for f in fields.split(", "))
        connection.execute(f"CREATE {'TABLE' if keep else 'VIEW'} {name} AS SELECT {picked} FROM {source} "
                           f"WHERE event_type = {kind}")


def text_of(description):
    """The text of each column as result_hash.h has it."""
    for place, (_, kind, *_rest) in enumerate(description):
        name = f"c{place}"
        if str(kind).upper().startswith(("TIMESTAMP", "DATETIME")):
            name = f"strftime({name}, '%Y-%m-%d %H:%M:%S.%g')"
        yield place, f"coalesce(CAST({name} AS VARCHAR), '')"


def hashed(connection, query, sql):
    description = connection.execute(f"SELECT * FROM ({sql}) LIMIT 0").description
    names = ", ".join(f"c{i}" for i in range(len(description)))
    parts = [text for place, text in text_of(description) if place not in OPEN.get(query, ())]
    rows, total = connection.execute(
        f"SELECT count(*), sum(CAST(md5_number_lower(concat_ws(chr(9), {', '.join(parts)})) AS HUGEINT)) "
        f"FROM ({sql}) t({names})").fetchone()
    return rows, f"{int(total or 0) % 2**64:016x}"


def peak_mb():
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1000


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("query")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--input", default="json")
    parser.add_argument("--hash", action="store_true")
    parser.add_argument("--literals", type=json.loads, default=[], help="pairs of words: the old, the new")
    options = parser.parse_args()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {options.threads}; SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    make_tables(connection, options.data, options.input == "memory")
    line = {"query": options.query, "who": "duckdb", "version": duckdb.__version__, "input": options.input}
    sql = replaced(QUERIES[options.query], options.literals)
    if options.hash:
        line["result_rows"], line["hash"] = hashed(connection, options.query, sql)
    else:
        started, used = time.perf_counter(), cpu()
        rows, _ = connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM ({sql}) t").fetchone()
        line.update(rows=rows, wall_s=round(time.perf_counter() - started, 4), cpu_s=round(cpu() - used, 4),
                    peak_mb=round(peak_mb(), 1))
    print(json.dumps(line))


if __name__ == "__main__":
    main()
