"""A PostgreSQL server of our own: a cluster in a temporary directory, on a loopback port, never run by root."""
import getpass
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 120  # seconds that anything may take on a busy machine
USER = "ada"


def programs():
    """The directory of the server's programs; None where there are none."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


def account():
    """Who runs the server: the server refuses root, for whom Debian's package makes an account."""
    if os.geteuid() != 0:
        return getpass.getuser()
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def until(true, what, patience=PATIENCE):
    """Waits; `what` is a text, or gives one, of what has not come."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            raise AssertionError(what() if callable(what) else what)
        time.sleep(0.05)


class Server:
    """Starts with `with`; `kill` is a crash, after which `start` goes on with what it had."""

    def __init__(self, settings=()):
        self.bin, self.port, self.process = programs(), free_port(), None
        self.folder = tempfile.mkdtemp(prefix="weir-postgres-")
        self.data = os.path.join(self.folder, "data")
        # A crash of the process is what is tested, not one of the machine.
        self.settings = ["fsync=off", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", "max_connections=60",
                         "log_statement=all", "timezone=Europe/Berlin", *settings]
        os.chmod(self.folder, 0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, account())
        self.run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")

    def as_account(self):
        return {"user": account(), "group": pwd.getpwnam(account()).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}

    def run(self, program, *arguments):
        done = subprocess.run([os.path.join(self.bin, program), *arguments], cwd=self.folder, text=True, capture_output=True,
                              timeout=PATIENCE, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **self.as_account())
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def start(self):
        end = time.monotonic() + PATIENCE
        while True:
            with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as log:
                options = [word for setting in self.settings for word in ("-c", setting)]
                self.process = subprocess.Popen([os.path.join(self.bin, "postgres"), "-D", self.data, "-p", str(self.port), *options],
                                                cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **self.as_account())
            # What a killed one left may still be ending.
            while self.process.poll() is None:
                if subprocess.run(self.psql("SELECT 1"), capture_output=True, check=False, timeout=PATIENCE).returncode == 0:
                    return self
                assert time.monotonic() < end, self.log[-2000:]
                time.sleep(0.05)
            assert time.monotonic() < end, self.log[-2000:]
            time.sleep(0.1)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def psql(self, sql, database="postgres"):
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database,
                "-c", sql]

    def sql(self, sql, database="postgres"):
        """What psql says: its lines."""
        done = subprocess.run(self.psql(sql, database), capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env={**os.environ, "PGTZ": "UTC"})
        assert done.returncode == 0, f"{sql}: {done.stderr}"
        return done.stdout.splitlines()

    def same(self, a, b):
        """Whether two tables have the same rows, as often."""
        return self.sql(f"SELECT count(*) FROM ((TABLE {a} EXCEPT ALL TABLE {b}) UNION ALL (TABLE {b} EXCEPT ALL TABLE {a})) d") == ["0"]

    @property
    def url(self):
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres?user={USER}"

    def table(self, name, columns, there=None, **more):
        """The DDL of a table over the server's."""
        said = {"connector": "jdbc", "url": self.url, "table-name": there or name, **more}
        return f"CREATE TABLE {name} ({columns}) WITH (" + ", ".join(f"'{key}' = '{value}'" for key, value in said.items()) + ");\n"
