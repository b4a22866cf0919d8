#!/usr/bin/env python3
"""Paths that somebody chose with care: hundreds of names, absolute and relative ones, with "..", through links, to
FIFOs and devices, too long, in no encoding, as the path of a table, of a savepoint, a script and a log, and as an entry
of a savepoint's metadata that was sealed again. No file that the statement has no business with is changed, none is
read into an answer, and no statement waits for ever or ends by a signal.

usage: paths.py --weir WEIR [--slice | --leading] [--seed N] [--ledger] [--plant NAME[,NAME…] --faulty WEIR_FAULTY]
Prints how many names, statements and runs it was. --plant: with each of these defects planted it must fail.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "findings"))
from forge import Metadata  # noqa: E402 pylint: disable=wrong-import-position
import forged  # noqa: E402 pylint: disable=wrong-import-position
import ledger  # noqa: E402 pylint: disable=wrong-import-position
import seed as seeds  # noqa: E402 pylint: disable=wrong-import-position
from weir import Weir  # noqa: E402 pylint: disable=wrong-import-position

SECRET = "the-secret-of-the-sentinel"
SECONDS = 20
ALLOWED = (0, 1, 3, 4, 5, 124)
STEPS = ("..", ".", "", "a", "...", " ", "a b", "~", "$HOME", "%2e%2e", "\\..\\", "*", "?", "-rf", "--help", "nul", "é",
         "e\u0301", "日本", "\u202e", "\u200b", "\x01", "\t", "\n", "\x7f", "a" * 255, "a" * 256, ".hidden", "_metadata",
         "CURRENT", "LATEST", "chk-1", "x.csv", "'", '"', "`", ";", "|", "&", "#", "{}", "[]", "!", "@", "=", ",", ":")


# Which lead somewhere, so that whoever believes them does something: part of every slice.
LEADING = ("dirlink/file", "dirlink/sentinel", "../sentinel", "link", "hard", "x.csv")


def names():
    """Three hundred and more of them, told apart by text alone."""
    found = dict.fromkeys(STEPS)
    for step in STEPS:
        for shape in ("{0}/sentinel", "../{0}", "{0}/..", "{0}/../sentinel", "/{0}", "{0}//", "./{0}"):
            found[shape.format(step)] = None
    found.update(dict.fromkeys((
        "../sentinel", "../../sentinel", "../../../../../../../../etc/passwd", "/etc/passwd", "//etc/passwd", "/etc/shadow",
        "/proc/self/fd/0", "/proc/self/environ", "/proc/self/mem", "/proc/self/root/etc/passwd", "/proc/self/cwd/sentinel",
        "/dev/zero", "/dev/null", "/dev/full", "/dev/random", "/dev/stdin", "/dev/tty", "/sys/kernel/notes", "link", "dir/file",
        "link/", "dirlink", "dirlink/file", "dirlink/../sentinel", "loop", "loop/a", "dangling", "fifo", "fifo/a", "socket",
        "hard", "fd", "fd/0", "a/" * 2000 + "b", "a" * 4095, "a" * 4096, "a" * 5000, "/" * 300, "../" * 300, "./" * 1500 + "sentinel",
        "file:///etc/passwd", "file:../sentinel", "http://example.invalid/x", "s3://bucket/x", "jar:file:/x!/y")))
    return [name for name in found if "\0" not in name]


class World:
    """A directory with files that are nobody's business, links and FIFOs to meet."""

    def __init__(self, directory, good):
        self.home = pathlib.Path(directory)
        self.here = self.home / "here"
        self.here.mkdir()
        self.sentinels = []
        for name in ("sentinel", "here/sentinel", "other/file", "other/sentinel"):
            path = self.home / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(SECRET)
            self.sentinels.append(path)
        for name, target in (("link", "../sentinel"), ("dirlink", "../other"), ("loop", "loop"), ("dangling", "nowhere"),
                             ("fd", "/proc/self/fd")):
            os.symlink(target, self.here / name)
        os.link(self.home / "sentinel", self.here / "hard")
        os.mkfifo(self.here / "fifo")
        shutil.copytree(good, self.here / "saved")
        self.before = self.look()

    def look(self):
        return [(path.exists() and hashlib.sha256(path.read_bytes()).hexdigest(), path.exists() and path.stat().st_mtime_ns)
                for path in self.sentinels]


def quoted(name):
    return "'" + name.replace("'", "''") + "'"


def statements(name):
    """(what it is, the statement)."""
    place = quoted(name)
    table = f"CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'path' = {place}, 'format' = 'csv'); "
    yield "describe", f"DESCRIBE SAVEPOINT {place};"
    yield "explain", f"EXPLAIN RESTORE JOB r FROM {place};"
    yield "drop", f"DROP SAVEPOINT {place};"
    yield "create", table + "DESCRIBE t;"
    yield "savepoint", f"SAVEPOINT JOB nobody TO {place};"
    yield "checkpoints", f"SET 'state.checkpoints.dir' = {place}; SHOW JOBS;"
    yield "key", f"SET 'state.savepoints.key-file' = {place}; EXPLAIN RESTORE JOB r FROM 'saved';"


def run(program, world, sql, defect):
    environment = {**os.environ, "WEIR_DEFECT": defect} if defect else None
    try:
        return subprocess.run([program, "-q", "--no-progress", "--data-dir", str(world.home / "data"), "--no-catalog", "-c", sql],
                              cwd=world.here, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                              check=False)
    except subprocess.TimeoutExpired:
        return None


def judge(done, world, what):
    """What is wrong, if anything is."""
    if done is None:
        return f"{what}: no end within {SECONDS} s"
    if done.returncode not in ALLOWED:
        return f"{what}: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-500:]}"
    if SECRET.encode() in done.stdout + done.stderr:
        return f"{what}: the answer has what is in the sentinel"
    if world.look() != world.before:
        return f"{what}: a sentinel was changed"
    return None


def entry(world, name, good, output=False):
    """The savepoint with an entry of this name, of state or of rows of a sink, which says what is true of the file that it
    leads to, if it can."""
    forged_path = world.here / "forged"
    shutil.rmtree(forged_path, ignore_errors=True)
    shutil.copytree(good, forged_path)
    os.symlink(world.home / "other", forged_path / "dirlink")
    (forged_path / "thesis").write_text("somebody's\n")
    metadata = Metadata.read(forged_path)
    changed = metadata.entry(output)
    metadata.describe(changed, world.sentinels[0])
    metadata.rename(changed, name.encode("utf-8", "surrogatepass"))
    metadata.write(forged_path)
    return forged_path


def attack(arguments, name, good, directory):
    """Every statement with one name; (runs, what was wrong)."""
    world = World(directory, good)
    wrong, runs = [], 0
    for label, sql in statements(name):
        runs += 1
        wrong.append(judge(run(arguments.program, world, sql, arguments.plant), world, f"{label} {name[:80]!r}"))
    for output in (False, True):
        thesis = entry(world, name, good, output) / "thesis"
        of = f"of a savepoint whose {'output' if output else 'state'} is in {name[:80]!r}"
        for label, sql in (("explain", "EXPLAIN RESTORE JOB r FROM 'forged';"), ("restore", "RESTORE JOB r FROM 'forged';"),
                           ("drop", "DROP SAVEPOINT 'forged';")):
            runs += 1
            done = run(arguments.program, world, sql, arguments.plant)
            wrong.append(judge(done, world, f"{label} {of}"))
            if done is not None and done.returncode == 0 and label != "drop":
                wrong.append(f"{label} {of}: is not refused")
        if not thesis.exists():
            wrong.append(f"DROP {of}: it removed what is not listed")
    return runs, [text for text in wrong if text]


def scratch(arguments, name, good):
    directory = tempfile.mkdtemp(prefix="weir-paths-")
    try:
        return attack(arguments, name, good, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sweep(arguments, chosen, good):
    """(runs, what was wrong) of all these names."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda name: scratch(arguments, name, good), chosen))
    return sum(runs for runs, _ in results), [text for _, texts in results for text in texts]


def found(arguments, defect, good):
    """Whether a planted defect is; the names are tried one after the other, as they lead somewhere or not."""
    arguments.plant = defect
    for number, name in enumerate(dict.fromkeys([*LEADING, *names()]), start=1):
        _, wrong = scratch(arguments, name, good)
        if wrong:
            print(f"{defect}: found by name {number}: {wrong[0]}")
            return True
    print(f"{defect}: NOT FOUND")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--faulty")
    parser.add_argument("--plant", default="")
    parser.add_argument("--slice", action="store_true", help="one name in twelve, which ones by the seed")
    parser.add_argument("--leading", action="store_true", help="only names that lead somewhere")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ledger", action="store_true")
    arguments, begun = parser.parse_args(), time.monotonic()
    arguments.program = os.path.abspath(arguments.faulty if arguments.plant else arguments.weir)
    seed = seeds.draw(arguments.seed)
    chosen = names()
    total = len(chosen)
    if arguments.slice:
        chosen = list(dict.fromkeys([*LEADING, *chosen[seed % 12::12]]))
    if arguments.leading:
        chosen = list(LEADING)
    with tempfile.TemporaryDirectory(prefix="weir-paths-") as directory:
        weir = Weir(os.path.abspath(arguments.weir), None, directory)
        good = forged.savepoints(weir)[0]
        if arguments.plant:
            return 0 if all(found(arguments, defect, good) for defect in arguments.plant.split(",")) else 1
        runs, wrong = sweep(arguments, chosen, good)
    for text in wrong[:20]:
        print(f"FAILED: {text}")
    print(f"seed {seed}: {len(chosen)} of {total} names, {runs} runs, {len(wrong)} wrong")
    if arguments.ledger:
        ledger.record("paths", seed, runs, time.monotonic() - begun)
    return 1 if wrong or total < 300 else 0


if __name__ == "__main__":
    sys.exit(main())
