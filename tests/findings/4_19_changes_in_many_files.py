"""Files of changes are read in the order in which they were written: by any number of subtasks, whatever their names are,
bounded and as they come, also behind a kill."""
import json
import os

from weir import check, equal

FILES = 24
KEYS = 40
TABLE = ("CREATE TABLE o (k BIGINT, c BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = 'in', "
         "'format' = 'changelog'{});\n")
QUERY = "SELECT COUNT(*) AS n, MIN(c) AS least, MAX(c) AS most FROM (SELECT o.k, o.c FROM o JOIN (VALUES (0)) AS v(x) ON o.c > v.x);"
SINK = ("CREATE TABLE r (k BIGINT, c BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'changelog');\n"
        "SET 'execution.checkpointing.interval' = '50 ms';\n"
        "CREATE JOB j AS INSERT INTO r SELECT o.k, o.c FROM o JOIN (VALUES (0)) AS v(x) ON o.c > v.x;\n"
        "WAIT FOR JOB j UNTIL FINISHED;")


def write(weir, number):
    """Every key once more than in the file before. The names are in the opposite order."""
    lines = []
    for key in range(KEYS):
        if number > 0:
            lines.append(f"-U[{key}, {number}]\n")
        lines.append(f"{'+U' if number > 0 else '+I'}[{key}, {number + 1}]\n")
    path = weir.write(f"in/part-{FILES - number}.changelog", "".join(lines))
    os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def folded(weir):
    rows = {}
    for line in sorted(weir.path("out").glob("part-*"), key=lambda path: path.stat().st_mtime_ns):
        for change in line.read_text(encoding="utf-8").splitlines():
            rows[change[2:]] = rows.get(change[2:], 0) + (1 if change[:2] in ("+I", "+U") else -1)
    return sorted(row for row, count in rows.items() for _ in range(count)), min(rows.values(), default=0)


def body(weir):
    for number in range(FILES):
        write(weir, number)
    for parallelism in (1, 2, 3):
        done = weir.run(TABLE.format("") + QUERY, "-D", f"parallelism.default={parallelism}", "--format", "json")
        equal(json.loads(done.out), {"n": KEYS, "least": FILES, "most": FILES}, done)
    options = ("-D", "parallelism.default=2")
    script = TABLE.format(", 'source.monitor-interval' = '10 ms', 'source.settle-interval' = '10 ms'") + SINK
    child = weir.start(script, *options)
    wanted = [f"[{key}, {{}}]" for key in range(KEYS)]

    def holds(count):
        return weir.path("out").exists() and folded(weir) == (sorted(row.format(count) for row in wanted), 0)
    weir.wait_for(lambda: holds(FILES), "the last changes", child=child)
    equal(weir.kill(child).code, -9)
    for number in range(FILES, FILES + 2):
        write(weir, number)
    child = weir.start(script, *options)
    weir.wait_for(lambda: holds(FILES + 2), "the changes of new files", child=child)
    equal(weir.kill(child).code, -9)


check(body)
