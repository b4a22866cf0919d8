"""A weir on a terminal of its own that has a data directory open, for other processes to attach to."""
import os
import pty
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 60


def listens(data):
    """Whether a process serves this data directory (shell/rpc/local_socket.h)."""
    about = os.stat(data)
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(f"\0weir/{about.st_dev}:{about.st_ino}") == 0


class Owner:
    """Its shell waits for input; `options` are those of the command line."""

    def __init__(self, weir, data, cwd, options=(), environment=None):
        # Where there are jobs, or the place for them, the shell's greeting takes the directory.
        os.makedirs(os.path.join(data, "jobs"), mode=0o700, exist_ok=True)
        self.master, slave = pty.openpty()
        try:
            self.process = subprocess.Popen([weir, *options, "--data-dir", data], stdin=slave, stdout=slave, stderr=slave, cwd=cwd,
                                            env=dict(environment or os.environ, HOME=data, TERM="xterm"), start_new_session=True)
        finally:
            os.close(slave)
        self.said = b""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        end = time.monotonic() + PATIENCE
        while not listens(data):
            if self.process.poll() is not None or time.monotonic() > end:
                self.end()
                raise RuntimeError(f"no owner of {data}: {self.said.decode(errors='replace')}")
            time.sleep(0.002)

    def read(self):
        """What it shows is kept, so that it never waits for a reader."""
        while True:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                return
            if not part:
                return
            self.said += part

    def end(self, sent=signal.SIGTERM):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sent)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        os.close(self.master)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
