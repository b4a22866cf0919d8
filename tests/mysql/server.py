"""A MariaDB server of our own: its data in a temporary directory, on a loopback port, never run by root."""
import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 120  # seconds that anything may take on a busy machine
USER, PASSWORD = "ada", "pa55word!"
CLIENT = ("mariadb", "mysql")


def program(*names):
    found = [path for name in names for path in (shutil.which(name), shutil.which(name, path="/usr/sbin:/usr/bin")) if path]
    return found[0] if found else None


def programs():
    """The server, what makes its data, and the client; None where one of them is not there."""
    found = program("mariadbd"), program("mariadb-install-db"), program(*CLIENT)
    return found if all(found) else None


def account():
    """Who runs the server, if that is root: the server refuses it, and Debian's package makes an account."""
    if os.geteuid() != 0:
        return getpass.getuser()
    for name in ("mysql", "nobody"):
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
        self.server, self.install, self.client = programs()
        self.port, self.process = free_port(), None
        self.folder = tempfile.mkdtemp(prefix="weir-mysql-")
        self.data, self.socket = os.path.join(self.folder, "data"), os.path.join(self.folder, "socket")
        # A crash of the process is what is tested, not one of the machine.
        self.settings = ["--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
                         f"--pid-file={self.folder}/pid", "--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M",
                         "--general-log=1", f"--general-log-file={self.folder}/general", "--default-time-zone=+02:00", "--skip-name-resolve",
                         "--max-connections=80", "--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci", *settings]
        os.chmod(self.folder, 0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, account())
        done = subprocess.run([self.install, "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal", "--skip-test-db",
                               "--skip-name-resolve", "--innodb-log-file-size=16M"],
                              cwd=self.folder, text=True, capture_output=True, timeout=PATIENCE, check=False, **self.as_account())
        assert done.returncode == 0, f"{self.install}: {done.stdout}{done.stderr}"

    def as_account(self):
        if os.geteuid() != 0:
            return {}
        return {"user": account(), "group": pwd.getpwnam(account()).pw_gid, "extra_groups": [], "env": {"PATH": os.environ["PATH"], "HOME": self.folder}}

    def __enter__(self):
        self.start()
        self.sql(f"CREATE DATABASE shop; CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {USER}@'127.0.0.1'", "mysql")
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def text(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()

    @property
    def log(self):
        """What clients have said."""
        return self.text("general")

    def start(self):
        end = time.monotonic() + PATIENCE
        while True:
            with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as log:
                self.process = subprocess.Popen([self.server, *self.settings], cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self.as_account())
            while self.process.poll() is None:
                if subprocess.run(self.command("SELECT 1", "mysql"), capture_output=True, check=False, timeout=PATIENCE).returncode == 0:
                    return self
                assert time.monotonic() < end, self.text("log")[-2000:]
                time.sleep(0.05)
            assert time.monotonic() < end, self.text("log")[-2000:]
            time.sleep(0.1)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def command(self, sql, database="shop"):
        return [self.client, "--no-defaults", "-u", "root", "-S", self.socket, "--default-character-set=utf8mb4", "-N", "-B", "--raw", "-D", database,
                "--init-command=SET time_zone = '+00:00'", "-e", sql]

    def sql(self, sql, database="shop"):
        """What the client says: its lines, with tabs between values."""
        done = subprocess.run(self.command(sql, database), capture_output=True, encoding="utf-8", errors="replace", timeout=PATIENCE,
                              check=False)
        assert done.returncode == 0, f"{sql}: {done.stderr}"
        return done.stdout.splitlines()

    def same(self, a, b):
        """Whether two tables have the same rows, as often."""
        return self.sql(f"SELECT COUNT(*) FROM ((TABLE {a} EXCEPT ALL TABLE {b}) UNION ALL (TABLE {b} EXCEPT ALL TABLE {a})) d".replace("TABLE ", "SELECT * FROM ")) == ["0"]

    @property
    def url(self):
        return f"jdbc:mysql://127.0.0.1:{self.port}/shop"

    def table(self, name, columns, there=None, **more):
        """The DDL of a table over the server's."""
        said = {"connector": "jdbc", "url": self.url, "table-name": there or name, "username": USER, "password": PASSWORD, **more}
        return f"CREATE TABLE {name} ({columns}) WITH (" + ", ".join(f"'{key}' = '{value}'" for key, value in said.items()) + ");\n"
