#!/usr/bin/env python3
"""A newest checkpoint that is damaged: when a start goes back to the one before it, what it says, and what it leaves.

What must be in the output is by hand: rows are copied, so that what comes twice are the rows of the damaged checkpoint.
"""
import os
import pathlib
import re

import savepoints
from savepoints import REFUSED, SavepointCase

COPY = "INSERT INTO counts SELECT ts, k, CAST(v AS BIGINT) FROM events"
# Has state, so that a checkpoint has files besides its metadata.
KEPT = ("INSERT INTO counts SELECT ts, k, CAST(v AS BIGINT) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY v ORDER BY ts) AS n "
        "FROM events) WHERE n = 1")
RETAIN = "SET 'parallelism.default' = '1';\nSET 'execution.checkpointing.num-retained' = '3';\nSET 'execution.checkpointing.interval' = '0 s';\n"
ALWAYS = "SET 'execution.state-recovery.fallback' = 'always';\n"
NEVER = "SET 'execution.state-recovery.fallback' = 'never';\n"
WAYS_ON = "SET 'execution.state-recovery.fallback' = 'always';\n  RESTORE JOB `j` FROM LATEST CHECKPOINT;"


class Fallback(SavepointCase):
    def life(self, more="", code=0, sink="counts"):
        """A start of the job that reads what there is and stops with a checkpoint."""
        sql = f"CREATE JOB j AS {KEPT.replace('counts', sink)}"
        extra = "CREATE TABLE lines (ts TIMESTAMP(3), k STRING, v BIGINT) WITH ('connector' = 'print');\n"
        return self.run_sql(f"{RETAIN}{more}{sql};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;", code,
                            self.definitions(extra=extra))

    def checkpoints(self):
        return sorted(self.dir.glob("data/jobs/*/checkpoints/chk-*"), key=lambda path: int(path.name[4:]))

    def rot(self, metadata=False):
        """Flips a bit of the newest checkpoint; its directory, and the file."""
        path = self.checkpoints()[-1]
        names = sorted(name for name in os.listdir(path) if name != "_metadata" and os.path.getsize(path / name) > 0)
        file = path / ("_metadata" if metadata else names[0])
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.unlink()
        file.write_bytes(bytes(data))
        return path, file

    def two_lives(self, second=(("x", 7, 20), ("y", 8, 21)), sink="counts"):
        self.life(sink=sink)
        if second:
            self.feed("2", second)
        self.life(sink=sink)

    def test_committed_output_is_not_written_twice_by_itself(self):
        self.two_lives()
        before = self.rows()
        path, file = self.rot()
        refused = self.life(code=REFUSED).stderr
        self.assertIn("E7001", refused)
        self.assertIn(str(path), refused)
        self.assertIn("would write once more 2 committed rows in 1 file: ", refused)
        self.assertIn(WAYS_ON, refused)
        self.assertEqual(self.rows(), before)
        self.assertTrue(file.exists())
        never = self.life(NEVER, REFUSED).stderr
        self.assertIn("'execution.state-recovery.fallback' is never", never)

    def test_always_repeats_what_it_says(self):
        self.two_lives()
        before = self.rows()
        path, file = self.rot()
        shared = {one: one.read_bytes() for one in (path.parent / "shared").iterdir()}
        said = self.life(ALWAYS).stderr
        self.assertIn(f"the newest checkpoint is damaged: {path}: ", said)
        # Nothing is written into what it has, so that it is whole again when what is damaged is put back.
        self.assertEqual({one: one.read_bytes() for one in shared}, shared)
        self.assertRegex(said, r"the newest whole one is \d+, 1 back: ")
        rows, files, names = re.search(r"written once more: (\d+) committed rows in (\d+) file: (.*?); what is damaged", said).groups()
        self.assertEqual((rows, files), ("2", "1"))
        named = pathlib.Path(names).read_text(encoding="utf-8").splitlines()
        self.assertEqual(self.rows(), sorted(before + named))
        # It is kept, listed with its damage, and counts no more.
        self.assertTrue(file.exists())
        self.assertIn("checksum", (path / "passed-over").read_text())
        self.assertRegex(self.run_sql("SHOW CHECKPOINTS FOR JOB j;").stdout, rf"{path.name}\b.*checksum")
        for number in range(3, 8):
            self.feed(str(number), [("z", number * 10, 30 + number)])
            again = self.life().stderr
            self.assertNotIn("damaged", again)
        self.assertTrue(file.exists())
        self.assertEqual(len(self.checkpoints()), 4, "three that count, and the damaged one")
        self.assertEqual(len(self.rows()), len(before) + 2 + 5)

    def test_what_readers_took_away_counts(self):
        self.two_lives()
        newest = max((self.dir / "out").glob("part-*"), key=lambda path: int(path.name.split("-")[2]))
        newest.unlink()
        self.rot()
        self.assertIn("2 committed rows in 1 file", self.life(code=REFUSED).stderr)

    def test_where_nothing_was_committed_it_goes_back_by_itself(self):
        self.two_lives(second=())
        before = self.rows()
        path, _ = self.rot()
        shown = self.run_sql("DESCRIBE RECOVERY OF JOB j;").stdout
        self.assertIn("goes on from checkpoint", shown)
        self.assertIn("none comes twice", shown)
        self.assertFalse((path / "passed-over").exists(), "describing changes nothing")
        self.feed("2", [("x", 7, 20)])
        said = self.life().stderr
        self.assertIn(str(path), said)
        self.assertIn("so that none comes twice", said)
        self.assertEqual(self.rows(), sorted(before + ["2026-01-01 00:00:20.000,x,7"]))

    def test_metadata_that_cannot_be_read_allows_nothing(self):
        self.two_lives(second=())
        self.rot(metadata=True)
        refused = self.life(code=REFUSED).stderr
        self.assertIn("nobody can say which", refused)
        self.assertIn(WAYS_ON, refused)
        self.assertIn("nobody can say which", self.life(ALWAYS).stderr)

    def test_a_sink_that_commits_nothing_allows_everything(self):
        nothing = "CREATE TABLE nothing (ts TIMESTAMP(3), k STRING, v BIGINT) WITH ('connector' = 'blackhole');\n"
        for _ in range(2):
            self.life(nothing, sink="nothing")
        self.rot(metadata=True)
        self.assertIn("so that none comes twice", self.life(nothing, sink="nothing").stderr)

    def test_print_cannot_tell(self):
        self.two_lives(sink="lines", second=())
        self.rot()
        self.assertIn("table lines (print) shows rows at once", self.life(code=REFUSED, sink="lines").stderr)

    def test_restore_from_the_latest_goes_the_same_way(self):
        self.two_lives()
        before = self.rows()
        path, _ = self.rot()
        restore = f"{RETAIN}%sRESTORE JOB j FROM LATEST CHECKPOINT%s;\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;"
        refused = self.run_sql(restore % ("", ""), REFUSED).stderr
        self.assertIn("would write once more 2 committed rows", refused)
        explained = self.run_sql(f"{ALWAYS}EXPLAIN RESTORE JOB j FROM LATEST CHECKPOINT;").stderr
        self.assertIn("written once more: 2 committed rows", explained)
        self.assertFalse((path / "passed-over").exists())
        self.assertNotIn("may have committed output since", explained)
        said = self.run_sql(restore % ("", " WITH ('execution.state-recovery.fallback' = 'always')")).stderr
        self.assertEqual(said.count("written once more: 2 committed rows"), 1)
        self.assertEqual(len(self.rows()), len(before) + 2)
        # An edit goes on from the same checkpoint.
        self.feed("3", [("z", 9, 40)])
        self.life()
        self.rot()
        edited = self.run_sql(f"{ALWAYS}RESTORE JOB j FROM LATEST CHECKPOINT ALLOW NON RESTORED STATE "
                              f"ACCEPT CHANGES ('sink:counts/sink.w') AS {COPY};\n"
                              "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;").stderr
        self.assertIn("written once more: 1 committed row in 1 file", edited)

    def test_damage_to_a_table_of_a_whole_checkpoint_is_no_others(self):
        whole = "SET 'execution.checkpointing.incremental' = 'false';\n"
        self.life(whole)
        self.life(whole)
        self.assertEqual(list(self.dir.glob("data/jobs/*/checkpoints/shared/*")), [])
        tables = sorted(self.checkpoints()[-1].glob("*.sst"))
        self.assertTrue(tables)
        for table in tables:
            table.write_bytes(b"garbage")
        self.feed("2", [("x", 7, 20)])
        said = self.life().stderr  # incremental again
        self.assertIn("so that none comes twice", said)
        self.assertEqual(len(self.rows()), 6)
        self.assertTrue(list(self.dir.glob("data/jobs/*/checkpoints/shared/*")))

    def test_savepoints_of_whole_checkpoints(self):
        whole = "SET 'execution.checkpointing.incremental' = 'false';\n"
        self.life(whole)
        for layout in ("CANONICAL", "NATIVE"):
            self.run_sql(f"{RETAIN}{whole}RESTORE JOB j FROM LATEST CHECKPOINT;\nCHECKPOINT JOB j;\n"
                         f"SAVEPOINT JOB j TO '{self.dir}/{layout}' FORMAT {layout};\nSTOP JOB j;")
        self.run_sql("DROP JOB j;")
        self.feed("2", [("y", 5, 21), ("y", 8, 22)])  # v = 5 was there before
        for number, layout in enumerate(("CANONICAL", "NATIVE")):
            saved = next((self.dir / layout).iterdir())
            self.assertEqual(bool(list(saved.glob("shared/*.sst"))), layout == "NATIVE")
            self.run_sql(f"{RETAIN}RESTORE JOB j FROM '{saved}';\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;\nDROP JOB j;")
            self.assertEqual(len(self.rows()), 5 + number + 1)

    def test_a_chain_of_damaged_ones_and_none_that_is_whole(self):
        self.two_lives(second=())
        self.rot()
        self.life()
        one, _ = self.rot()
        said = self.life().stderr
        self.assertIn(str(one), said)
        whole = [path for path in self.checkpoints() if not (path / "passed-over").exists()]
        for path in whole:
            (path / "_metadata").write_bytes(b"garbage")
        self.assertIn("E7001", self.life(ALWAYS, REFUSED).stderr)
        self.assertTrue(all(path.exists() for path in [*whole, one]))


if __name__ == "__main__":
    savepoints.main()
