#!/usr/bin/env python3
"""Plants what must not be into a small tree and sees extend.py say it."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import extend

README = """# A tree

## To add …

| | files | objects | touch |
|---|---|---|---|
| a leaf | 2 | 1 | `leaves/<name>.txt`; a row in `list.txt` |
| a root | 1 | 1 | somewhere below: `roots/<path>.txt` |

What follows names `other.txt`, and asks nothing.

## Folders
"""
LIST = "oak\nelm\nfir\nyew\nlime\nplum\npear\nfig\n"
LONGER = LIST.replace("yew\n", "yew\nash\n")
HEAD = "row: {}\nwhat: an example\nneeds: weir\ntest: true\n\n"


class SmallTree(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="weir-extend-test-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write("README.md", README)
        self.write("list.txt", LIST)
        self.write("other.txt", "other\n")
        self.patch("leaf", "a leaf", {"leaves/ash.txt": "green\n", "list.txt": LONGER})
        self.patch("root", "a root", {"roots/deep/down.txt": "brown\n"})

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def patch(self, name, row, files):
        """A patch that makes these files of those that there are."""
        parts = []
        with tempfile.TemporaryDirectory() as directory:
            for path, text in files.items():
                old, new = (pathlib.Path(directory) / side / path for side in "ab")
                for place, content in ((old, self.root / path), (new, None)):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    if content is None:
                        place.write_text(text, encoding="utf-8")
                    elif content.exists():
                        shutil.copy(content, place)
                sides = [f"a/{path}" if old.exists() else "/dev/null", f"b/{path}"]
                done = subprocess.run(["git", "diff", "--no-index", "--no-prefix", *sides], cwd=directory, capture_output=True,
                                      text=True, check=False)
                parts.append(done.stdout.replace(f"diff --git b/{path} b/{path}", f"diff --git a/{path} b/{path}"))
        self.write(f"tests/extend/{name}.patch", HEAD.format(row) + "".join(parts))

    def expect(self, *said):
        found = list(extend.violations(self.root))
        self.assertEqual(len(found), len(said), found)
        for line, part in zip(found, said):
            self.assertIn(part, line)

    def test_what_is_as_it_says(self):
        self.expect()

    def test_lines_may_move(self):
        self.write("list.txt", "birch\nbeech\n" + LIST)
        self.expect()

    def test_a_file_that_is_not_named(self):
        self.patch("leaf", "a leaf", {"leaves/ash.txt": "green\n", "list.txt": LONGER, "other.txt": "more\n"})
        self.expect("leaf.patch: touches other.txt, which README does not name for 'a leaf'",
                    "'a leaf' touches 3 files, the table says 2")

    def test_a_name_is_no_path(self):
        self.patch("leaf", "a leaf", {"leaves/deep/ash.txt": "green\n", "list.txt": LONGER})
        self.expect("touches leaves/deep/ash.txt, which README does not name", "does not touch leaves/<name>.txt")

    def test_a_file_that_is_not_touched(self):
        self.patch("leaf", "a leaf", {"leaves/ash.txt": "green\n"})
        self.expect("leaf.patch: does not touch list.txt, which README names for 'a leaf'",
                    "'a leaf' touches 1 files, the table says 2")

    def test_a_patch_that_does_not_apply(self):
        self.write("list.txt", "oak\nash\n")
        self.expect("leaf.patch: does not apply: error: patch failed: list.txt:2")

    def test_a_row_without_a_patch(self):
        (self.root / "tests/extend/root.patch").unlink()
        self.expect("'a root' has 0 patches in tests/extend, not one")

    def test_a_row_with_two(self):
        self.patch("another", "a root", {"roots/other.txt": "brown\n"})
        self.expect("'a root' has 2 patches in tests/extend, not one")

    def test_a_patch_without_a_row(self):
        self.patch("twig", "a twig", {"twigs/one.txt": "thin\n"})
        self.expect("twig.patch: README has no row 'a twig'")

    def test_a_head_without_a_test(self):
        path = self.root / "tests/extend/root.patch"
        path.write_text(path.read_text(encoding="utf-8").replace("test: true\n", ""), encoding="utf-8")
        self.expect("root.patch: its head lacks what, needs or test")

    def test_a_tree_that_its_lint_refuses(self):
        self.write("tests/lint/lint.py", "import os, sys\nif os.path.exists('roots/deep/down.txt'):\n"
                                         "    sys.exit('roots/deep/down.txt: too deep')\n")
        self.expect("with leaf.patch, root.patch: roots/deep/down.txt: too deep")

    def test_patches_that_do_not_go_together(self):
        """Each is applied to the tree as it is, and seen by the lints."""
        self.write("tests/lint/lint.py", "import sys\nsys.exit('seen')\n")
        self.patch("root", "a root", {"roots/down.txt": "brown\n"})
        text = (self.root / "README.md").read_text(encoding="utf-8")
        self.write("README.md", text.replace("| a root | 1 |", "| a root | 2 |").replace("`roots/<path>.txt`", "`roots/<path>.txt`, `list.txt`"))
        self.patch("root", "a root", {"roots/down.txt": "brown\n", "list.txt": LIST.replace("yew\n", "sloe\n")})
        self.expect("with leaf.patch: seen", "with root.patch: seen")

    def test_no_table(self):
        self.write("README.md", "# A tree\n")
        self.assertIn("README.md: there is no table below '## To add …'", list(extend.violations(self.root)))

    def test_the_script_fails(self):
        self.patch("twig", "a twig", {"twigs/one.txt": "thin\n"})
        done = subprocess.run([sys.executable, extend.__file__, str(self.root)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("extend: 2 rows, 1 violations", done.stdout)


if __name__ == "__main__":
    unittest.main()
