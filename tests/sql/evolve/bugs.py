#!/usr/bin/env python3
"""Bugs that other engines had with savepoints and restores, each named after its row of
docs/design/checkpoint-protocol.md, "Bugs of other engines". Rows that are tested elsewhere: B1-B4, B11, B15, B23 in tests/unit/state/checkpoint_bugs_test.cc, B5 in damage_test.cc and
savepoint_damage_test.cc beside it, B2 and B16 also in savepoints.py, B7 in tests/unit/runtime/connectors/file_sink_test.cc,
B12 in restore_modes.py and tests/unit/runtime/task/job_test.cc, the second half of B18 there, B20 in unchanged.py (the
test evolve.b20_unchanged).

What must come out is by hand, from the rows fed.
"""
import re
import subprocess

import savepoints
from savepoints import COUNTS, SavepointCase

WINDOWS = {
    "TUMBLE": "TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND))",
    "HOP": "TABLE(HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND))",
    "CUMULATE": "TABLE(CUMULATE(TABLE events, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND))",
}


def windowed(table, calls="COUNT(*)"):
    return (f"INSERT INTO counts WITH m AS (SELECT window_start, k, {calls} AS n FROM {table} GROUP BY window_start, "
            "window_end, k) SELECT window_start, k, n FROM m")


def stamp(second):
    return f"2025-12-31 23:59:{60 + second:02}.000" if second < 0 else f"2026-01-01 00:{second // 60:02}:{second % 60:02}.000"


class Bugs(SavepointCase):
    def b13(self, kind, late_rows):
        """Fires windows, stops, restores, and sends a row that is late for them."""
        self.run_sql(f"CREATE JOB j AS {windowed(WINDOWS[kind])};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
        fired = self.rows()
        path = next((self.dir / "saved").iterdir())
        # The watermark stands at 13: [0, 10) has been emitted, [10, 20) is open.
        self.feed("2", [("late", 1, 4), ("a", 1, 12), ("z", 1, 60)])
        self.run_sql(f"RESTORE JOB j FROM '{path}';\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;", definitions="")
        new = sorted(set(self.rows()) - set(fired))
        self.assertEqual(len(self.rows()), len(set(self.rows())), "a window was emitted twice")
        self.assertEqual(new, sorted(late_rows))

    def test_b13_a_row_that_is_late_before_the_restore_is_late_behind_it_tumble(self):
        self.b13("TUMBLE", [f"{stamp(10)},a,3", f"{stamp(10)},b,1"])

    def test_b13_hop_emits_no_window_again(self):
        self.b13("HOP", [f"{stamp(5)},a,3", f"{stamp(5)},b,1", f"{stamp(10)},a,3", f"{stamp(10)},b,1"])

    def test_b13_cumulate_counts_no_late_row(self):
        # Of [10, 20) the first step is [10, 15).
        self.run_sql(f"CREATE JOB j AS {windowed(WINDOWS['CUMULATE'])};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
        self.feed("2", [("late", 1, 4), ("a", 1, 12), ("z", 1, 60)])
        self.run_sql(f"RESTORE JOB j FROM '{next((self.dir / 'saved').iterdir())}';\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        self.assertEqual(self.rows(), sorted([f"{stamp(0)},a,1", f"{stamp(0)},b,1"] * 2 +
                                             [f"{stamp(10)},a,3", f"{stamp(10)},b,1"] * 2))

    def test_b6_a_crash_behind_a_savepoint_neither_loses_nor_doubles_rows(self):
        # Goes on from the checkpoint before the savepoint, or from the savepoint.
        for go_on in (f"CREATE JOB j AS {COUNTS}", "RESTORE JOB j FROM SAVEPOINT s"):
            with self.subTest(go_on.split()[0]):
                self.doCleanups()
                self.setUp()
                self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
                self.assertEqual(self.rows(), self.FIRST)
                self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
                # The windows that this closes are in the savepoint, and in no checkpoint.
                self.run_until_running(
                    f"SET 'execution.checkpointing.interval' = '1 h';\nCREATE JOB j AS {COUNTS};\n"
                    f"WAIT FOR JOB j UNTIL IDLE;\nSAVEPOINT JOB j AS s TO '{self.dir}/saved';\nSHOW JOBS;\n")
                self.assertEqual(self.rows(), self.FIRST)
                self.run_sql(f"{go_on};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
                self.assertEqual(self.rows(), self.ALL)

    def uids(self, statements):
        """Of every EXPLAIN STATE among the statements."""
        done = subprocess.run([savepoints.WEIR, "--data-dir", str(self.dir / "data"), "--format", "csv", "-q", "--no-catalog", "-c",
                               self.definitions() + statements], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return re.findall(r"^((?:src|wm|sink|~)[^,\s]*),", done.stdout, re.M)

    def test_b14_uids_depend_on_the_statement_alone(self):
        other = COUNTS.replace("WITH m", "WITH q").replace("FROM m", "FROM q").replace("'10'", "'7'")
        explain = f"EXPLAIN STATE {COUNTS};"
        fresh = self.uids(explain)
        self.assertEqual(fresh, ["src:events", "wm:events", "sink:counts/cte:m/wagg", "sink:counts/sink.w"])
        dirty = self.uids(f"EXPLAIN {other};\nSELECT COUNT(*) FROM (VALUES (1)) AS t(a);\nEXPLAIN STATE {other};\n{explain}")
        self.assertEqual(dirty[-len(fresh):], fresh)
        # A job that ran before in the same process changes nothing.
        self.assertEqual(self.uids(f"CREATE JOB j AS {other};\nSTOP JOB j;\n{explain}"), fresh)

    def test_b14_two_sinks_in_two_orders_and_one_table_twice(self):
        table = self.definitions("others").partition(";")[2].replace("TABLE counts", "TABLE others")
        other = COUNTS.replace("INTO counts", "INTO others").replace("'10'", "'7'")
        twice = COUNTS.replace("COUNT(*)", "SUM(v)").replace("TABLE events", "TABLE twice")
        union = "CREATE TEMPORARY VIEW twice AS SELECT * FROM events UNION ALL SELECT * FROM events WHERE v > 2;\n"

        def explain(*inserts):
            return f"EXPLAIN STATE STATEMENT SET BEGIN {'; '.join(inserts)}; END;"
        there, back = self.uids(table + explain(COUNTS, other)), self.uids(table + explain(other, COUNTS))
        self.assertEqual(sorted(there), sorted(back))
        self.assertEqual(len(there), len(set(there)), "two operators have one uid")
        self_union = self.uids(union + f"EXPLAIN STATE {twice};")
        self.assertEqual(self_union, ["src:events", "wm:events", "sink:counts/cte:m/wagg", "sink:counts/sink.w"])

    def test_b16_what_was_allowed_to_go_stays_allowed_when_the_job_dies_before_its_first_checkpoint(self):
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
        path = next((self.dir / "saved").iterdir())
        edited = COUNTS.replace("SELECT window_start, k, n FROM m", "SELECT * FROM m").replace(
            "WITH m AS (SELECT window_start, k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' "
            "SECOND)) GROUP BY window_start, window_end, k)", "WITH m AS (SELECT ts, k, CAST(v AS BIGINT) AS n FROM events)")
        self.run_until_running("SET 'execution.checkpointing.interval' = '1 h';\n"
                               f"RESTORE JOB j FROM '{path}' ALLOW NON RESTORED STATE ACCEPT CHANGES ('sink:counts/sink.w') "
                               f"AS {edited};\nWAIT FOR JOB j UNTIL IDLE;\nSHOW JOBS;\n")
        self.feed("2", [("c", 9, 15)])
        self.run_sql(f"CREATE JOB j AS {edited};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        self.assertEqual(self.rows(), sorted(self.FIRST + [f"{stamp(15)},c,9"]))

    def test_b18_from_an_older_savepoint_everything_behind_it_comes_again(self):
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\nSAVEPOINT JOB j AS old TO '{self.dir}/saved';\n"
                     "STOP JOB j;")
        self.feed("2", [("a", 9, 14), ("c", 9, 25)])
        go_on = "WAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\n"
        self.run_sql(f"CREATE JOB j AS {COUNTS};\n{go_on}STOP JOB j;")
        self.feed("3", [("z", 9, 60)])
        self.run_sql(f"CREATE JOB j AS {COUNTS};\n{go_on}{go_on}STOP JOB j;")
        whole = self.rows()
        self.assertEqual(whole, self.FIRST + [f"{stamp(10)},a,3", f"{stamp(10)},b,1", f"{stamp(20)},c,1"])
        # Into a place of its own: neither a checkpoint of greater number nor files that are there make it skip anything.
        done = self.run_sql("RESTORE JOB copy FROM SAVEPOINT old ACCEPT CHANGES ('sink:counts/sink.w') AS "
                            f"{COUNTS};\nWAIT FOR JOB copy UNTIL IDLE;\nSTOP JOB copy;", definitions=self.definitions("other"))
        self.assertEqual(self.rows("other"), whole[2:])
        # And into the same: what the original had committed behind the savepoint is there twice, and that is said.
        done = self.run_sql("RESTORE JOB j FROM SAVEPOINT old;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        self.assertIn("once more", done.stderr)
        self.assertEqual(self.rows(), sorted(whole + whole[2:]))

    def test_b24_state_that_outgrows_memory_is_no_failure_of_checkpoints(self):
        self.feed("2", [(f"key {i:05} {'x' * 200}", i, 13) for i in range(4000)] + [("z", 9, 60)])
        for backend in ("rocksdb", "memory"):
            done = self.run_sql(f"SET 'state.backend.type' = '{backend}';\nSET 'state.memory.limit' = '64 kb';\n"
                                f"SET 'execution.checkpointing.interval' = '20 ms';\nCREATE JOB {backend} AS {COUNTS};\n"
                                f"WAIT FOR JOB {backend} UNTIL IDLE;\nSAVEPOINT JOB {backend} TO '{self.dir}/saved';\n"
                                f"STOP JOB {backend};", definitions=self.definitions(backend))
            self.assertNotIn("WARNING", done.stderr)
            self.assertEqual(len(self.rows(backend)), 4000 + 4)
            evictions = int(re.search(r"^evictions (\d+)$", (self.dir / "report").read_text(), re.M).group(1))
            self.assertEqual(evictions > 0, backend == "rocksdb", "SET limits the memory of a process that runs already")

    def test_b25_state_of_operators_behind_the_head_of_a_chain(self):
        # At parallelism 1 source, watermark and all three aggregations are one chain.
        query = ("INSERT INTO counts WITH a AS (SELECT k, v, COUNT(*) AS c FROM events GROUP BY k, v), b AS (SELECT k, "
                 "SUM(c) AS c FROM a GROUP BY k), m AS (SELECT CAST(MAX(c) AS BIGINT) AS n FROM b) SELECT "
                 "TIMESTAMP '2026-01-01 00:00:00', 'all', n FROM m")
        definitions = self.definitions().replace("'format' = 'csv')", "'format' = 'changelog')")
        path, most = "", []
        for phase, parallelism in enumerate((1, 2, 1)):
            self.feed(f"more {phase}", [("a", phase, 20), ("a", 9, 20), ("b", phase, 20)])
            start = f"RESTORE JOB j FROM '{path}'" if path else f"CREATE JOB j AS {query}"
            self.run_sql(f"SET 'parallelism.default' = '{parallelism}';\n{start};\nWAIT FOR JOB j UNTIL IDLE;\n"
                         f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved {phase}';", definitions=definitions)
            path = next((self.dir / f"saved {phase}").iterdir())
            kept = {}
            for line in self.rows():
                kept[line[3:]] = kept.get(line[3:], 0) + (1 if line.startswith("+") else -1)
            most.append([row for row, count in kept.items() if count])
        # Three rows of "a" at first, and two more in each phase.
        self.assertEqual(most, [[f"2026-01-01 00:00:00.000, all, {n}]"] for n in (5, 7, 9)])


if __name__ == "__main__":
    savepoints.main()
