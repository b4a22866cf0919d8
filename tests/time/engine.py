"""Runs the weir program for tests: to its end, or in the background until it is stopped or killed."""
import os
import signal
import subprocess
import time

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")

TIMEOUT = 120

# A shell that starts tests in the background has them, and what they start, ignore SIGINT: one that comes before the
# program has its handlers would be lost.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Engine:
    """One data directory; every start of the program uses it."""

    def __init__(self, weir, scratch, **options):
        self.weir, self.scratch = os.path.abspath(weir), scratch
        self.options = {"execution.checkpointing.interval": "20 ms", **options}
        self.statistics_path = os.path.join(scratch, "statistics")
        self.running = None

    def command(self, options):
        command = [self.weir, "-q", "--no-progress", "--format", "csv", "--conf", BARE,
                   "--statistics", self.statistics_path, "--data-dir", os.path.join(self.scratch, "data")]
        for key, value in {**self.options, **options}.items():
            command += ["-D", f"{key.replace('__', '.')}={value}"]
        return command

    def run(self, script, expect=0, **options):
        """(stdout, stderr) of a script that runs to its end with the exit code `expect`, or one of several."""
        done = subprocess.run(self.command(options), input=script, text=True, capture_output=True,
                              timeout=TIMEOUT, cwd=self.scratch, check=False)
        if done.returncode not in (expect if isinstance(expect, tuple) else (expect,)):
            raise AssertionError(f"exit {done.returncode}, expected {expect}\n{script}\n{done.stdout}\n{done.stderr}")
        return done.stdout, done.stderr

    def start(self, script, **options):
        path = os.path.join(self.scratch, "script.sql")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        with open(os.path.join(self.scratch, "log"), "w", encoding="utf-8") as log:
            command = [word for word in self.command(options) if word != "-q"]
            self.running = subprocess.Popen(command + ["-f", path], stdout=log, stderr=log, cwd=self.scratch)

    def end(self, sent=signal.SIGINT):
        """Sends a signal and waits for the end; the exit code."""
        self.running.send_signal(sent)
        code = self.running.wait(TIMEOUT)
        self.running = None
        return code

    def stop(self):
        """SIGINT: a last checkpoint, which is kept. True when it was stopped, False when it had ended before."""
        code = self.end()
        # The process hears of signals neither before its script begins nor once that has ended.
        if code not in (0, 130, -signal.SIGINT):
            raise AssertionError(f"exit {code} after SIGINT\n{self.log()}")
        # A job that had read everything commits before the process ends; the script was cut short all the same.
        log = self.log()
        return code != 0 and "its output is committed" not in log and " has finished: " not in log

    def log(self):
        with open(os.path.join(self.scratch, "log"), encoding="utf-8") as log:
            return log.read()

    def statistics(self):
        with open(self.statistics_path, encoding="utf-8") as file:
            return {name: int(count) for name, count in (line.split() for line in file)}


def lines_of(directory):
    """The lines of all visible files of a sink."""
    lines = []
    if not os.path.isdir(directory):
        return lines
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in names:
            if not name.startswith((".", "_")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    lines += file.read().splitlines()
    return lines


def wait_until(condition, what, seconds=30):
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)
