#!/usr/bin/env python3
"""Draining, who owns a savepoint, which checkpoints are kept, and what a restore warns of.

What must be in the output is by hand, from the rows fed: windows of 10 s that count rows by key.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import savepoints
from savepoints import COUNTS, EDITED, JOB_FAILED, REFUSED, SQL_ERROR, SavepointCase

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "state"))
import key_groups  # noqa: E402

OPEN = ["2026-01-01 00:00:10.000,a,2", "2026-01-01 00:00:10.000,b,1"]
CLAIM = "WITH ('execution.state-recovery.claim-mode' = 'CLAIM')"


class RestoreModes(SavepointCase):
    def saved(self):
        return sorted((self.dir / "saved").glob("savepoint-*"), key=lambda path: path.stat().st_mtime_ns)

    def drain(self, more=""):
        done = self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n{more}\n"
                            f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved' WITH DRAIN;\nSHOW JOBS;")
        return done, str(self.saved()[-1])

    # --- drain ---

    def test_drain_fires_every_window_and_commits_it(self):
        done, path = self.drain()
        self.assertIn("drained", done.stderr)
        self.assertIn("FINISHED", done.stdout)
        self.assertEqual(self.rows(), self.FIRST + OPEN)
        described = self.run_sql(f"DESCRIBE SAVEPOINT '{path}';").stdout
        self.assertNotIn(", ending ", described, "no window is open")

    def test_drain_without_checkpoints_and_without_a_savepoint(self):
        for stop in (f"WITH SAVEPOINT '{self.dir}/saved' WITH DRAIN", "WITH DRAIN"):
            shutil.rmtree(self.dir / "out", ignore_errors=True)
            self.run_sql(f"SET 'execution.checkpointing.interval' = '0 s';\nCREATE JOB j AS {COUNTS};\n"
                         f"WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j {stop};")
            self.assertEqual(self.rows(), self.FIRST + OPEN)

    def test_b12_drain_with_an_idle_source_fires_its_windows_all_the_same(self):
        (self.dir / "quiet").mkdir()
        quiet = (f"CREATE TABLE quiet (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ("
                 f"'connector' = 'filesystem', 'path' = '{self.dir}/quiet', 'format' = 'csv', "
                 f"'source.monitor-interval' = '50 ms', 'source.settle-interval' = '0 s');\nSET 'table.exec.source.idle-timeout' = '100 ms';\n"
                 "CREATE TEMPORARY VIEW both AS SELECT * FROM events UNION ALL SELECT * FROM quiet;\n")
        query = COUNTS.replace("TABLE events", "TABLE both")
        definitions = self.definitions(extra=quiet)
        (self.dir / "quiet" / "1.csv").write_text("q,1,2026-01-01 00:00:01\n")
        self.run_sql(f"CREATE JOB j AS {query};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved' WITH DRAIN;", definitions=definitions)
        self.assertEqual(self.rows(), sorted(self.FIRST + ["2026-01-01 00:00:00.000,q,1"] + OPEN))

    def test_a_restore_from_a_drained_savepoint_warns_and_drops_late_rows(self):
        _, path = self.drain()
        explained = self.run_sql(f"EXPLAIN RESTORE JOB j FROM '{path}';")
        self.assertIn("was drained", explained.stderr)
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        done = self.run_sql(f"RESTORE JOB j FROM '{path}';\nWAIT FOR JOB j UNTIL IDLE;\nDESCRIBE JOB j;\nSTOP JOB j;")
        self.assertIn("was drained", done.stderr)
        self.assertEqual(self.rows(), self.FIRST + OPEN, "every window had fired")

    def test_a_drained_job_is_finished_and_runs_anew(self):
        self.drain()
        refused = self.run_sql("RESTORE JOB j FROM LATEST CHECKPOINT;", SQL_ERROR).stderr
        self.assertIn("E5002", refused)
        shutil.rmtree(self.dir / "out")
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
        self.assertEqual(self.rows(), self.FIRST)

    def test_cancel_cannot_drain(self):
        failed = self.run_sql(f"CREATE JOB j AS {COUNTS};\nCANCEL JOB j WITH SAVEPOINT '{self.dir}/saved' WITH DRAIN;",
                              SQL_ERROR)
        self.assertIn("a cancelled job is not drained", failed.stderr)

    # --- another number of key groups ---

    GROUPS = "pipeline.max-parallelism"

    def dealt_to(self, groups):
        """The savepoint of a job that has it now, in which every row is in the group of its key."""
        saved = self.saved()[-1]
        self.assertIn("windows", " ".join(key_groups.tables_of(saved, groups)))
        return saved

    def test_max_parallelism_by_with_by_set_and_by_a_conf_file(self):
        path = self.stop()
        (self.dir / "conf" / "weir").mkdir(parents=True)
        (self.dir / "conf" / "weir" / "weir.yaml").write_text(f"{self.GROUPS}: 11\n")
        self.addCleanup(os.environ.pop, "XDG_CONFIG_HOME", None)
        for head, clause, conf, groups in (("", f" WITH ('{self.GROUPS}' = '7')", "", 7),
                                           (f"SET '{self.GROUPS}' = '1000';\n", "", "", 1000), ("", "", "conf", 11)):
            os.environ["XDG_CONFIG_HOME"] = f"{self.dir}/{conf or 'none'}"
            explained = self.run_sql(f"{head}EXPLAIN RESTORE JOB j FROM '{path}'{clause};").stdout
            self.assertIn(f"pipeline.max-parallelism 128 becomes {groups}: deals ", explained)
            done = self.run_sql(f"{head}RESTORE JOB j FROM '{path}'{clause};\nWAIT FOR JOB j UNTIL IDLE;\n"
                                f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
            self.assertIn(explained.split("The restore is")[0], done.stdout)
            self.dealt_to(groups)

    def test_states_of_other_key_groups_are_compared_once_one_is_converted(self):
        path = self.stop()
        self.run_sql(f"RESTORE JOB j FROM '{path}' WITH ('{self.GROUPS}' = '7');\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
        dealt, uid = self.dealt_to(7), "UID 'sink:counts/cte:m/wagg'"
        refused = self.run_sql(f"SHOW STATE DIFFERENCE OF '{path}' AND '{dealt}' {uid};", REFUSED).stderr
        self.assertIn("convert-savepoint --max-parallelism 128", refused)
        done = subprocess.run([savepoints.WEIR, "convert-savepoint", "--max-parallelism", "128", dealt, self.dir / "converted"],
                              capture_output=True, text=True, timeout=60, check=True)
        same = self.run_sql(f"SHOW STATE DIFFERENCE OF '{path}' AND '{done.stdout.strip()}' {uid};").stdout
        self.assertRegex(same, r"count\(\*\).*\n├.*\n└", "a table without rows")

    def test_max_parallelism_of_a_restored_job_is_its_own_from_then_on(self):
        path = self.stop()
        self.run_sql(f"RESTORE JOB j FROM '{path}' WITH ('{self.GROUPS}' = '7');\nCHECKPOINT JOB j;\nSTOP JOB j;")
        refused = self.run_sql(f"SET '{self.GROUPS}' = '128';\nRESTORE JOB j FROM LATEST CHECKPOINT;", REFUSED).stderr
        self.assertIn("it is 7, not 128", refused)
        self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
        self.assertEqual(self.rows(), self.ALL)

    def test_a_job_that_was_killed_before_its_first_checkpoint_is_dealt_again(self):
        path = self.stop()
        self.run_until_running(f"SET 'execution.checkpointing.interval' = '0 s';\nRESTORE JOB j FROM '{path}' "
                               f"WITH ('{self.GROUPS}' = '7');\nSHOW JOBS;\n")
        self.finish(f"RESTORE JOB j FROM LATEST CHECKPOINT;\nSAVEPOINT JOB j TO '{self.dir}/saved'")
        self.dealt_to(7)
        self.assertEqual(self.rows(), self.ALL)

    def test_max_parallelism_is_refused_where_rows_are_not_canonical(self):
        self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"SAVEPOINT JOB j TO '{self.dir}/saved' FORMAT NATIVE;\nSTOP JOB j;")
        kept = max(self.dir.glob("data/jobs/*/checkpoints/chk-*"), key=lambda found: found.stat().st_mtime_ns)
        for path, what in ((self.saved()[-1], "native savepoint"), (kept, "checkpoint")):
            for explain in ("EXPLAIN ", ""):
                done = self.run_sql(f"{explain}RESTORE JOB k FROM '{path}' WITH ('{self.GROUPS}' = '7');", 0 if explain else REFUSED)
                self.assertIn(f"in canonical format only, and this is a {what}: it is 128, not 7", done.stdout + done.stderr)
            self.assertIn("FORMAT CANONICAL", done.stderr)
        self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
        self.assertEqual(self.rows(), self.ALL)

    def test_a_job_cannot_have_more_subtasks_than_key_groups(self):
        path = self.stop()
        options = f"'{self.GROUPS}' = '7', 'parallelism.default' = "
        done = self.run_sql(f"RESTORE JOB j FROM '{path}' WITH ({options}'8');", REFUSED)
        self.assertIn("is 7, so that a job cannot have 8 subtasks", done.stderr)
        wide = COUNTS.replace("counts ", "counts /*+ OPTIONS('sink.parallelism' = '8') */ ", 1)
        for explain in ("EXPLAIN ", ""):
            done = self.run_sql(f"{explain}RESTORE JOB j FROM '{path}' WITH ({options}'7') AS {wide};", 0 if explain else REFUSED)
            self.assertIn("would have 8 subtasks by an option of its table", done.stdout + done.stderr)
        self.finish(f"RESTORE JOB j FROM '{path}' WITH ({options}'7')")
        self.assertEqual(self.rows(), self.ALL)

    # --- whose a savepoint is ---

    def test_claim_removes_the_savepoint_once_the_job_has_a_checkpoint(self):
        path = self.stop()
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        done = self.run_sql(f"RESTORE JOB j FROM '{path}' {CLAIM};\nSHOW SAVEPOINTS;\nWAIT FOR JOB j UNTIL IDLE;\n"
                            "CHECKPOINT JOB j;\nSHOW SAVEPOINTS;\nSTOP JOB j;")
        self.assertIn("savepoint-", done.stdout.split("0 rows")[0])
        self.assertEqual(self.saved(), [])
        self.assertEqual(self.rows(), self.ALL)
        self.assertEqual(self.run_sql("SHOW SAVEPOINTS;").stdout.count("savepoint-"), 0)

    def test_claim_keeps_the_savepoint_while_fewer_checkpoints_than_are_retained_are_there(self):
        path = self.stop()
        retain = "SET 'execution.checkpointing.num-retained' = '3';\nSET 'execution.checkpointing.interval' = '0 s';\n"
        self.run_sql(f"{retain}RESTORE JOB j FROM '{path}' {CLAIM};\nCHECKPOINT JOB j;\nCHECKPOINT JOB j;\n"
                     "DROP SAVEPOINT nothing;", SQL_ERROR)
        # The error ended the script, which stopped the job: that was the third.
        self.assertEqual(self.saved(), [])
        self.run_sql("RESTORE JOB j FROM LATEST CHECKPOINT;\nSTOP JOB j;")

    def test_claim_of_a_job_that_dies_before_its_checkpoint_keeps_the_savepoint(self):
        path = self.stop()
        self.run_sql(f"SET 'execution.checkpointing.interval' = '0 s';\nRESTORE JOB j FROM '{path}' {CLAIM};\nCANCEL JOB j;")
        self.assertEqual([str(found) for found in self.saved()], [path])
        self.finish(f"RESTORE JOB j FROM '{path}'")
        self.assertEqual(self.rows(), self.ALL)

    def test_what_is_claimed_is_nobody_elses(self):
        path = self.stop()
        retain = "SET 'execution.checkpointing.num-retained' = '9';\n"
        for other in (f"RESTORE JOB k FROM '{path}'", f"RESTORE JOB k FROM '{path}' {CLAIM}"):
            refused = self.run_sql(f"{retain}RESTORE JOB j FROM '{path}' {CLAIM};\n{other};", REFUSED)
            self.assertIn("has claimed it", refused.stdout)
            self.assertIn("has claimed it", refused.stderr)
        dropped = self.run_sql(f"DROP SAVEPOINT '{path}';", SQL_ERROR)
        self.assertIn("has claimed it", dropped.stderr)

    def test_what_others_start_from_cannot_be_claimed_or_dropped(self):
        path = self.stop()
        quiet = "SET 'execution.checkpointing.interval' = '0 s';\n"
        refused = self.run_sql(f"{quiet}RESTORE JOB copy FROM '{path}';\nRESTORE JOB j FROM '{path}' {CLAIM};", REFUSED)
        self.assertIn("cannot be claimed", refused.stderr)
        self.run_sql("DROP JOB copy;")
        dropped = self.run_sql(f"{quiet}RESTORE JOB copy FROM '{path}';\nDROP SAVEPOINT '{path}';", SQL_ERROR)
        self.assertIn("CHECKPOINT JOB copy", dropped.stderr)

    def test_no_claim_lets_go_of_the_savepoint_with_the_first_checkpoint(self):
        for layout in ("CANONICAL", "NATIVE"):
            with self.subTest(layout):
                self.run_sql(f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                             f"SAVEPOINT JOB j AS s TO '{self.dir}/saved' FORMAT {layout};\nCANCEL JOB j;")
                path = str(self.saved()[-1])
                self.run_sql("SET 'execution.checkpointing.interval' = '0 s';\nRESTORE JOB j FROM SAVEPOINT s;\n"
                             "CHECKPOINT JOB j;\nDROP SAVEPOINT s;\nSTOP JOB j;")
                self.assertFalse(pathlib_exists(path))
                self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
                self.assertEqual(self.rows(), self.ALL)
                self.run_sql("DROP JOB j;")
                shutil.rmtree(self.dir / "out")
                (self.dir / "in" / "2.csv").unlink()

    def test_a_claimed_checkpoint_goes_and_its_jobs_others_stay(self):
        self.run_sql(f"SET 'execution.checkpointing.num-retained' = '3';\nCREATE JOB j AS {COUNTS};\n"
                     "WAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\nCHECKPOINT JOB j;\nSTOP JOB j;")
        kept = sorted(self.dir.glob("data/jobs/*/checkpoints/chk-*"))
        self.assertEqual(len(kept), 3)
        refused = self.run_sql(f"RESTORE JOB copy FROM '{kept[-1]}' {CLAIM};", REFUSED)
        self.assertIn("while its job can go on", refused.stderr)
        self.run_sql(f"SET 'execution.checkpointing.interval' = '0 s';\nRESTORE JOB j FROM '{kept[-1]}' "
                     f"{CLAIM[:-1]}, 'execution.checkpointing.num-retained' = '1');\nCHECKPOINT JOB j;\nCANCEL JOB j;")
        self.assertEqual([found.exists() for found in kept], [True, True, False])
        self.run_sql(f"RESTORE JOB again FROM '{kept[1]}';\nCANCEL JOB again;")

    def test_claim_mode_is_not_handed_on(self):
        path = self.stop()
        self.run_sql(f"RESTORE JOB j FROM '{path}' {CLAIM};\nCHECKPOINT JOB j;\n"
                     f"STOP JOB j WITH SAVEPOINT '{self.dir}/saved';")
        second = str(self.saved()[-1])
        self.finish(f"RESTORE JOB j FROM '{second}'")
        self.assertTrue(pathlib_exists(second))
        self.assertEqual(self.rows(), self.ALL)

    def test_flinks_scripts_claim_too(self):
        path = self.stop()
        self.run_sql(f"SET 'execution.savepoint.path' = '{path}';\nSET 'execution.savepoint-restore-mode' = 'CLAIM';\n"
                     f"CREATE JOB j AS {COUNTS};\nCHECKPOINT JOB j;\nSTOP JOB j;")
        self.assertEqual(self.saved(), [])

    def test_the_legacy_mode_leaves_the_savepoint_alone(self):
        path = self.stop()
        done = self.run_sql("SET 'execution.savepoint-restore-mode' = 'LEGACY';\n"
                            f"SET 'execution.savepoint.path' = '{path}';\nCREATE JOB j AS {COUNTS};\nCHECKPOINT JOB j;\nSTOP JOB j;")
        self.assertIn("claim-mode = LEGACY (it is NO_CLAIM", done.stderr)
        self.assertTrue(pathlib_exists(path))
        failed = self.run_sql("SET 'execution.state-recovery.claim-mode' = 'OURS';", SQL_ERROR)
        self.assertIn("LEGACY", failed.stderr)

    # --- checkpoints off ---

    def test_savepoints_work_with_checkpoints_off(self):
        off = "SET 'execution.checkpointing.interval' = '0 s';\n"
        for backend in ("rocksdb", "memory"):
            for layout in ("CANONICAL", "NATIVE"):
                with self.subTest(backend=backend, layout=layout):
                    options = off + f"SET 'state.backend.type' = '{backend}';\n"
                    self.run_sql(f"{options}CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                                 f"SAVEPOINT JOB j TO '{self.dir}/saved' FORMAT {layout};\n"
                                 f"SHOW CHECKPOINTS FOR JOB j;\nCANCEL JOB j;")
                    self.assertEqual(self.rows(), [], "nothing was committed")
                    self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
                    self.run_sql(f"{options}RESTORE JOB j FROM '{self.saved()[-1]}';\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
                    self.assertEqual(self.rows(), self.ALL)
                    shutil.rmtree(self.dir / "out")
                    (self.dir / "in" / "2.csv").unlink()
                    self.run_sql("DROP JOB j;")

    # --- which checkpoints are kept ---

    def cancelled(self, retention):
        self.run_sql(f"SET 'execution.checkpointing.externalized-checkpoint-retention' = '{retention}';\n"
                     f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\nCANCEL JOB j;")

    def test_retained_on_cancellation(self):
        self.cancelled("RETAIN_ON_CANCELLATION")
        path = next(self.dir.glob("data/jobs/*/checkpoints/chk-*"))
        self.run_sql(f"EXPLAIN RESTORE JOB copy FROM '{path}/_metadata';")
        self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
        self.assertEqual(self.rows(), self.ALL)

    def checkpoints(self):
        return sorted(self.dir.glob("data/jobs/*/checkpoints/chk-*"), key=lambda path: int(path.name[4:]))

    RETAIN_MORE = ("SET 'execution.checkpointing.num-retained' = '3';\nSET 'execution.checkpointing.interval' = '0 s';\n"
                   "SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';\n")

    def shared(self):
        return {path.name for path in self.dir.glob("data/jobs/*/checkpoints/shared/*")}

    def test_checkpoints_of_a_cancelled_job_are_dropped_with_what_they_alone_need(self):
        self.run_sql(f"{self.RETAIN_MORE}CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\n"
                     "STOP JOB j;")
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        self.run_sql(f"{self.RETAIN_MORE}CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\n"
                     "CANCEL JOB j;")
        kept = self.checkpoints()
        self.assertEqual(len(kept), 3)
        self.assertTrue(self.shared())
        # The middle one, by a URL: the others are whole, to the byte.
        done = self.run_sql(f"DROP SAVEPOINT 'file://{kept[1]}';\nDESCRIBE SAVEPOINT '{kept[0]}';\n"
                            f"EXPLAIN RESTORE JOB copy FROM '{kept[2]}';\nSHOW CHECKPOINTS FOR JOB j;")
        self.assertIn(f"Checkpoint file://{kept[1]} dropped", done.stdout + done.stderr)
        self.assertEqual(self.checkpoints(), [kept[0], kept[2]])
        # By its metadata, with a file of somebody else's beside it.
        (kept[0] / "notes.txt").write_text("mine\n")
        done = self.run_sql(f"DROP SAVEPOINT '{kept[0]}/_metadata';")
        self.assertIn("the checkpoint's directory stays, with what is no part of it: notes.txt", done.stderr)
        self.assertEqual([path.name for path in kept[0].iterdir()], ["notes.txt"])
        self.run_sql(f"EXPLAIN RESTORE JOB copy FROM '{kept[2]}';")
        # The last one takes the shared files with it.
        self.run_sql(f"DROP SAVEPOINT '{kept[2]}';")
        self.assertFalse(kept[2].exists())
        self.assertEqual(self.shared(), set())
        self.assertIn("E7004", self.run_sql("RESTORE JOB j FROM LATEST CHECKPOINT;", SQL_ERROR).stderr)
        self.run_sql(f"DROP SAVEPOINT IF EXISTS '{kept[2]}';")

    def test_the_checkpoint_that_a_job_goes_on_from_cannot_be_dropped(self):
        self.run_sql(f"{self.RETAIN_MORE}CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\n"
                     "CHECKPOINT JOB j;\nSTOP JOB j;")
        kept = self.checkpoints()
        refused = self.run_sql(f"DROP SAVEPOINT '{kept[-1]}';", SQL_ERROR).stderr
        self.assertIn("E7004", refused)
        self.assertIn('job "j" needs it to go on', refused)
        self.assertIn("DROP JOB j", refused)
        # Behind a damaged one it is the one before that.
        metadata = (kept[-1] / "_metadata").read_bytes()
        (kept[-1] / "_metadata").write_bytes(metadata[:-1] + bytes([metadata[-1] ^ 1]))
        self.assertIn("needs it to go on", self.run_sql(f"DROP SAVEPOINT '{kept[-2]}';", SQL_ERROR).stderr)
        (kept[-1] / "_metadata").write_bytes(metadata)
        for spare in kept[:-1]:
            self.run_sql(f"DROP SAVEPOINT '{spare}';")
        self.assertEqual(self.checkpoints(), kept[-1:])
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
        self.assertEqual(self.rows(), self.ALL)

    def test_checkpoints_of_a_running_or_unknown_job_cannot_be_dropped(self):
        self.run_sql(f"{self.RETAIN_MORE}CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\n"
                     "CHECKPOINT JOB j;\nSTOP JOB j;")
        kept = self.checkpoints()
        refused = self.run_sql(f"{self.RETAIN_MORE}CREATE JOB j AS {COUNTS};\nDROP SAVEPOINT '{kept[0]}';", SQL_ERROR).stderr
        self.assertIn('job "j" is running', refused)
        self.assertIn("num-retained", refused)
        foreign = self.dir / "foreign"
        copied = foreign / self.checkpoints()[0].name
        shutil.copytree(kept[0].parent, foreign)
        refused = self.run_sql(f"DROP SAVEPOINT '{copied}';", SQL_ERROR).stderr
        self.assertIn("this data directory does not know", refused)
        self.assertTrue((copied / "_metadata").exists())

    def test_a_checkpoint_that_a_restored_job_needs_cannot_be_dropped(self):
        self.cancelled("RETAIN_ON_CANCELLATION")
        kept = self.checkpoints()[-1]
        refused = self.run_sql(f"SET 'execution.checkpointing.interval' = '0 s';\nRESTORE JOB copy FROM '{kept}';\n"
                               f"DROP SAVEPOINT '{kept}/_metadata';", SQL_ERROR).stderr
        self.assertIn('job "copy" started from it', refused)
        self.run_sql(f"DROP JOB copy;\nDROP SAVEPOINT '{kept}';")
        self.assertFalse(kept.exists())

    def test_deleted_on_cancellation(self):
        self.cancelled("DELETE_ON_CANCELLATION")
        self.assertEqual(list(self.dir.glob("data/jobs/*/checkpoints/chk-*")), [])
        failed = self.run_sql("RESTORE JOB j FROM LATEST CHECKPOINT;", SQL_ERROR)
        self.assertIn("E7004", failed.stderr)
        self.assertIn("no checkpoint of job", failed.stderr)

    def test_kept_when_the_job_fails(self):
        for retention in ("DELETE_ON_CANCELLATION", "NO_EXTERNALIZED_CHECKPOINTS"):
            with self.subTest(retention):
                shutil.rmtree(self.dir / "data", ignore_errors=True)
                shutil.rmtree(self.dir / "out", ignore_errors=True)
                (self.dir / "in" / "2.csv").unlink(missing_ok=True)
                script = (f"SET 'execution.checkpointing.externalized-checkpoint-retention' = '{retention}';\n"
                          f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\nCHECKPOINT JOB j;\n"
                          f"SOURCE '{self.dir}/fail.sql';")
                (self.dir / "fail.sql").write_text("WAIT FOR JOB j UNTIL FINISHED TIMEOUT INTERVAL '20' SECOND;")
                failing = self.dir / "in" / "2.csv"
                # The bad record arrives once the checkpoint is complete: written by a script that sees it.
                done = self.fail_later(script, failing)
                self.assertEqual(done, JOB_FAILED)
                failing.unlink()
                self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
                self.assertEqual(self.rows(), self.ALL)

    def fail_later(self, script, failing):
        import os
        import subprocess
        import time
        path = self.dir / "failing.sql"
        path.write_text(self.definitions() + script)
        process = subprocess.Popen([savepoints.WEIR, "--data-dir", str(self.dir / "data"), "run", str(path)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not list(self.dir.glob("data/jobs/*/checkpoints/LATEST")):
            time.sleep(0.05)
        failing.write_text("a,1,not a time\n")
        return process.wait(timeout=40)

    # --- what a restore says ---

    def test_duplicates_are_warned_of_even_when_no_checkpoint_is_left(self):
        self.run_sql(f"SET 'execution.checkpointing.externalized-checkpoint-retention' = 'DELETE_ON_CANCELLATION';\n"
                     f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"SAVEPOINT JOB j AS s TO '{self.dir}/saved';\nCHECKPOINT JOB j;\nCANCEL JOB j;")
        self.assertEqual(self.rows(), self.FIRST)
        done = self.finish("RESTORE JOB j FROM SAVEPOINT s")
        self.assertIn("will be written once more", done.stderr)
        self.assertEqual(self.rows(), self.ALL, "what the savepoint promised is committed once")

    def test_duplicates_of_a_job_that_started_from_the_same_savepoint(self):
        path = self.stop()
        self.finish(f"RESTORE JOB j FROM '{path}'")
        done = self.run_sql(f"EXPLAIN RESTORE JOB j FROM '{path}';")
        self.assertIn("will be written once more", done.stderr)

    def test_no_false_alarm(self):
        path = self.stop()
        done = self.finish(f"RESTORE JOB j FROM '{path}'")
        self.assertNotIn("WARNING", done.stderr)
        self.run_sql(f"DROP JOB j;\nCREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"CANCEL JOB j WITH SAVEPOINT '{self.dir}/saved';")
        done = self.run_sql(f"EXPLAIN RESTORE JOB j FROM '{self.saved()[-1]}';")
        self.assertNotIn("WARNING", done.stderr)

    def test_bytes_and_time_are_said(self):
        path = self.stop()
        done = self.finish(f"RESTORE JOB j FROM '{path}'")
        self.assertRegex(done.stderr, r"State of job j: \d+ B verified in [\d.]+ s, opened in [\d.]+ s\.")

    def test_bytes_and_time_are_said_when_the_job_itself_goes_on(self):
        self.stop()
        done = self.finish("RESTORE JOB j FROM LATEST CHECKPOINT")
        self.assertRegex(done.stderr, r"State of job j: [\d.]+ \S+ verified in [\d.]+ s, opened in [\d.]+ s\.")

    def test_bytes_are_of_the_rows_wherever_they_are(self):
        # Two rows of 2 + 8 + 4 bytes of key (group, slice, text) and 2 of value. The restored job has them on disk only.
        self.stop(f"SAVEPOINT JOB j AS one TO '{self.dir}/saved';")
        self.run_sql(f"RESTORE JOB j FROM SAVEPOINT one;\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"SAVEPOINT JOB j AS two TO '{self.dir}/saved';\nSAVEPOINT JOB j AS three TO '{self.dir}/saved' "
                     "FORMAT NATIVE;\nSTOP JOB j;")
        sizes = [next(row["bytes"] for row in map(json.loads, self.run_json(f"DESCRIBE SAVEPOINT {name};").splitlines()[-4:])
                      if row["uid"].endswith("wagg")) for name in ("one", "two", "three")]
        self.assertEqual(sizes[0], sizes[1])
        self.assertIn(sizes[0], range(24, 60))
        self.assertIn(sizes[2], range(sizes[0], 4 * sizes[0]), "with the database's own bytes of each key")

    def test_wrong_names_in_clauses_are_named_and_pointed_at(self):
        path = self.stop()
        uid = "sink:counts/cte:m/wagg"
        for clause, uid_wrong, why in (
                (f"ALLOW DROP ('{uid[:-1]}')", uid[:-1], f'did you mean "{uid}"?'),
                (f"ACCEPT CHANGES ('{uid[:-1]}')", uid[:-1], f'did you mean "{uid}"?'),
                ("WITH STATE MAPPING ('sink:counts/*' TO 'sink:other/*')", "sink:other/*", "the query has no uid below"),
                (f"WITH STATE MAPPING ('src:events' TO '{uid}')", uid, "a Scan cannot go on as a WindowAggregate")):
            statement = f"RESTORE JOB j FROM '{path}'\n  {clause}\n  AS {COUNTS}"
            explained = self.run_sql(f"EXPLAIN {statement};").stdout
            self.assertIn("The restore is refused", explained)
            self.assertIn(uid_wrong, explained)
            self.assertIn(why, explained)
            refused = self.run_sql(f"{statement};", REFUSED)
            self.assertEqual(refused.stdout, explained)
            line = next(i for i, text in enumerate((self.dir / "script.sql").read_text().split("\n"), 1) if clause in text)
            self.assertIn(f"script.sql:{line}:", refused.stderr)

    def test_describe_of_what_is_not_there(self):
        self.stop(f"SAVEPOINT JOB j AS nightly TO '{self.dir}/saved';")
        failed = self.run_sql("DESCRIBE SAVEPOINT nighty;", SQL_ERROR).stderr
        self.assertIn("nightly", failed, "did you mean")
        min(self.saved()).rename(self.dir / "elsewhere")
        self.assertIn("was moved or deleted", self.run_sql("DESCRIBE SAVEPOINT nightly;", SQL_ERROR).stderr)

    def test_a_moved_savepoint_is_known_to_have_been_there(self):
        self.stop(f"SAVEPOINT JOB j AS half TO '{self.dir}/saved';")
        half = min(self.saved())
        half.rename(self.dir / "elsewhere")
        failed = self.run_sql("RESTORE JOB j FROM SAVEPOINT half;", SQL_ERROR)
        self.assertIn("was moved or deleted", failed.stderr)
        self.assertIn("moved or deleted", self.run_sql("SHOW SAVEPOINTS;").stdout)
        self.finish(f"RESTORE JOB j FROM '{self.dir}/elsewhere'")

    def test_explain_agrees_about_the_backend_and_key_groups(self):
        self.stop(f"SAVEPOINT JOB j AS mine TO '{self.dir}/saved' FORMAT NATIVE;")
        for option in ("'state.backend.type' = 'memory'", "'pipeline.max-parallelism' = '64'"):
            statement = f"RESTORE JOB j FROM SAVEPOINT mine WITH ({option})"
            explained = self.run_sql(f"EXPLAIN {statement};").stdout
            refused = self.run_sql(f"{statement};", REFUSED)
            self.assertEqual(explained, refused.stdout)
            self.assertIn("The restore is refused", explained)

    def test_explain_beside_the_running_job_says_so(self):
        self.stop(f"SAVEPOINT JOB j AS s TO '{self.dir}/saved';")
        done = self.run_sql("RESTORE JOB j FROM LATEST CHECKPOINT;\nEXPLAIN RESTORE JOB j FROM SAVEPOINT s;\n"
                            "STOP JOB j;")
        self.assertIn("NOTICE: job j is running", done.stderr)

    def test_the_saved_definition_counts_and_the_other_one_is_mentioned(self):
        path = self.stop()
        done = self.finish(f"RESTORE JOB j FROM '{path}'", definitions=self.definitions(out="other"))
        self.assertIn("NOTICE: counts is defined otherwise in this session", done.stderr)
        self.assertEqual(self.rows(), self.ALL)
        self.assertEqual(self.rows("other"), [])

    def test_which_windows_are_mixed_and_from_when(self):
        path = self.stop()
        done = self.run_sql(f"EXPLAIN RESTORE JOB j FROM '{path}' AS {EDITED};").stdout
        self.assertIn("mixed  window 2026-01-01 00:00:10.000 to 2026-01-01 00:00:20.000, 2 rows of state, "
                      "from the watermark 2026-01-01 00:00:13.000 on", done)
        self.assertEqual(done.count("mixed"), 1, "the first window has fired")

    def test_describe_says_everything(self):
        path = self.stop()
        text = self.run_sql(f"DESCRIBE SAVEPOINT '{path}';").stdout
        for what in ("format version 2", "by weir", "of at most 128", "INSERT INTO `counts`" if "`counts`" in text else
                     "INSERT INTO counts", "read(split STRING NOT NULL, salt BIGINT NOT NULL: position STRING NOT NULL",
                     "1 window, ending 2026-01-01 00:00:20.000",
                     "windows(k STRING: row_count BIGINT", "committables", "partitions"):
            self.assertIn(what, text)
        rows = [json.loads(line) for line in
                self.run_json(f"DESCRIBE SAVEPOINT '{path}';").splitlines() if line.startswith("{")]
        self.assertEqual([row["uid"] for row in rows],
                         ["src:events", "wm:events", "sink:counts/cte:m/wagg", "sink:counts/sink.w"])
        window = rows[2]
        self.assertEqual((window["operator"], window["key"], window["rows"], window["ttl"]),
                         ("WindowAggregate", "k STRING", 2, ""))
        self.assertEqual([row["watermark"] for row in rows[1:3]], ["2026-01-01 00:00:13.000"] * 2)

    def test_describe_names_the_time_to_live(self):
        query = "INSERT INTO counts SELECT MAX(ts), k, COUNT(*) FROM events GROUP BY k"
        definitions = re.sub(r"'connector' = 'filesystem', 'path' = '\S+/out', 'format' = 'csv'", "'connector' = 'print'",
                             self.definitions()) + "SET 'table.exec.state.ttl' = '1 h';\n"
        self.run_sql(f"CREATE JOB j AS {query};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j WITH SAVEPOINT '{self.dir}/saved';",
                     definitions=definitions)
        self.assertIn("3600000 ms", self.run_sql(f"DESCRIBE SAVEPOINT '{self.saved()[-1]}';").stdout)

    def test_branches_come_and_go_whatever_their_columns_are_called(self):
        for backend, take in (("rocksdb", ""), ("rocksdb", " FORMAT NATIVE"), ("memory", "")):
            with self.subTest(backend=backend, take=take):
                self.branches(self.dir / f"{backend}{len(take)}", backend, take)

    def branches(self, where, backend, take):
        for table, rows in (("ta", "a,1\nb,2\n"), ("tb", "a,10\nb,20\n")):
            (where / table).mkdir(parents=True)
            (where / table / "1.csv").write_text(rows)
        files = "'connector' = 'filesystem', 'format' = 'csv', 'source.monitor-interval' = '20 ms', 'source.settle-interval' = '0 s'"
        definitions = (f"SET 'state.backend.type' = '{backend}';\n"
                       f"CREATE TABLE ta (k STRING, a INT) WITH ({files}, 'path' = '{where}/ta');\n"
                       f"CREATE TABLE tb (k STRING, v INT) WITH ({files}, 'path' = '{where}/tb');\n"
                       "CREATE TABLE totals (k STRING, n BIGINT, s INT, m INT, r DOUBLE) WITH ('connector' = 'filesystem', "
                       f"'format' = 'changelog', 'path' = '{where}/out');\n")
        total = ("INSERT INTO totals SELECT k, COUNT(DISTINCT x), SUM(x), MAX(x), AVG(CAST(x AS DOUBLE)) FROM ({}) t "
                 "GROUP BY k")
        one = total.format("SELECT k, a AS x FROM ta")
        two = total.format("SELECT k, a AS x FROM ta UNION ALL SELECT k, v AS x FROM tb")
        name = f"j{len(take)}{backend}"
        end = f"WAIT FOR JOB {name} UNTIL IDLE;\nSAVEPOINT JOB {name} TO '{where}/{{}}'{take};\nSTOP JOB {name};"

        def restore(saved, sql, clauses):
            path = next((where / saved).iterdir())
            start = f"RESTORE JOB {name} FROM '{path}' {clauses}"
            said = self.run_sql(f"{start} AS {sql};", REFUSED, definitions).stdout
            self.assertRegex(said, r"SEMANTIC +sink:totals/agg ")
            self.assertNotIn("ALLOW PARTIAL", said)
            return f"{start} ACCEPT CHANGES ('sink:totals/agg', 'sink:totals/sink.w') AS {sql};\n"

        self.run_sql(f"CREATE JOB {name} AS {one};\n{end.format('first')}", 0, definitions)
        self.run_sql(restore("first", two, "") + end.format("second"), 0, definitions)
        self.assertEqual(self.left(where), ["a, 2, 11, 10, 5.5", "b, 2, 22, 20, 11.0"])
        (where / "ta" / "2.csv").write_text("a,100\n")
        self.run_sql(restore("second", one, "ALLOW DROP ('src:tb')") + end.format("third"), 0, definitions)
        self.assertEqual(self.left(where), ["a, 3, 111, 100, 37.0", "b, 2, 22, 20, 11.0"])

    @staticmethod
    def left(where):
        """What the changes of the output leave."""
        rows = collections.Counter()
        for path in (where / "out").glob("part-*"):
            for line in path.read_text().splitlines():
                rows[line[3:-1]] += 1 if line[:2] in ("+I", "+U") else -1
        assert all(count in (0, 1) for count in rows.values()), rows
        return sorted(row for row, count in rows.items() if count)

    def run_json(self, statement):
        import subprocess
        done = subprocess.run([savepoints.WEIR, "--data-dir", str(self.dir / "data"), "--format", "json", "--no-catalog", "-c", statement],
                              capture_output=True, text=True, timeout=60, check=True)
        return done.stdout


def pathlib_exists(path):
    import pathlib
    return pathlib.Path(path).exists()


if __name__ == "__main__":
    savepoints.main()
