"""What the tests of findings share: the program in a directory of its own, and a look at what it left there.

A test is a file with one function, run by `check`:

    from weir import check, equal

    def body(weir):
        weir.write("in/a.csv", "1\\n2\\n")
        done = weir.run("SELECT 1;")
        equal(done.code, 0, done)

    check(body)
"""
import argparse
import collections
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

KILLED = -9

# Programs of tests hear SIGINT, even where a shell has started the tests in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Wrong(Exception):
    """What was seen is not what must be."""


class Done(collections.namedtuple("Done", "code out err")):
    """What a process left: its exit code, standard output and standard error."""
    __slots__ = ()

    def __str__(self):
        return f"exit {self.code}\n--- out\n{self.out}--- err\n{self.err}"


def true(condition, what, about=""):
    if not condition:
        raise Wrong(f"{what}\n{about}")


def equal(actual, expected, about=""):
    true(actual == expected, f"{actual!r}, not {expected!r}", about)


def contains(text, part, about=""):
    true(part in text, f"no {part!r} in {text!r}", about)


class Weir:
    """The program with one scratch directory, which is the working directory of all it runs unless another is said.
    `faulty` is None when the test was not given it."""

    def __init__(self, program, faulty, directory):
        self.program, self.faulty, self.directory = program, faulty, pathlib.Path(directory)
        self.started = []

    def apart(self, name):
        """Another one with a new directory of that name below this one's; what it starts ends with this one's test."""
        own = Weir(self.program, self.faulty, self.path(name))
        own.started = self.started
        own.directory.mkdir()
        return own

    # --- processes --------------------------------------------------------------------------------

    def command(self, sql, *options, data="data", faulty=False):
        """The line that runs `sql` as -c; `options` are further arguments before it."""
        program = self.faulty if faulty else self.program
        true(program, "this test needs --faulty")
        return [program, "-q", "--no-progress", "--data-dir", str(data), *options, "--no-catalog", "-c", sql]

    def start(self, sql, *options, data="data", cwd=None, env=None, faulty=False):
        """The same in the background; ends with the test at the latest."""
        return self.spawn(self.command(sql, *options, data=data, faulty=faulty), cwd, env)

    def spawn(self, command, cwd=None, env=None):
        child = subprocess.Popen(command, cwd=self.directory / (cwd or "."), env={**os.environ, **(env or {})},
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 errors="replace")
        self.started.append(child)
        return child

    def end(self, child, seconds=60):
        """Waits for what `start` gave; no end in time is a failure of the test."""
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            child.kill()
            out, err = child.communicate()
            raise Wrong(f"no end within {seconds} s: {child.args}\n{out}\n{err}") from error
        return Done(child.returncode, out, err)

    def kill(self, child):
        """SIGKILL, and what it had said until then."""
        child.kill()
        return self.end(child)

    def run(self, sql, *options, data="data", cwd=None, env=None, faulty=False, seconds=60):
        return self.end(self.start(sql, *options, data=data, cwd=cwd, env=env, faulty=faulty), seconds)

    def ok(self, sql, *options, **how):
        """`run`, which must end with 0."""
        done = self.run(sql, *options, **how)
        equal(done.code, 0, f"{sql}\n{done}")
        return done

    def kept(self, sql, *options):
        """`sql` as -c over the tables that the data directory keeps, executed by the process that has it open, if there is one."""
        return self.end(self.spawn([self.program, "-q", "--data-dir", "data", *options, "-c", sql]))

    def serve(self, *options, faulty=False, env=None):
        """weir server, once it is ready; it listens nowhere unless told where. Its lines so far are in `said`."""
        named = [option.partition("=")[0] for option in options]
        for name in ("server.http.address", "server.thrift.address"):
            if name not in named:
                options += ("-D", f"{name}=0")
        server = self.spawn([self.faulty if faulty else self.program, "server", "--data-dir", "data", *options], env=env)
        server.said = []

        def ready():
            server.said.append(server.stderr.readline())
            return " ready" in server.said[-1]
        self.wait_for(ready, "the server is ready", child=server)
        return server

    # --- files ------------------------------------------------------------------------------------

    def path(self, name):
        return self.directory / name

    def write(self, name, text, append=False):
        """Makes the file and its directories; absolute path as text, for SQL. Whoever watches the directory sees a new file
        with all of its text."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path if path.exists() else path.with_name(f".{path.name}")
        with open(written, "a" if append else "w", encoding="utf-8") as file:
            file.write(text)
        written.rename(path)
        return str(path)

    def rows(self, name):
        """Sorted lines of the files of a sink's directory that its readers see."""
        lines = []
        for path in sorted(self.path(name).rglob("*")):
            hidden = any(part.startswith((".", "_")) for part in path.relative_to(self.path(name)).parts)
            if path.is_file() and not hidden:
                lines += path.read_text(encoding="utf-8").splitlines()
        return sorted(lines)

    def tree(self, name):
        """Relative path -> SHA-256 of each file below; links are named with where they point, directories with None."""
        found = {}
        for path in sorted(self.path(name).rglob("*")):
            key = str(path.relative_to(self.path(name)))
            if path.is_symlink():
                found[key] = "-> " + os.readlink(path)
            else:
                found[key] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        return found

    def wait_for(self, condition, what, seconds=30, child=None):
        """Until `condition()` is true. With `child`, its early end is a failure."""
        deadline = time.monotonic() + seconds
        while not condition():
            if child is not None and child.poll() is not None:
                raise Wrong(f"ended before {what}\n{self.end(child)}")
            true(time.monotonic() < deadline, f"not within {seconds} s: {what}")
            time.sleep(0.02)

    def kill_with_rows_in_flight(self, child):
        """Kills it when two checkpoints of its job hold rows that their barriers have overtaken."""
        with_rows = set()

        def two_have_rows():
            # LATEST may still name the first of them when the second is there.
            found = self.path("data").glob("jobs/*/checkpoints/chk-*/channels.bin")
            with_rows.update(path.parent.name for path in found)
            return len(with_rows) > 2

        self.wait_for(two_have_rows, "rows in flight", seconds=120, child=child)
        self.kill(child)


def check(body):
    """Runs `body(Weir)` in a fresh directory, as the arguments of the process say, and ends the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--faulty", help="weir_faulty: fault points and planted defects")
    parser.add_argument("--keep", action="store_true", help="leave the scratch directory")
    arguments = parser.parse_args()
    absolute = [path and os.path.abspath(path) for path in (arguments.weir, arguments.faulty)]
    directory = tempfile.mkdtemp(prefix="weir-finding-")
    weir = Weir(*absolute, directory)
    code = 0
    try:
        body(weir)
    except Wrong as wrong:
        line = traceback.extract_tb(wrong.__traceback__)
        at = next((frame.lineno for frame in reversed(line) if frame.filename != __file__), 0)
        print(f"{os.path.basename(sys.argv[0])}:{at}: {wrong}")
        code = 1
    finally:
        for child in weir.started:
            if child.poll() is None:
                child.kill()
        if arguments.keep:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    sys.exit(code)
