#!/usr/bin/env python3
"""Savepoints and restores through the real binary: what they commit, where they may be, and what is refused.

Tests named b<n>_ are rows of docs/design/checkpoint-protocol.md, "Bugs of other engines".
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

WEIR = os.environ.get("WEIR", "build/weir")
COUNTS = ("INSERT INTO counts WITH m AS (SELECT window_start, k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE events, "
          "DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k) SELECT window_start, k, n FROM m")
EDITED = COUNTS.replace("SELECT window_start, k, COUNT(*)", "SELECT window_start, k, MAX(v) AS x, COUNT(*)")
REFUSED, SQL_ERROR, JOB_FAILED = 5, 3, 4


class SavepointCase(unittest.TestCase):
    """A job that counts by windows of a watched folder, in a directory of its own."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="weir-savepoints-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        (self.dir / "in").mkdir()
        self.feed("1", [("a", 1, 1), ("b", 2, 2), ("a", 3, 11), ("b", 4, 12), ("a", 5, 13)])

    def feed(self, name, rows):
        text = "".join(f"{k},{v},2026-01-01 00:{ts // 60:02}:{ts % 60:02}\n" for k, v, ts in rows)
        (self.dir / "in" / f"{name}.csv").write_text(text)

    def definitions(self, out="out", extra=""):
        return (f"CREATE TABLE events (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ("
                f"'connector' = 'filesystem', 'path' = '{self.dir}/in', 'format' = 'csv', "
                f"'source.monitor-interval' = '50 ms', 'source.settle-interval' = '0 s');\n"
                f"CREATE TABLE counts (window_start TIMESTAMP(3), k STRING, n BIGINT) WITH ("
                f"'connector' = 'filesystem', 'path' = '{self.dir}/{out}', 'format' = 'csv');\n{extra}\n")

    def run_sql(self, statements, code=0, definitions=None):
        script = self.dir / "script.sql"
        script.write_text((self.definitions() if definitions is None else definitions) + statements)
        # Lines 'name count' of what the process did.
        done = subprocess.run([WEIR, "--data-dir", str(self.dir / "data"), "--statistics", str(self.dir / "report"), "run",
                               str(script)], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, code, f"{statements}\n{done.stdout}{done.stderr}")
        return done

    def run_until_running(self, statements):
        """Kills the process when SHOW JOBS, which the statements end with, has said so of the job j."""
        script = self.dir / "kill.sql"
        script.write_text(f"{self.definitions()}{statements}WAIT FOR JOB j UNTIL FINISHED;\n")
        process = subprocess.Popen([WEIR, "--data-dir", str(self.dir / "data"), "run", str(script)],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = any("RUNNING" in line for line in process.stdout)
        process.kill()
        process.wait()
        process.stdout.close()
        self.assertTrue(said, statements)

    def stop(self, more=""):
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n{more}\n"
                     f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
        return str(max((self.dir / "saved").iterdir(), key=lambda path: path.stat().st_mtime_ns))

    def finish(self, restore, code=0, definitions=None):
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        return self.run_sql(f"{restore};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;", code, definitions)

    def rows(self, out="out"):
        return sorted(line for path in (self.dir / out).glob("part-*") for line in path.read_text().splitlines())

    FIRST = ["2026-01-01 00:00:00.000,a,1", "2026-01-01 00:00:00.000,b,1"]
    ALL = FIRST + ["2026-01-01 00:00:10.000,a,3", "2026-01-01 00:00:10.000,b,1", "2026-01-01 00:00:10.000,c,1"]


class SavepointTest(SavepointCase):
    # --- round trips ---

    def test_without_as_runs_the_saved_sql_without_any_definition(self):
        path = self.stop()
        self.assertEqual(self.rows(), self.FIRST)
        self.finish(f"RESTORE JOB j FROM '{path}'", definitions="")
        self.assertEqual(self.rows(), self.ALL)

    def test_path_of_the_metadata_and_of_a_kept_checkpoint(self):
        path = self.stop()
        self.finish(f"RESTORE JOB j FROM '{path}/_metadata'")
        self.assertEqual(self.rows(), self.ALL)
        kept = max(self.dir.glob("data/jobs/*/checkpoints/chk-*"), key=lambda found: found.stat().st_mtime_ns)
        self.run_sql(f"EXPLAIN RESTORE JOB j FROM '{kept}';")

    def test_moved_read_only_and_copied(self):
        path = self.stop()
        moved = self.dir / "elsewhere"
        shutil.copytree(path, moved)
        shutil.rmtree(path)
        subprocess.run(["chmod", "-R", "a-w", str(moved)], check=True)
        failed = self.run_sql(f"RESTORE JOB j FROM '{path}';", SQL_ERROR)
        self.assertIn("E7004", failed.stderr)
        self.finish(f"RESTORE JOB j FROM '{moved}'")
        self.assertEqual(self.rows(), self.ALL)
        subprocess.run(["chmod", "-R", "u+w", str(moved)], check=True)

    def test_fork_under_another_name_leaves_the_original(self):
        path = self.stop()
        self.run_sql(f"RESTORE JOB copy FROM '{path}' ACCEPT CHANGES ('sink:counts/sink.w') AS {COUNTS};\n"
                     "WAIT FOR JOB copy UNTIL IDLE;\nSTOP JOB copy;", definitions=self.definitions("other"))
        jobs = self.run_sql("SHOW JOBS;").stdout
        self.assertIn("copy", jobs)
        self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
        self.assertEqual(self.rows(), self.ALL)

    def test_names(self):
        self.stop(f"SAVEPOINT JOB j AS half TO '{self.dir}/saved';")
        listed = self.run_sql("SHOW SAVEPOINTS;\nDESCRIBE SAVEPOINT half;").stdout
        self.assertIn("half", listed)
        self.assertIn("sink:counts/cte:m/wagg", listed)
        for like, kept in (("LIKE 'h%'", True), ("LIKE 'HALF'", False), ("NOT LIKE 'h%'", False), ("ILIKE 'HALF'", True)):
            self.assertEqual("half" in self.run_sql(f"SHOW SAVEPOINTS {like};").stdout, kept, like)
        self.finish("RESTORE JOB j FROM SAVEPOINT half")
        self.assertEqual(self.rows(), self.ALL)
        self.run_sql("DROP SAVEPOINT half;")
        self.assertIn("E7004", self.run_sql("RESTORE JOB k FROM SAVEPOINT half;", SQL_ERROR).stderr)
        self.run_sql("DROP SAVEPOINT IF EXISTS half;")

    def test_the_hint_of_a_changed_script_works_when_pasted(self):
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        refused = self.run_sql(f"CREATE JOB j AS {EDITED};", REFUSED).stderr
        explain = next(line.strip() for line in refused.splitlines() if line.strip().startswith("EXPLAIN RESTORE"))
        self.assertIn("PARTIAL", self.run_sql(explain).stdout)
        self.assertIn("ALLOW PARTIAL", self.run_sql(explain.removeprefix("EXPLAIN "), REFUSED).stdout)
        restore = next(line.strip() for line in refused.splitlines()
                       if line.strip().startswith("RESTORE JOB") and " AS " in line)
        self.assertIn("FROM LATEST CHECKPOINT ALLOW PARTIAL AS", restore)
        self.finish(restore.rstrip(";"))
        self.assertEqual(self.rows(), self.ALL)

    def test_flinks_path_is_for_the_next_insert_only(self):
        path = self.stop()
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        done = self.run_sql(f"SET 'execution.state-recovery.path' = '{path}';\nCREATE JOB j AS {COUNTS};\n"
                            "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;\nSET;")
        self.assertIn("NOTICE", done.stderr)
        self.assertEqual(self.rows(), self.ALL)

    def test_saved_key_order_outlives_the_restored_job(self):
        query = ("INSERT INTO pairs WITH m AS (SELECT {0}, COUNT(*) AS n, window_start FROM TABLE(TUMBLE(TABLE events, "
                 "DESCRIPTOR(ts), INTERVAL '60' SECOND)) GROUP BY {0}, window_start, window_end) SELECT k, v, n FROM m")
        table = (f"CREATE TABLE pairs (k STRING, v INT, n BIGINT) WITH ('connector' = 'filesystem', "
                 f"'path' = '{self.dir}/out', 'format' = 'csv');")
        definitions = self.definitions(extra=table)
        wait = "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j"
        self.run_sql(f"CREATE JOB j AS {query.format('k, v')};\n{wait} WITH SAVEPOINT '{self.dir}/saved';",
                     definitions=definitions)
        path = next((self.dir / "saved").iterdir())
        self.feed("2", [("a", 1, 20), ("b", 4, 21)])
        done = self.run_sql(f"RESTORE JOB j FROM '{path}' AS {query.format('v, k')};\n{wait};", definitions=definitions)
        self.assertIn("saved order", done.stdout)
        self.feed("3", [("a", 1, 30), ("z", 0, 600)])
        self.run_sql(f"CREATE JOB j AS {query.format('v, k')};\n{wait};", definitions=definitions)
        self.assertEqual(self.rows(), ["a,1,3", "a,3,1", "a,5,1", "b,2,1", "b,4,2"])

    def test_a_statement_set_is_restored_by_its_printed_sql(self):
        both = f"EXECUTE STATEMENT SET BEGIN {COUNTS}; {COUNTS.replace('INTO counts', 'INTO others')}; END"
        others = self.definitions("others").replace("CREATE TABLE counts", "CREATE TABLE others").partition(";")[2]
        definitions = self.definitions(extra=others) + "SET 'pipeline.name' = 'j';\n"
        stop = f"WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j"
        self.run_sql(f"{both};\n{stop};", definitions=definitions)
        refused = self.run_sql(f"{both.replace('10', '20')};", REFUSED, definitions).stderr
        explain = refused[refused.index("EXPLAIN RESTORE"):].partition("END;")[0] + "END;"
        self.assertIn("INCOMPATIBLE", self.run_sql(explain, definitions=definitions).stdout)
        self.run_sql(f"RESTORE JOB j FROM LATEST CHECKPOINT;\n{stop};", definitions="")

    def test_a_sink_that_keeps_nothing_may_go(self):
        definitions = self.definitions(extra="CREATE TABLE shown (k STRING, v INT) WITH ('connector' = 'blackhole');\n")
        self.run_sql(f"SET 'pipeline.name' = 'j';\nEXECUTE STATEMENT SET BEGIN {COUNTS}; INSERT INTO shown SELECT k, v FROM events; "
                     f"END;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT '{self.dir}/saved';", definitions=definitions)
        path = next((self.dir / "saved").iterdir())
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        done = self.run_sql(f"RESTORE JOB j FROM '{path}' AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        self.assertRegex(done.stdout, r"DROP +sink:shown/sink.w .*nothing was kept for it")
        self.assertEqual(self.rows(), self.ALL)
        # The one that commits files must be allowed to go.
        self.run_sql(f"RESTORE JOB k FROM '{path}' AS INSERT INTO shown SELECT k, v FROM events;", REFUSED, definitions)

    def test_overwritten_output_stays(self):
        over = COUNTS.replace("INSERT INTO", "INSERT OVERWRITE")
        self.run_sql(f"CREATE JOB j AS {over};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
        self.assertEqual(self.rows(), self.FIRST)
        path = next((self.dir / "saved").iterdir())
        self.finish(f"RESTORE JOB j FROM '{path}'")
        self.assertEqual(self.rows(), self.ALL)
        self.feed("3", [("y", 1, 99)])
        self.run_sql("RESTORE JOB j FROM LATEST CHECKPOINT;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        self.assertEqual(self.rows(), self.ALL + ["2026-01-01 00:01:00.000,z,1"])

    def test_cancel_restore_and_drop_in_one_script(self):
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"SAVEPOINT JOB j AS s TO '{self.dir}/saved';\nCANCEL JOB j;\n"
                     "RESTORE JOB j FROM SAVEPOINT s;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;\n"
                     "DROP JOB j;\nDROP SAVEPOINT s;")
        self.assertEqual(self.rows(), self.ALL)
        self.assertEqual(list((self.dir / "data/jobs").iterdir()), [])
        self.assertEqual(list((self.dir / "saved").iterdir()), [])

    # --- what they commit and delete ---

    def test_a_savepoint_commits_nothing(self):
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nSAVEPOINT JOB j TO '{self.dir}/saved';\n"
                     "CANCEL JOB j;")
        self.assertEqual(self.rows(), [])
        self.finish(f"RESTORE JOB j FROM '{next((self.dir / 'saved').iterdir())}'")
        self.assertEqual(self.rows(), self.ALL)

    def test_cancel_with_savepoint_commits_nothing(self):
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"CANCEL JOB j WITH SAVEPOINT '{self.dir}/saved';")
        self.assertEqual(self.rows(), [])
        self.finish(f"RESTORE JOB j FROM '{next((self.dir / 'saved').iterdir())}'")
        self.assertEqual(self.rows(), self.ALL)

    def test_b2_the_savepoint_is_left_as_it_is(self):
        path = pathlib.Path(self.stop())
        before = {str(file): file.read_bytes() for file in path.rglob("*") if file.is_file()}
        self.finish(f"RESTORE JOB j FROM '{path}'")
        self.assertEqual(before, {str(file): file.read_bytes() for file in path.rglob("*") if file.is_file()})
        self.finish(f"RESTORE JOB j FROM '{path}'")

    def test_b16_a_restored_job_that_dies_at_once_starts_from_the_savepoint_again(self):
        path = self.stop()
        self.run_until_running(f"RESTORE JOB j FROM '{path}' ALLOW PARTIAL AS {EDITED};\nWAIT FOR JOB j UNTIL IDLE;\n"
                               "SHOW JOBS;\n")
        self.finish(f"CREATE JOB j AS {EDITED}")
        self.assertEqual(self.rows(), self.ALL)

    # --- refusals ---

    def test_no_directory_anywhere(self):
        failed = self.run_sql(f"CREATE JOB j AS {COUNTS};\nSAVEPOINT JOB j;", SQL_ERROR)
        self.assertIn("execution.checkpointing.savepoint-dir", failed.stderr)

    def test_name_used_twice_and_job_running(self):
        failed = self.run_sql(f"CREATE JOB j AS {COUNTS};\nSAVEPOINT JOB j AS x TO '{self.dir}/saved';\n"
                              f"SAVEPOINT JOB j AS x TO '{self.dir}/saved';", SQL_ERROR)
        self.assertIn("E7003", failed.stderr)
        failed = self.run_sql(f"RESTORE JOB j FROM SAVEPOINT x;\nRESTORE JOB j FROM SAVEPOINT x;", SQL_ERROR)
        self.assertIn("E5002", failed.stderr)

    def test_native_across_backends(self):
        self.stop(f"SAVEPOINT JOB j AS mine TO '{self.dir}/saved' FORMAT NATIVE;")
        refused = self.run_sql("RESTORE JOB j FROM SAVEPOINT mine WITH ('state.backend.type' = 'memory');", REFUSED)
        self.assertIn("CANONICAL", refused.stderr)
        self.finish("RESTORE JOB j FROM SAVEPOINT mine WITH ('parallelism.default' = '3')")
        self.assertEqual(self.rows(), self.ALL)

    def test_damage_is_named_and_nothing_starts(self):
        path = pathlib.Path(self.stop())
        jobs = sorted(found.name for found in (self.dir / "data/jobs").iterdir())
        for name in ["_metadata", "state/000001.rows"]:
            whole = (path / name).read_bytes()
            for damaged in [whole[:-1], whole[:len(whole) // 2] + b"\x00" + whole[len(whole) // 2 + 1:], b""]:
                if damaged == whole:
                    continue
                (path / name).write_bytes(damaged)
                failed = self.run_sql(f"RESTORE JOB j FROM '{path}';", REFUSED)
                self.assertIn(name, failed.stderr)
            (path / name).write_bytes(whole)
        self.assertEqual(jobs, sorted(found.name for found in (self.dir / "data/jobs").iterdir()))


def main():
    global WEIR
    if len(sys.argv) > 2 and sys.argv[1] == "--weir":
        WEIR = sys.argv[2]
        del sys.argv[1:3]
    ended = unittest.main(module="__main__", exit=False).result
    for test, why in ended.skipped:
        print(f"SKIPPED {test.id()}: {why}")
    bad = len(ended.failures) + len(ended.errors)
    print(f"files: {ended.testsRun - bad - len(ended.skipped)} passed, {bad} failed")
    sys.exit(0 if ended.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
