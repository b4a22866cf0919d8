#!/usr/bin/env python3
"""`cmake --install` of a build: what lies where, below a prefix and below DESTDIR, and that the installed program, away
from the tree that it was built in, has its defaults and runs the installed example as the README shows; and the Debian
package and the tarball of it.

usage: install_test.py --build DIRECTORY [--cmake PROGRAM]
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FILES = ("bin/weir", "share/weir/weir.yaml", "lib/systemd/system/weir.service", "share/doc/weir/LICENSE", "share/doc/weir/README.md",
         "share/doc/weir/docs/options.md", "share/doc/weir/docs/design/architecture.md", "share/doc/weir/examples/flights.sql",
         "share/doc/weir/examples/data/flights.csv", "share/doc/weir/examples/native/score.c", "include/weir/arrow.h", "include/weir/function.h")
PAGES = ("share/man/man1/weir.1.gz", "share/bash-completion/completions/weir", "share/zsh/vendor-completions/_weir",
         "share/fish/vendor_completions.d/weir.fish")
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
        for name in FILES + PAGES:
            self.assertTrue((self.scratch / name).is_file(), name)
        strangers = [path for path in self.scratch.rglob("*") if path.suffix in (".a", ".o", ".h", ".py", ".cc")
                     and path.parent != self.scratch / "include/weir"]
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


class Packaged(unittest.TestCase):
    """The Debian package that CPack makes of the same build."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="weir-package-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        run(["cpack", "-G", "DEB", "-B", cls.scratch, "--config", ARGUMENTS.build / "CPackConfig.cmake"], cwd=ARGUMENTS.build)
        [cls.package] = cls.scratch.glob("weir_*.deb")

    def test_what_it_needs(self):
        field = lambda name: run(["dpkg-deb", "-f", self.package, name]).strip()  # noqa: E731
        self.assertEqual((field("Package"), field("Version")), ("weir", "0.1.0"))
        for name in ("libc6", "librocksdb", "libantlr4-runtime", "adduser"):
            self.assertIn(name, field("Depends"))

    def test_what_lies_where(self):
        tree = self.scratch / "tree"
        run(["dpkg-deb", "-x", self.package, tree])
        for name in (*(f"usr/{name}" for name in FILES), *(f"usr/{name}" for name in PAGES), "etc/weir/weir.yaml",
                     "usr/share/doc/weir/copyright", "usr/share/doc/weir/changelog.gz"):
            self.assertTrue((tree / name).is_file(), name)
        self.assertEqual(sorted(os.listdir(tree)), ["etc", "usr"])
        self.assertNotIn("not stripped", run(["file", tree / "usr/bin/weir"]))
        self.assertIn("streaming SQL", run([tree / "usr/bin/weir", "--help"]))
        unit = (tree / "usr/lib/systemd/system/weir.service").read_text(encoding="utf-8")
        for path in re.findall(r"^ExecStart=(/\S+)|--conf (\S+)", unit, re.M):
            self.assertTrue((tree / "".join(path).lstrip("/")).is_file(), path)
        # What runs functions in Python is needed for the last checkpoints.
        self.assertIn("KillMode=mixed\n", unit)

    def test_its_scripts_are_as_debian_wants_them(self):
        control = self.scratch / "control"
        run(["dpkg-deb", "-e", self.package, control])
        self.assertEqual((control / "conffiles").read_text(encoding="utf-8"), "/etc/weir/weir.yaml\n")
        for name in ("postinst", "prerm", "postrm"):
            self.assertTrue(os.access(control / name, os.X_OK), name)
            run(["sh", "-n", control / name])
        if shutil.which("lintian"):
            found = subprocess.run(["lintian", "--allow-root", self.package], capture_output=True, text=True, check=False).stdout
            self.assertEqual([line for line in found.splitlines() if line.startswith("E:")], [])


class Tarball(unittest.TestCase):
    """What runs where nothing of Debian is but its loader and C library."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="weir-tarball-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        packed = run([ROOT / "packaging/tarball.sh", ARGUMENTS.build, cls.scratch]).strip()
        run(["tar", "-xzf", packed, "-C", cls.scratch])
        [cls.tree] = (path for path in cls.scratch.iterdir() if path.is_dir())

    def needed(self, path):
        return re.findall(r"NEEDED\s+(\S+)", run(["objdump", "-p", path]))

    def test_what_it_has(self):
        self.assertRegex(self.tree.name, r"^weir-0\.1\.0-linux-\w+$")
        for name in (*FILES, *PAGES):
            name = "share/weir/weir.service" if name.endswith(".service") else name
            self.assertTrue((self.tree / name).is_file(), name)
        self.assertEqual(sorted(os.listdir(self.tree)), ["bin", "include", "lib", "share"])
        self.assertNotIn("not stripped", run(["file", self.tree / "bin/weir"]))
        self.assertTrue((self.tree / "share/doc/weir/libraries").is_dir())

    def test_it_needs_glibc_alone(self):
        glibc = re.compile(r"^(ld-linux|lib(c|m|mvec|dl|pthread|rt|resolv)\.so)")
        libraries = {path.name: path for path in (self.tree / "lib/weir").iterdir()}
        for path in (self.tree / "bin/weir", *libraries.values()):
            lacking = [name for name in self.needed(path) if name not in libraries and not glibc.match(name)]
            self.assertEqual(lacking, [], path.name)
            versions = re.findall(r"GLIBC_(\d+)\.(\d+)", run(["objdump", "-T", path]))
            self.assertLessEqual(max(((int(a), int(b)) for a, b in versions), default=(0, 0)), (2, 36), path.name)
        found = run(["ldd", self.tree / "bin/weir"])
        for library, path in re.findall(r"^\s*(\S+) => (\S+)", found, re.M):
            self.assertTrue(glibc.match(library) or pathlib.Path(path).is_relative_to(self.tree), f"{library}: {path}")

    @unittest.skipUnless(os.geteuid() == 0, "only root can change its root")
    def test_it_runs_where_nothing_else_is(self):
        root = self.scratch / "root"
        shutil.copytree(self.tree, root / "weir")
        for path in re.findall(r"(/\S+/(?:ld-linux\S*|lib(?:c|m|mvec|dl|pthread|rt|resolv)\.so\S*))", run(["ldd", self.tree / "bin/weir"])):
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / path[1:])
        shutil.copytree("/usr/share/zoneinfo", root / "usr/share/zoneinfo", symlinks=True)
        for name in ("tmp", "proc"):
            (root / name).mkdir()
        documents = self.tree / "share/doc/weir"
        shutil.copytree(documents / "examples", root / "examples")
        # The loader finds the place of a program by /proc.
        inside = 'mount --bind /proc "$0/proc" && exec chroot "$0" /weir/bin/weir run examples/flights.sql'
        shown = run(["unshare", "--mount", "sh", "-c", inside, root], env={"HOME": "/tmp", "PATH": os.environ["PATH"]})
        table = re.search(r"```\n(┌.*?┘)\n```", (documents / "README.md").read_text(encoding="utf-8"), re.S)[1]
        self.assertIn(table, shown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--cmake", default="cmake")
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
