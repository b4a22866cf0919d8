#!/usr/bin/env python3
"""Clients that others wrote against `weir server`: PyHive, impyla, SQLAlchemy through PyHive (driver.py), Hive's JDBC driver
and beeline. They are installed from the package index and by Maven, as requirements.txt and pom.xml name them, into
directories that are kept beside the build."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import installed  # noqa: E402
from server_test import Server  # noqa: E402
from weir_shell import expect, program, run_all  # noqa: E402

SESSIONS = 20
PATIENCE = installed.PATIENCE
TESTS = ["connects", "wrong_password", "no_login", "parameters", "types", "a_million_rows", "cancel", "cancel_while_another_thread_waits",
         "one_statement_at_a_time", "errors", "what_tools_send", "metadata", "asynchronous", "configured", "a_job", "changes", "who_leaves_frees_all", "nonsense",
         "sqlalchemy"]


def python_clients():
    return installed.place(HERE, program(), "requirements.txt", "clients-python", [sys.executable, "-m", "venv", "PLACE"],
                           ["PLACE/bin/python", "-m", "pip", "install", "-q", "-r", "requirements.txt"])


def java_clients():
    return installed.place(HERE, program(), "pom.xml", "clients-java", ["java", "-version"],
                           ["mvn", "-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=PLACE"])


class Address:
    """Where a server of its own answers, and the token."""

    def __init__(self, scratch, server):
        self.port = re.search(r"HiveServer2's clients at 127\.0\.0\.1:(\d+)", server.log()).group(1)
        self.data = os.path.join(scratch.path, "weir-data")
        with open(os.path.join(self.data, "token"), encoding="ascii") as file:
            self.token = file.read().strip()
        self.url = f"jdbc:hive2://127.0.0.1:{self.port}/default"


def served(scratch):
    return Server(scratch, "-D", "server.thrift.address=127.0.0.1:0", "-D", "server.http.address=0", "-D", "parallelism.default=1",
                  "-D", f"server.max-sessions={SESSIONS}")


def run(scratch, server, *command):
    done = subprocess.run(command, cwd=scratch.path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    expect(done.returncode == 0, f"{done.stdout}{done.stderr}\n{server.log()}")
    return done.stdout


def with_python(place, name):
    def test(scratch):
        with served(scratch) as server:
            at = Address(scratch, server)
            print(run(scratch, server, f"{place}/bin/python", os.path.join(HERE, "driver.py"), at.port, at.data, str(server.process.pid),
                      name), end="")
            said = {"wrong_password": "the password is not the token", "no_login": "does not log in by SASL",
                    "connects": "ada has logged in"}.get(name, "")
            expect(said in server.log(), server.log())
            expect(server.end() == 0, server.log())
    return test


def classes(place):
    """The driver before what it has inside in other versions."""
    jars = sorted(os.listdir(place), key=lambda name: ("standalone" not in name, name))
    return ":".join(os.path.join(place, name) for name in jars if name.endswith(".jar"))


def with_jdbc(place):
    def test(scratch):
        with served(scratch) as server:
            at = Address(scratch, server)
            said = run(scratch, server, "java", "-cp", classes(place), os.path.join(HERE, "HiveDriver.java"), at.url, at.token)
            expect("all well" in said, said)
    return test


def with_beeline(place):
    def test(scratch):
        with served(scratch) as server:
            at = Address(scratch, server)
            said = run(scratch, server, "env", f"HADOOP_HOME={scratch.path}", "java", "-cp", classes(place), "org.apache.hive.beeline.BeeLine",
                       "-u", at.url, "-n", "ada", "-p", at.token, "--outputformat=csv2", "-f", os.path.join(HERE, "beeline.sql"))
            for part in ("id,name\n1,a\n2,NULL\n", "default_database,described,TABLE", "described,name,12,STRING", "name,n\na,1\n"):
                expect(part in said, f"{part!r} is not in:\n{said}")
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
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    python, why = python_clients()
    makers = {name: lambda name=name: with_python(python, name) for name in TESTS}
    reasons = dict.fromkeys(TESTS, why)
    java, why = java_clients()
    makers.update(jdbc=lambda: with_jdbc(java), beeline=lambda: with_beeline(java))
    reasons.update(jdbc=why, beeline=why)
    for one, reason in reasons.items():
        if reason is None:
            tests[f"test_{one}"] = makers[one]()
        else:
            print(f"SKIPPED clients.{one}: cannot be installed: {reason}")
    run_all(tests)
