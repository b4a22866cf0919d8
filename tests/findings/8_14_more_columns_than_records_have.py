"""A continuous materialized table whose records have no names gets no more columns: what it has could not be read any more.
One whose records have names does, and so does one that is written anew."""
from weir import check, contains, equal

ORDERS = "CREATE TABLE orders (id INT, sku STRING) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv'{});\n"
TABLE = ("CREATE{} MATERIALIZED TABLE t WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = '{}') "
         "FRESHNESS = INTERVAL '1' SECOND REFRESH_MODE = {} AS SELECT {} FROM orders;\n")
WIDER = "ALTER MATERIALIZED TABLE t AS SELECT id, sku FROM orders;\n"
ACCEPT = "SET 'execution.restore-clauses' = 'ACCEPT CHANGES (''sink:t/sink.w'')';\n"
SUSPEND = "ALTER MATERIALIZED TABLE t SUSPEND;"
REFUSED = "t has more columns in this query, and the csv records that are there do not say which columns they have"


def body(weir):
    watched = ORDERS.format(", 'source.monitor-interval' = '20 ms'")
    for change in (WIDER, TABLE.format(" OR ALTER", "csv", "CONTINUOUS", "id, sku")):
        own = weir.apart(f"csv{len(change)}")
        own.write("in/a.csv", "1,a\n")
        done = own.run(watched + TABLE.format("", "csv", "CONTINUOUS", "id") + ACCEPT + change + SUSPEND)
        equal(done.code, 3, done)
        contains(done.err, REFUSED, done)
        contains(done.err, "E2009", done)
    named = weir.apart("json")
    named.write("in/a.csv", "1,a\n")
    named.ok(watched + TABLE.format("", "json", "CONTINUOUS", "id") + ACCEPT + WIDER + SUSPEND)
    full = weir.apart("full")
    full.write("in/a.csv", "1,a\n")
    done = full.ok("SET 'table.dml-sync' = 'true';\n" + ORDERS.format("") + TABLE.format("", "csv", "FULL", "id") + WIDER +
                   "SELECT * FROM t;", "--format", "csv")
    contains(done.out, "1,a", done)


check(body)
