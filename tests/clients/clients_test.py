#!/usr/bin/env python3
"""Clients that others wrote against `weir server`: PyHive, impyla, and SQLAlchemy through PyHive (driver.py). They are
installed from the package index, as requirements.txt names them, into a virtual environment that is kept beside the build."""
import hashlib
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "shell"))
from server_test import Server  # noqa: E402
from weir_shell import expect, program, run_all  # noqa: E402

SESSIONS = 20
PATIENCE = 300
TESTS = ["connects", "wrong_password", "no_login", "parameters", "types", "a_million_rows", "cancel", "cancel_while_another_thread_waits",
         "errors", "what_tools_send", "metadata", "asynchronous", "configured", "a_job", "changes", "who_leaves_frees_all", "nonsense",
         "sqlalchemy"]


def environment():
    """The virtual environment's Python, or why there is none."""
    requirements = os.path.join(HERE, "requirements.txt")
    with open(requirements, "rb") as file:
        key = hashlib.sha256(file.read()).hexdigest()[:12]
    place = os.path.join(os.path.dirname(program()), f"clients-{key}")
    python = os.path.join(place, "bin", "python")
    if os.path.exists(os.path.join(place, "complete")):
        return python, None
    shutil.rmtree(place, ignore_errors=True)
    for command in ([sys.executable, "-m", "venv", place], [python, "-m", "pip", "install", "-q", "-r", requirements]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            return None, (done.stderr or done.stdout).strip().split("\n")[-1]
    with open(os.path.join(place, "complete"), "w", encoding="ascii"):
        pass
    return python, None


def test_with(name):
    def test(scratch):
        options = ("-D", "server.thrift.address=127.0.0.1:0", "-D", "server.http.address=0", "-D", "parallelism.default=1",
                   "-D", f"server.max-sessions={SESSIONS}")
        with Server(scratch, *options) as server:
            port = re.search(r"HiveServer2's clients at 127\.0\.0\.1:(\d+)", server.log()).group(1)
            data = os.path.join(scratch.path, "weir-data")
            done = subprocess.run([PYTHON, os.path.join(HERE, "driver.py"), port, data, str(server.process.pid), name], cwd=scratch.path,
                                  capture_output=True, text=True, timeout=PATIENCE, check=False)
            expect(done.returncode == 0, f"{done.stdout}{done.stderr}\n{server.log()}")
            print(done.stdout, end="")
            said = {"wrong_password": "the password is not the token", "no_login": "does not log in by SASL"}.get(name, "")
            expect(said in server.log(), server.log())
            expect(server.end() == 0, server.log())
    return test


def test_only_this_machine(scratch):
    done = scratch.run("server", "-D", "server.thrift.address=0.0.0.0:10000", "-D", "server.http.address=0")
    expect(done.returncode != 0 and "server.thrift.address" in done.stderr and "E6001" in done.stderr, done.stderr)


def test_an_address_that_somebody_has(scratch):
    with Server(scratch, "-D", "server.thrift.address=127.0.0.1:0", "-D", "server.http.address=0") as first:
        address = re.search(r"HiveServer2's clients at (\S+)", first.log()).group(1)
        done = scratch.run("--data-dir", "other", "server", "-D", f"server.thrift.address={address}", "-D", "server.http.address=0")
        expect(done.returncode != 0 and "E4001" in done.stderr, done.stderr)


def test_switched_off(scratch):
    with Server(scratch, "-D", "server.thrift.address=0", "-D", "server.http.address=0") as server:
        expect("thrift" not in server.log(), server.log())


if __name__ == "__main__":
    tests = {name: test for name, test in globals().items() if name.startswith("test_") and name != "test_with"}
    PYTHON, why = environment()
    for one in TESTS:
        if why is None:
            tests[f"test_{one}"] = test_with(one)
        else:
            print(f"SKIPPED clients.{one}: cannot be installed: {why}")
    run_all(tests)
