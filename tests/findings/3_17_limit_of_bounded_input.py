"""ORDER BY … LIMIT over input that ends: the Top-N below the sort answers for the rows that were kept, and is judged as every
other. A savepoint of before it was there has them all: those behind the last rank leave it."""
import pathlib

from weir import check, equal, true

EVENTS = ("CREATE TABLE events (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'fields.v.kind' = 'sequence', "
          "'fields.v.start' = '1', 'fields.v.end' = '2000');\n")
RESULTS = "CREATE TABLE results (v BIGINT) WITH ('connector' = 'print');\n"
QUERY = "INSERT INTO results SELECT v FROM events WHERE v < 100 OR v > 1990 ORDER BY MOD(v, 100) {}, v {}"
OLD = pathlib.Path(__file__).resolve().parents[1] / "golden/v1/savepoints/sort-canonical-rocksdb"


def body(weir):
    pace = EVENTS.replace("events", "pace").replace("'2000'", "'400'")
    weir.run(f"{EVENTS}{RESULTS}{pace}CREATE JOB j AS {QUERY.format('DESC', 'LIMIT 3')};\nSELECT COUNT(*) FROM pace;\n"
             "SAVEPOINT JOB j TO 'saved';\nCANCEL JOB j;")
    saved = next((weir.directory / "saved").iterdir())

    def expect(query, verdict, reason, path=saved, uid="sink:results/sort.top"):
        text = weir.run(f"{EVENTS}{RESULTS}EXPLAIN RESTORE JOB j FROM '{path}' AS {query};").out
        line = next(line for line in text.splitlines() if uid in line.split())
        true(line.startswith(verdict) and reason in line, f"not {verdict}", text)

    expect(QUERY.format("DESC", "LIMIT 3"), "FULL", "")
    expect(QUERY.format("DESC", "LIMIT 5"), "INCOMPATIBLE", "the last rank was 3, is 5: rows behind it were not kept")
    expect(QUERY.format("", "LIMIT 3"), "INCOMPATIBLE", "the order was v % 100 DESC, v, is v % 100, v")
    expect(QUERY.format("DESC", "LIMIT 2 OFFSET 1"), "FULL", "the first rank was 1, is 2")
    expect(QUERY.format("DESC", ""), "DROP", "the query has no such operator")
    expect(QUERY.format("DESC", "LIMIT 5"), "NEW", "it starts empty", OLD)
    expect(QUERY.format("DESC", "LIMIT 5"), "MIGRATE", "all rows were kept: those behind the last rank leave", OLD, "sink:results/sort")
    # 99, 1999 and 98 are first of all.
    for path, limit, want in ((saved, "LIMIT 2 OFFSET 1", ["+I[1999]", "+I[98]"]),
                              (OLD, "LIMIT 5", ["+I[99]", "+I[1999]", "+I[98]", "+I[1998]", "+I[97]"])):
        done = weir.run(f"{EVENTS}{RESULTS}RESTORE JOB j FROM '{path}' AS {QUERY.format('DESC', limit)};\n"
                        "WAIT FOR JOB j UNTIL FINISHED;")
        equal([line for line in done.out.splitlines() if line.startswith("+I")], want, done.out)


check(body)
