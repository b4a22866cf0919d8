"""Where a time-to-live is taken away, what had expired before stays forgotten: a join and a Top-N take nothing back that they
never sent, over two savepoints, too, and a new reader is not told that it begins with the whole result. The state did not say
that it once had a time-to-live."""
import time

from weir import check, contains, equal

FILES = ("CREATE TABLE {0} ({1}) WITH ('connector' = 'filesystem', 'path' = '{0}', 'format' = 'changelog', "
         "'source.monitor-interval' = '20 ms', 'source.settle-interval' = '10 ms');\n")
SINK = "CREATE TABLE {0} ({1}) WITH ('connector' = 'filesystem', 'path' = '{0}', 'format' = 'changelog');\n"
WAIT = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT 'saved';"


class Job:
    def __init__(self, weir, tables, insert):
        self.weir, self.tables, self.insert, self.begun = weir, tables, insert, False

    def run(self, ttl, explained=None):
        start = "RESTORE JOB j FROM LATEST CHECKPOINT AS " if self.begun else "CREATE JOB j AS "
        self.begun = True
        said = f"SET 'table.exec.state.ttl' = '{ttl}';\n" + self.tables
        if explained:
            return self.weir.ok(f"{said}EXPLAIN {start}{explained};").out
        self.weir.ok(f"{said}{start}{self.insert};\n{WAIT}")
        return self.changes("o")

    def changes(self, table):
        return self.weir.rows(table)


def of_a_join(weir):
    job = Job(weir, FILES.format("a", "k INT, x INT") + FILES.format("b", "k INT, y INT") + SINK.format("o", "k INT, x INT, y INT"),
              "INSERT INTO o SELECT a.k, x, y FROM a JOIN b ON a.k = b.k")
    weir.write("a/1", "+I[1, 10]\n")
    job.run("1 s")
    time.sleep(1.2)
    weir.write("b/1", "+I[1, 7]\n")
    equal(job.run("1 s"), [])
    equal(job.run("0 s"), [])
    weir.write("a/2", "-D[1, 10]\n")
    equal(job.run("0 s"), [])


def of_a_reader(weir):
    view = "CREATE VIEW m AS SELECT k, SUM(v) AS s FROM t GROUP BY k;\n"
    job = Job(weir, FILES.format("t", "k INT, v INT") + SINK.format("o", "k INT, s INT") + SINK.format("p", "k INT, s INT") + view,
              "INSERT INTO o SELECT k, s FROM m")
    weir.write("t/1", "+I[1, 1]\n")
    job.run("1 s")
    job.run("0 s")
    said = job.run("0 s", "STATEMENT SET BEGIN INSERT INTO o SELECT k, s FROM m; INSERT INTO p SELECT k, s FROM m; END")
    contains(said, "what has expired is not in its state")
    equal("seeded" in said, False, said)


def body(weir):
    of_a_join(weir.apart("join"))
    of_a_reader(weir.apart("reader"))


check(body)
