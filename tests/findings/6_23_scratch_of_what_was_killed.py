#!/usr/bin/env python3
"""What a killed process had on disk for its queries goes with the next one: below TMPDIR, and in a data directory, also
where nothing but jobs follows."""
from weir import KILLED, check, equal, true

QUERY = ("CREATE TEMPORARY TABLE s (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', "
         "'source.monitor-interval' = '20 ms');\nSELECT a, COUNT(*) FROM s GROUP BY a;\n")


def scratches(weir):
    return sorted(path.name for path in weir.path("temporary").glob("weir-quer*"))


def without_data_directory(weir):
    env = {"TMPDIR": str(weir.path("temporary"))}

    def begin(known):
        child = weir.start(QUERY, env=env)
        weir.wait_for(lambda: set(scratches(weir)) - set(known), "a query works below TMPDIR", child=child)
        return child, (set(scratches(weir)) - set(known)).pop()

    first, left = begin([])
    equal(weir.kill(first).code, KILLED)
    weir.path(f"temporary/{left}/rows").write_text("as much as it likes")
    weir.path("temporary/mine").mkdir()
    weir.path("temporary/weir-queries-link").symlink_to(weir.path("temporary/mine"))
    second, used = begin([left, "weir-queries-link"])
    true(left not in scratches(weir), "what was left is gone")
    weir.ok("SELECT 1;", env=env)
    true(used in scratches(weir) and second.poll() is None, "one that is in use stays")
    true(weir.path("temporary/mine").is_dir() and weir.path("temporary/weir-queries-link").is_symlink(), "what is no scratch stays")
    weir.kill(second)
    weir.ok("SELECT 1;", env=env)
    equal(scratches(weir), ["weir-queries-link"], "and one's own goes with the process")


def with_data_directory(weir):
    weir.path("data/jobs").mkdir(parents=True)
    weir.write("data/queries/killed/work/000001.sst", "as much as it likes")
    weir.ok("SHOW JOBS;")
    true(weir.path("data/queries/killed/work").exists(), "a statement that reads changes nothing")
    weir.ok("CREATE TABLE nowhere (a INT) WITH ('connector' = 'blackhole'); SET 'table.dml-sync' = 'true'; INSERT INTO nowhere VALUES (1);")
    true(not weir.path("data/queries").exists(), "what was left is gone without a query")


def body(weir):
    weir.path("temporary").mkdir()
    weir.write("in/a.csv", "1\n2\n")
    without_data_directory(weir)
    with_data_directory(weir)


check(body)
