"""Drives the real program: scripts as child processes, the shell on a pseudo-terminal."""
import codecs
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import fcntl

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import owner  # noqa: E402

PROMPT = "weir> "
DEADLINE = 60  # seconds that anything may take on a busy machine


def program():
    if len(sys.argv) > 2 and sys.argv[1] == "--weir":
        return os.path.abspath(sys.argv[2])
    raise SystemExit(f"usage: {sys.argv[0]} --weir PROGRAM [TEST…]")


class Scratch:
    """A directory to run in; removed at the end."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="weir-shell-")
        # What the test starts attaches to it (run_attached.py).
        self.owner = None
        if os.environ.get("WEIR_SHELL_ATTACHED"):
            self.attach()
        return self

    def __exit__(self, *_):
        if self.owner is not None:
            self.owner.end()
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def environment(self, **more):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_") or name == "WEIR_DEFECT"}
        environment.update({"HOME": self.path, "TERM": "xterm", "NO_COLOR": "1"}, **more)
        environment.pop("XDG_CONFIG_HOME", None)
        return environment

    def run(self, *arguments, text=None):
        return subprocess.run([program(), *arguments], cwd=self.path, env=self.environment(), input=text, text=True,
                              capture_output=True, timeout=DEADLINE, check=False)

    def kill(self, child):
        """As a crash does: the process that the jobs of `child` run in. Another one has the directory afterwards, where
        one had it. What `child` wrote."""
        if self.owner is None:
            child.kill()
            return child.communicate(timeout=DEADLINE)
        self.owner.end(signal.SIGKILL)
        said = child.communicate(timeout=DEADLINE)
        self.attach()
        return said

    def attach(self):
        self.owner = owner.Owner(program(), os.path.join(self.path, "weir-data"), self.path, environment=self.environment())

    def start(self, *arguments):
        return subprocess.Popen([program(), *arguments], cwd=self.path, env=self.environment(), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Screen:
    """What a terminal shows: so much of ECMA-48 as the shell and its editor send; no wide characters, and no scrolling away."""
    CODE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z@])|\x1b[=>78]|.", re.DOTALL)

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [""], 0, 0

    def show(self, text):
        for code in self.CODE.finditer(text):
            if code.group(2):
                self.control(code.group(2), int(code.group(1)) if code.group(1).isdigit() else None)
            elif not code.group().startswith("\x1b"):
                self.character(code.group())
        return self

    def lines(self):
        return [row.rstrip() for row in self.rows]

    def character(self, c):
        if c == "\r":
            self.column = 0
        elif c == "\n":
            self.down()
        elif c == "\b":
            self.column = max(self.column - 1, 0)
        elif c >= " ":
            if self.column == self.columns:  # a full row is left with the next character
                self.column = 0
                self.down()
            row = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = row[:self.column] + c + row[self.column + 1:]
            self.column += 1

    def down(self):
        self.row += 1
        self.rows += [""] * (self.row + 1 - len(self.rows))

    def control(self, what, number):
        row, many = self.rows[self.row].ljust(self.column), number or 1
        if what in "AF":
            self.row = max(self.row - many, 0)
            self.column = 0 if what == "F" else self.column
        elif what in "CD":
            self.column = min(max(self.column + (many if what == "C" else -many), 0), self.columns - 1)
        elif what == "G":
            self.column = many - 1
        elif what in "JK":
            self.rows[self.row] = row[:self.column]
            if what == "J":
                del self.rows[self.row + 1:]
        elif what == "P":
            self.rows[self.row] = row[:self.column] + row[self.column + many:]
        elif what == "@":
            self.rows[self.row] = row[:self.column] + " " * many + row[self.column:]


class Shell:
    """The interactive shell on a terminal of 100 columns, or what `arguments` say, which has begun when it has said
    `until`. `before` is called in its process before the program begins, whose environment has what `environment` says;
    an answer may take `patience` seconds."""

    def __init__(self, scratch, *arguments, columns=100, lines=40, before=None, patience=DEADLINE, environment=None,
                 until=PROMPT):
        self.patience = patience
        command = [program(), *arguments]
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(scratch.path)
            if before:
                before()
            os.execve(command[0], command, scratch.environment(**{"PAGER": "", **(environment or {})}))
        self.text = ""
        self.raw, self.begun, self.decoder = "", "", codecs.getincrementaldecoder("utf-8")("replace")
        self.resize(columns, lines)
        self.read_until(until)

    def resize(self, columns, lines=40):
        self.columns = columns
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def paste(self, text):
        """Sends what is more than the terminal takes at once, and reads what comes meanwhile."""
        data = text.encode()
        while data:
            readable, writable, _ = select.select([self.terminal], [self.terminal], [], 1)
            if writable:
                data = data[os.write(self.terminal, data[:2048]):]
            if readable:
                self.more()

    def send(self, text):
        time.sleep(0.05)  # a key that comes before the editor reads is echoed twice, or lost to Ctrl-C
        os.write(self.terminal, text.encode())

    def more(self):
        """Reads what the shell writes, if something comes soon."""
        if not select.select([self.terminal], [], [], 0.2)[0]:
            return
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            data = b""
        if not data:
            raise AssertionError(f"the shell ended; saw:\n{self.text}")
        piece = self.decoder.decode(data)
        self.raw += piece
        piece = self.begun + piece
        begun = re.search(r"\x1b(\[[0-9;?]*)?$", piece)  # an escape whose rest comes with the next piece
        self.begun = begun.group() if begun else ""
        piece = piece.removesuffix(self.begun)
        self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>78]", "", piece).replace("\r", "")

    def read_until(self, wanted, since=0):
        """Everything from `since` on until `wanted` (text) is there."""
        end = time.monotonic() + self.patience
        while wanted not in self.text[since:]:
            if time.monotonic() > end:
                raise AssertionError(f"never saw {wanted!r}; saw:\n{self.text[since:]}")
            self.more()
        return self.text[since:]

    def show_until(self, *wanted):
        """The lines on the screen, as soon as these regular expressions match the last of them."""
        end = time.monotonic() + self.patience
        while True:
            shown = Screen(self.columns).show(self.raw).lines()
            last = shown[-len(wanted):]
            if len(last) == len(wanted) and all(re.fullmatch(*pair) for pair in zip(wanted, last)):
                return shown
            if time.monotonic() > end:
                raise AssertionError("never showed\n" + "\n".join(wanted) + "\nshowed\n" + "\n".join(shown))
            self.more()

    def ask(self, statement, wanted=None):
        """Types a statement and Enter; what came back up to the next prompt."""
        since = len(self.text)
        self.send(statement + "\n")
        if wanted is not None:
            self.read_until(wanted, since)
        return self.read_until("\n" + PROMPT, since)

    def wait(self):
        """Exit code, once the shell has ended by itself."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                if select.select([self.terminal], [], [], 0.05)[0]:
                    self.text += os.read(self.terminal, 65536).decode("utf-8", "replace").replace("\r", "")
            except OSError:
                pass
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                os.close(self.terminal)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.child, signal.SIGKILL)
        raise AssertionError(f"the shell does not end; saw:\n{self.text}")

    def end(self):
        """At once, if it does not by itself; its exit code."""
        deadline = time.monotonic() + 5
        done, status = 0, 0
        while not done and time.monotonic() < deadline:
            time.sleep(0.05)
            done, status = os.waitpid(self.child, os.WNOHANG)
        if not done:
            os.kill(self.child, signal.SIGKILL)
            _, status = os.waitpid(self.child, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)

    def leave(self):
        self.send("QUIT;\n")
        return self.wait()


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def run_all(tests):
    """Runs functions named test_*, each with a scratch directory, and prints how many passed. Names behind the program
    are those to be run."""
    failed = 0
    wanted = set(sys.argv[3:]) or {name for name in tests if name.startswith("test_")}
    chosen = [(name, tests[name]) for name in tests if name in wanted]
    expect(len(chosen) == len(wanted), f"there are not all of {', '.join(sorted(wanted))}")
    for name, test in chosen:
        try:
            with Scratch() as scratch:
                test(scratch)
            print(f"ok    {name}")
        except Exception as error:  # every failure is reported, the others still run
            failed += 1
            print(f"FAIL  {name}: {str(error) or repr(error)}")
    print(f"files: {len(chosen) - failed} passed, {failed} failed")  # as tests/count_tests.py reads
    sys.exit(1 if failed else 0)
