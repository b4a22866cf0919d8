#!/usr/bin/env python3
"""README's table "To add …" is true to the letter: for each of its rows there is a patch that adds a thing of that kind.

usage: extend.py [ROOT]                     what CI runs; seconds, nothing is built
       extend.py --build DIRECTORY [ROW…]   builds each (`./weirw extend`), runs its tests, counts what was compiled

<row>.patch is an example with its test, made by following the row and nothing else. Checked is that
- each row has one patch, and each patch a row;
- it applies to the tree as it is (lines may have moved);
- the files that it touches are those that the row names, and as many as its second column says: what stands in
  backticks and looks like a path. <path> is any path, another word in angle brackets any name;
- the tree still passes its lints with it.

A patch begins with its head, lines of `key: value`: `row` as in README, `what` it adds, `needs`, the targets that its
tests run, and each `test`, a command from the root in which {build} stands for the directory of the build.
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TITLE = "## To add …"
PATCHES = "tests/extend"
LINTS = (("tests/lint/lint.py",), ("tests/coverage.py", "--table"))


class Row:
    """A row of the table."""

    def __init__(self, line):
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        self.name, self.files, self.touch = cells[0], cells[1], cells[-1]
        words = re.findall(r"`([^`]+)`", self.touch)
        self.paths = [word for word in words if re.fullmatch(r"[\w./<> -]+", word) and re.search(r"[\w>]\.\w+$", word)
                      and not re.search(r"\s", re.sub(r"<[^>]*>", "", word))]

    def names(self, path):
        """The pattern of the row that a file fits, or None."""
        return next((one for one in self.paths if pattern(one).fullmatch(path)), None)


def pattern(path):
    parts = re.split(r"(<[^>]*>)", path)
    return re.compile("".join(".+" if part == "<path>" else "[^/]+" if part.startswith("<") else re.escape(part)
                              for part in parts))


class Patch:
    def __init__(self, path):
        self.path = path
        head = path.read_text(encoding="utf-8").partition("diff --git ")[0]
        pairs = [line.split(": ", 1) for line in head.splitlines() if ": " in line]
        self.head = {key: value for key, value in pairs if key != "test"}
        self.row = self.head.get("row", "")
        self.tests = [value for key, value in pairs if key == "test"]

    def git(self, tree, *arguments):
        """What `git apply` says, with its exit code. The tree is no repository: paths count from it."""
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(pathlib.Path(tree).parent)}
        return subprocess.run(["git", "apply", *arguments, str(self.path)], cwd=tree, env=environment, capture_output=True,
                              text=True, check=False)

    def files(self, tree):
        return sorted(line.split("\t")[2] for line in self.git(tree, "--numstat").stdout.splitlines())


def rows(root):
    section = (root / "README.md").read_text(encoding="utf-8").partition(TITLE)[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [Row(line) for line in lines if not line.startswith("| |")]


def patches(root):
    return [Patch(path) for path in sorted((root / PATCHES).glob("*.patch"))]


def sources(root):
    """What git has of the tree, as it is now: what others write beside it comes and goes."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z"]
        names = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\0")
        return [name for name in names if name and (root / name).is_file()]
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()
            and not path.relative_to(root).parts[0].startswith("build")]


def copy(root, tree):
    """The sources of `root` below `tree`; files that are the same there stay as old as they are."""
    wanted = set(sources(root))
    for name in wanted:
        source, target = root / name, tree / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        if str(path.relative_to(tree)) not in wanted:
            path.unlink()


# --- what CI runs -------------------------------------------------------------------------------------------------------

def pairs(table, found):
    """What rows and patches do not have of each other."""
    for row in table:
        of_it = [patch.path.name for patch in found if patch.row == row.name]
        if len(of_it) != 1:
            yield f"README.md: '{row.name}' has {len(of_it)} patches in {PATCHES}, not one"
    known = {row.name for row in table}
    for patch in found:
        if patch.row not in known:
            yield f"{patch.path.name}: README has no row '{patch.row}'"
        if not patch.tests or "needs" not in patch.head or "what" not in patch.head:
            yield f"{patch.path.name}: its head lacks what, needs or test"


def touched(row, patch, tree):
    """What the row says otherwise than the patch does."""
    files = patch.files(tree)
    for path in files:
        if not row.names(path):
            yield f"{patch.path.name}: touches {path}, which README does not name for '{row.name}'"
    for path in row.paths:
        if not any(pattern(path).fullmatch(file) for file in files):
            yield f"{patch.path.name}: does not touch {path}, which README names for '{row.name}'"
    if row.files != str(len(files)):
        yield f"README.md: '{row.name}' touches {len(files)} files, the table says {row.files}"


def linted(tree, files, names):
    """What the lints of the tree say."""
    said = []
    for script, *arguments in LINTS:
        if (tree / script).exists():
            done = subprocess.run([sys.executable, script, *arguments], cwd=tree, capture_output=True, text=True, check=False)
            said += (done.stdout + done.stderr).splitlines() if done.returncode else []
    code = [path for path in files if path.endswith((".h", ".cc"))]
    if code and (tree / ".clang-format").exists():
        done = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *code], cwd=tree, capture_output=True, text=True,
                              check=False)
        said += [line for line in done.stderr.splitlines() if "error:" in line]
    return [f"with {', '.join(names)}: {line}" for line in said]


def lint_all(found, tree):
    """The lints over as many patches at once as go together: one run of them takes seconds."""
    waiting = list(found)
    while waiting:
        together = [patch for patch in waiting if patch.git(tree).returncode == 0]
        if not together:
            return  # none applies, which was said
        files = sorted({path for patch in together for path in patch.files(tree)})
        yield from linted(tree, [path for path in files if (tree / path).exists()], [patch.path.name for patch in together])
        for patch in reversed(together):
            patch.git(tree, "--reverse")
        waiting = [patch for patch in waiting if patch not in together]


def violations(root):
    table, found = rows(root), patches(root)
    if not table:
        yield f"README.md: there is no table below '{TITLE}'"
    yield from pairs(table, found)
    by_name = {row.name: row for row in table}
    with tempfile.TemporaryDirectory(prefix="weir-extend-") as directory:
        tree = pathlib.Path(directory) / "tree"
        tree.mkdir()
        copy(root, tree)
        fitting = []
        for patch in found:
            applies = patch.git(tree, "--check")
            if applies.returncode != 0:
                yield f"{patch.path.name}: does not apply: {' '.join(applies.stderr.split())}"
                continue
            fitting.append(patch)
            if patch.row in by_name:
                yield from touched(by_name[patch.row], patch, tree)
        yield from lint_all(fitting, tree)


# --- what is built ------------------------------------------------------------------------------------------------------

def ninja(build, targets, log):
    """How many objects were compiled, and seconds."""
    begun = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        done = subprocess.run(["ninja", "-C", str(build), *targets], stdout=file, stderr=subprocess.STDOUT, check=False)
    text = log.read_text(encoding="utf-8", errors="replace")
    if done.returncode != 0:
        sys.exit(f"{text[-4000:]}\nthe build failed, see {log}")
    return len(re.findall(r"^\[\d+/\d+\] Building CXX object", text, re.M)), time.monotonic() - begun


def run_test(command, tree, build):
    words = [word.replace("{build}", str(build)) for word in shlex.split(command)]
    if words[0].endswith(".py"):
        words.insert(0, sys.executable)
    done = subprocess.run(words, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print(f"FAILED {command}\n{done.stdout[-3000:]}")
    return done.returncode == 0


def build_all(directory, wanted, targets):
    tree, build = directory / "tree", directory / "build"
    tree.mkdir(parents=True, exist_ok=True)
    copy(HERE.parent.parent, tree)
    if not (build / "build.ninja").exists():
        subprocess.run(["cmake", "-S", tree, "-B", build, "-G", "Ninja"], stdout=subprocess.DEVNULL, check=True)
    failed = 0
    print("files  objects  seconds  row")
    for patch in wanted:
        needs = targets or patch.head["needs"].split()
        ninja(build, needs, directory / "before.log")
        files = patch.files(tree)
        applied = patch.git(tree)
        if applied.returncode != 0:
            sys.exit(f"{patch.path.name} does not apply: {applied.stderr}")
        try:
            objects, seconds = ninja(build, needs, directory / "build.log")
            wrong = sum(not run_test(test, tree, build) for test in patch.tests)
        finally:
            copy(HERE.parent.parent, tree)  # what a test has written goes, too
        failed += wrong > 0
        print(f"{len(files):5}  {objects:7}  {seconds:7.0f}  {patch.row}: {'FAILED' if wrong else patch.head['what']}", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--all", action="store_true", help="build and count everything, not only what the row's tests run")
    parser.add_argument("what", nargs="*", help="ROOT, or with --build words of the rows")
    arguments = parser.parse_args()
    root = HERE.parent.parent
    if arguments.build:
        wanted = [patch for patch in patches(root) if not arguments.what or any(word in patch.row for word in arguments.what)]
        failed = build_all(arguments.build.resolve(), wanted, ["all"] if arguments.all else [])
        print(f"files: {len(wanted) - failed} passed, {failed} failed")
        return 1 if failed or not wanted else 0
    root = pathlib.Path(arguments.what[0]).resolve() if arguments.what else root
    found = list(violations(root))
    for line in found:
        print(line)
    print(f"extend: {len(rows(root))} rows, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
