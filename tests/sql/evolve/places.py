#!/usr/bin/env python3
"""Savepoints that were damaged, moved, copied, made read-only, or belong to somebody else: through the program.

  places.py --weir build/weir      a sample of the damage; 2,000 places when WEIR_TEST_SLICE=full

Either the restored job's output is what it must be (by hand: windows of 10 s that count rows by key), or the restore
says which file or directory is the matter, and nothing has been started.
"""
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

import savepoints
from savepoints import COUNTS, SavepointCase

FULL = os.environ.get("WEIR_TEST_SLICE") == "full"
OTHERS = "/dev/shm"
NOBODY = 65534
FORMATS = [("rocksdb", "CANONICAL"), ("memory", "CANONICAL"), ("rocksdb", "NATIVE"), ("memory", "NATIVE")]


class PlacesCase(SavepointCase):
    def take(self, backend, layout):
        """A savepoint of the first half, which promises output that is not committed yet; its directory."""
        for name in ("saved", "out", "promised"):
            shutil.rmtree(self.dir / name, ignore_errors=True)
        self.run_sql(f"SET 'state.backend.type' = '{backend}';\nCREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                     f"SAVEPOINT JOB j TO '{self.dir}/saved' FORMAT {layout};\nCANCEL JOB j;\nDROP JOB j;")
        shutil.copytree(self.dir / "out", self.dir / "promised")
        self.backend = backend
        return next((self.dir / "saved").iterdir())

    def program(self, statements, directory=None, user=None):
        """Runs without the tables' definitions, perhaps as another user, in a data directory of its own."""
        script = self.dir / "restore.sql"
        script.write_text(statements)
        script.chmod(0o644)
        become = (lambda: (os.setgroups([]), os.setgid(user), os.setuid(user))) if user else None
        return subprocess.run([os.path.abspath(savepoints.WEIR), "--data-dir", str(directory or self.dir / "data"), "run",
                               str(script)], capture_output=True, text=True, timeout=60, check=False, preexec_fn=become,
                              cwd=str(self.dir))

    def restores(self, path, user=None):
        """The job goes on from there and its output is whole."""
        shutil.rmtree(self.dir / "out", ignore_errors=True)
        shutil.copytree(self.dir / "promised", self.dir / "out")
        self.feed("2", [("a", 9, 14), ("c", 9, 15), ("z", 9, 60)])
        data = pathlib.Path(tempfile.mkdtemp(prefix="data-", dir=self.dir))
        if user:
            for directory in (self.dir, data, self.dir / "in", self.dir / "out"):
                directory.chmod(0o777)
        done = self.program(f"SET 'state.backend.type' = '{self.backend}';\nRESTORE JOB j FROM '{path}';\n"
                            "WAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;", data, user)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.rows(), self.ALL)
        (self.dir / "in" / "2.csv").unlink()

    def refused(self, path, named, user=None):
        data = pathlib.Path(tempfile.mkdtemp(prefix="data-", dir=self.dir))
        data.chmod(0o777)
        statement = f"RESTORE JOB j FROM '{path}';"
        done = self.program(f"SET 'state.backend.type' = '{self.backend}';\n{statement}", data, user)
        self.assertNotIn(done.returncode, (0, -6, -11), f"accepted, or crashed: {done.stdout}{done.stderr}")
        self.assertIn(named, done.stderr)
        jobs = data / "jobs"
        self.assertEqual(list(jobs.iterdir()) if jobs.exists() else [], [], "something was started")
        explained = self.program(f"EXPLAIN {statement}", data, user)
        self.assertNotEqual(explained.returncode, 0, "EXPLAIN RESTORE sees no damage")
        shutil.rmtree(data)
        return done.stderr


class Damage(PlacesCase):
    def test_a_sample_of_all_bytes_flipped(self):
        chooser = random.Random(1)
        for backend, layout in FORMATS:
            path = self.take(backend, layout)
            before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
            metadata = [(path / "_metadata", i) for i in range(len(before[path / "_metadata"]))]
            others = [(file, i) for file, whole in before.items() for i in range(len(whole)) if file.name != "_metadata"]
            count = 500 if FULL else 6
            for file, i in chooser.sample(metadata, min(count, len(metadata))) + chooser.sample(others, min(count, len(others))):
                whole = before[file]
                self.replace(file, whole[:i] + bytes([whole[i] ^ 1 << chooser.randrange(8)]) + whole[i + 1:])
                self.refused(path, file.name)
                self.replace(file, whole)
            self.restores(path)

    @staticmethod
    def replace(file, contents):
        """A new file: native savepoints share theirs with the job's checkpoints."""
        file.unlink()
        file.write_bytes(contents)

    def test_truncated_removed_swapped(self):
        for backend, layout in FORMATS:
            path = self.take(backend, layout)
            files = [file for file in path.rglob("*") if file.is_file()]
            for file in files:
                whole = file.read_bytes()
                for bad in (whole[:-1], whole[:len(whole) // 2], b"", whole + b"\0"):
                    self.replace(file, bad)
                    self.refused(path, file.name)
                file.unlink()
                self.refused(path, str(path) if file.name == "_metadata" else file.name)
                file.write_bytes(whole)
            for one, other in zip(files, files[1:]):
                contents = one.read_bytes(), other.read_bytes()
                if contents[0] != contents[1]:
                    self.replace(one, contents[1])
                    self.replace(other, contents[0])
                    said = self.refused(path, "E7001")
                    self.assertTrue(one.name in said or other.name in said, said)
                    self.replace(one, contents[0])
                    self.replace(other, contents[1])
            self.restores(path)

    def test_a_savepoint_put_into_another_ones_directory(self):
        first = self.take("rocksdb", "CANONICAL")
        moved = self.dir / "first"
        shutil.move(first, moved)
        self.feed("3", [("b", 1, 14)])
        second = self.take("rocksdb", "CANONICAL")
        for file in (file for file in second.rglob("*.rows")):
            self.replace(moved / file.relative_to(second), file.read_bytes())
        self.refused(moved, ".rows")


class Places(PlacesCase):
    def test_renamed_and_moved_into_another_directory(self):
        for backend, layout in FORMATS:
            path = self.take(backend, layout)
            there = self.dir / "a place" / "with, odd's (name)"
            there.parent.mkdir(exist_ok=True)
            shutil.move(path, there)
            self.refused(path, str(path))
            self.restores(str(there).replace("'", "''"))
            self.restores(str(there / "_metadata").replace("'", "''"))
            shutil.rmtree(there)

    def test_copied_to_another_file_system(self):
        if not os.path.isdir(OTHERS) or os.stat(OTHERS).st_dev == os.stat(self.dir).st_dev:
            self.skipTest(f"{OTHERS} is no file system of its own")
        for backend, layout in FORMATS:
            path = self.take(backend, layout)
            with tempfile.TemporaryDirectory(dir=OTHERS) as there:
                shutil.copytree(path, f"{there}/copy")
                shutil.rmtree(path)
                self.restores(f"{there}/copy")

    def test_taken_on_another_file_system(self):
        if not os.path.isdir(OTHERS):
            self.skipTest(f"there is no {OTHERS}")
        for backend, layout in FORMATS:
            shutil.rmtree(self.dir / "out", ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=OTHERS) as there:
                self.run_sql(f"SET 'state.backend.type' = '{backend}';\nCREATE JOB j AS {COUNTS};\n"
                             f"WAIT FOR JOB j UNTIL IDLE;\nSAVEPOINT JOB j TO '{there}' FORMAT {layout};\n"
                             "CANCEL JOB j;\nDROP JOB j;")
                self.backend = backend
                shutil.rmtree(self.dir / "promised", ignore_errors=True)
                shutil.copytree(self.dir / "out", self.dir / "promised")
                self.restores(next(pathlib.Path(there).iterdir()))

    def test_a_link_to_it(self):
        path = self.take("rocksdb", "NATIVE")
        (self.dir / "link").symlink_to(path)
        self.restores(self.dir / "link")
        self.restores(self.dir / "link" / "_metadata")

    def test_relative_path(self):
        path = self.take("rocksdb", "CANONICAL")
        self.restores(f"./saved/{path.name}/")


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class Users(PlacesCase):
    def allow(self, path, directories, files):
        path.chmod(directories)
        for entry in path.rglob("*"):
            entry.chmod(directories if entry.is_dir() else files)

    def test_read_only_by_another_user(self):
        for backend, layout in FORMATS:
            path = self.take(backend, layout)
            self.dir.chmod(0o755)
            path.parent.chmod(0o555)
            self.allow(path, 0o555, 0o444)
            before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
            self.restores(path, NOBODY)
            self.assertEqual(before, {file: file.read_bytes() for file in path.rglob("*") if file.is_file()})
            path.parent.chmod(0o755)

    def test_what_may_not_be_read_is_named(self):
        for backend, layout in FORMATS[:1] + FORMATS[2:3]:
            path = self.take(backend, layout)
            self.dir.chmod(0o755)
            path.parent.chmod(0o755)
            for file in [file for file in path.rglob("*") if file.is_file()]:
                self.allow(path, 0o755, 0o644)
                file.chmod(0o600)
                self.assertRegex(self.refused(path, file.name, NOBODY), "(?i)permission|may not|denied")
            self.allow(path, 0o755, 0o644)
            path.chmod(0o700)
            self.assertRegex(self.refused(path, path.name, NOBODY), "(?i)permission|may not|denied")

    def test_a_place_that_may_not_be_written_fails_the_savepoint_and_not_the_job(self):
        for directory in (self.dir, self.dir / "in"):
            directory.chmod(0o777)
        closed = self.dir / "closed"
        closed.mkdir(mode=0o755)
        done = self.program(self.definitions() + f"CREATE JOB j AS {COUNTS};\nWAIT FOR JOB j UNTIL IDLE;\n"
                            f"SAVEPOINT JOB j TO '{closed}';", user=NOBODY)
        self.assertNotIn(done.returncode, (0, -6, -11), done.stderr)
        self.assertIn("closed", done.stderr)
        self.assertRegex(done.stderr, "(?i)permission|denied")
        self.assertEqual(list(closed.iterdir()), [])
        jobs = self.program("SHOW JOBS;", user=NOBODY).stdout
        self.assertIn("SUSPENDED", jobs)

    def test_dropping_what_may_not_be_removed_says_so(self):
        path = self.take("rocksdb", "CANONICAL")
        self.dir.chmod(0o777)
        self.allow(path, 0o755, 0o644)
        data = pathlib.Path(tempfile.mkdtemp(prefix="data-", dir=self.dir))
        data.chmod(0o777)
        done = self.program(f"DROP SAVEPOINT '{path}';", data, NOBODY)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "(?i)permission|denied")
        self.restores(path)


if __name__ == "__main__":
    savepoints.main()
