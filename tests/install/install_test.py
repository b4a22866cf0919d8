#!/usr/bin/env python3
"""`cmake --install` of a build: what lies where, below a prefix and below DESTDIR, and that the installed program, away
from the tree that it was built in, has its defaults and runs the installed example as the README shows.

usage: install_test.py --build DIRECTORY [--cmake PROGRAM]
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FILES = ("bin/weir", "share/weir/weir.yaml", "lib/systemd/system/weir.service", "share/doc/weir/LICENSE", "share/doc/weir/README.md",
         "share/doc/weir/docs/options.md", "share/doc/weir/docs/design/architecture.md", "share/doc/weir/examples/flights.sql",
         "share/doc/weir/examples/data/flights.csv")
ARGUMENTS = argparse.Namespace()


def run(command, **more):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=120, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def install(*arguments, **more):
    run([ARGUMENTS.cmake, "--install", ARGUMENTS.build, *arguments], **more)


class Installed(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="weir-install-")
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def test_files_below_a_prefix(self):
        install("--prefix", self.scratch)
        for name in FILES:
            self.assertTrue((self.scratch / name).is_file(), name)
        strangers = [path for path in self.scratch.rglob("*") if path.suffix in (".a", ".o", ".h", ".py", ".cc")]
        self.assertEqual(strangers, [])

    def test_staged_for_a_package(self):
        install("--prefix", "/usr", env={**os.environ, "DESTDIR": str(self.scratch)})
        self.assertEqual([name for name in FILES if not (self.scratch / "usr" / name).is_file()], [])
        self.assertEqual(os.listdir(self.scratch), ["usr"])

    def test_runs_from_there(self):
        install("--prefix", self.scratch, "--strip")
        weir, documents = self.scratch / "bin/weir", self.scratch / "share/doc/weir"
        home = {**os.environ, "HOME": str(self.scratch), "XDG_CONFIG_HOME": str(self.scratch)}
        shipped = (self.scratch / "share/weir/weir.yaml").read_text(encoding="utf-8")
        self.assertEqual(run([weir, "options", "--yaml"], cwd=self.scratch, env=home), shipped)
        shown = run([weir, "run", "examples/flights.sql"], cwd=documents, env=home)
        table = re.search(r"```\n(┌.*?┘)\n```", (documents / "README.md").read_text(encoding="utf-8"), re.S)[1]
        self.assertIn(table, shown)
        self.assertTrue(any((documents / "out/flights/hourly").iterdir()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--cmake", default="cmake")
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
