"""Drives the real program: scripts as child processes, the shell on a pseudo-terminal."""
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

PROMPT = "weir> "
DEADLINE = 60  # seconds that anything may take on a busy machine


def program():
    if len(sys.argv) > 2 and sys.argv[1] == "--weir":
        return os.path.abspath(sys.argv[2])
    raise SystemExit(f"usage: {sys.argv[0]} --weir PROGRAM")


class Scratch:
    """A directory to run in; removed at the end."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="weir-shell-")
        return self

    def __exit__(self, *_):
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

    def start(self, *arguments):
        return subprocess.Popen([program(), *arguments], cwd=self.path, env=self.environment(), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Shell:
    """The interactive shell on a terminal of 100 columns. `before` is called in its process before the program begins;
    an answer may take `patience` seconds."""

    def __init__(self, scratch, *arguments, columns=100, lines=40, before=None, patience=DEADLINE):
        self.patience = patience
        command = [program(), *arguments]
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(scratch.path)
            if before:
                before()
            os.execve(command[0], command, scratch.environment())
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.text = ""
        self.read_until(PROMPT)

    def send(self, text):
        time.sleep(0.05)  # a key that comes before the editor reads is echoed twice, or lost to Ctrl-C
        os.write(self.terminal, text.encode())

    def read_until(self, wanted, since=0):
        """Everything from `since` on until `wanted` (text) is there."""
        end = time.monotonic() + self.patience
        while wanted not in self.text[since:]:
            if time.monotonic() > end:
                raise AssertionError(f"never saw {wanted!r}; saw:\n{self.text[since:]}")
            ready, _, _ = select.select([self.terminal], [], [], 0.2)
            if not ready:
                continue
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                data = b""
            if not data:
                raise AssertionError(f"the shell ended before {wanted!r}; saw:\n{self.text[since:]}")
            self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", "", data.decode("utf-8", "replace")).replace("\r", "")
        return self.text[since:]

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
    """Runs functions named test_*, each with a scratch directory, and prints how many passed."""
    failed = 0
    chosen = [(name, test) for name, test in tests.items() if name.startswith("test_")]
    for name, test in chosen:
        try:
            with Scratch() as scratch:
                test(scratch)
            print(f"ok    {name}")
        except Exception as error:  # every failure is reported, the others still run
            failed += 1
            print(f"FAIL  {name}: {error}")
    print(f"files: {len(chosen) - failed} passed, {failed} failed")  # as tests/count_tests.py reads
    sys.exit(1 if failed else 0)
