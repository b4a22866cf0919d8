#!/usr/bin/env python3
"""Who comes by the socket of a data directory: its owner, root, and members of 'server.socket.group' with roles of their own."""
import os
import shutil
import subprocess

from login_test import add
from server_test import Server
from weir_shell import DEADLINE, expect, program, run_all

# Of every Debian: the group, and users who are no members of it unless they are made so.
GROUP, GID = "games", 60
USERS = {"daemon": 1, "bin": 2, "sys": 3}
NAMELESS = 43210  # the kernel knows it, and no file does
TABLES = """
CREATE TABLE three (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{path}/three', 'format' = 'csv');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
"""


class Members:
    """Runs the program as somebody else, who may reach it and the place of the data directory, and nothing in that."""

    def __init__(self, scratch):
        self.scratch = scratch
        os.chmod(scratch.path, 0o755)
        self.program = os.path.join(scratch.path, "weir-for-all")
        shutil.copy(program(), self.program)
        os.chmod(self.program, 0o755)
        scratch.write("three/a.csv", "1\n2\n3\n")

    def run(self, user, *arguments, member=True, primary=False, cwd="/", text=None):
        number = USERS.get(user, NAMELESS)
        groups = {"group": GID if primary else number, "extra_groups": [GID] if member and not primary else []}
        return subprocess.run([self.program, "--data-dir", os.path.join(self.scratch.path, "weir-data"), *arguments], cwd=cwd, input=text,
                              env={"HOME": "/nonexistent", "PATH": os.environ["PATH"]}, user=number, text=True, capture_output=True,
                              timeout=DEADLINE, check=False, **groups)

    def serve(self, *options):
        server = Server(self.scratch, "-D", "server.http.address=0", "-D", "server.thrift.address=0", *options)
        done = self.scratch.run("-c", TABLES.format(path=self.scratch.path))
        expect(done.returncode == 0, done.stderr)
        return server


def only_for_root(scratch):
    if os.geteuid() == 0:
        return Members(scratch)
    print("SKIPPED shell.socket_group: only root can become somebody else")
    return None


def expect_rows(done):
    expect(done.returncode == 0 and done.stdout == "n\n1\n2\n3\n", done.stdout + done.stderr)


ROWS = ("--format", "csv", "-c", "SELECT n FROM three ORDER BY n;")


def test_members_come_in_with_the_roles_of_their_names(scratch):
    members = only_for_root(scratch)
    if members is None:
        return
    add(scratch, "bin", "operator")
    add(scratch, "sys", "admin")
    with members.serve("-D", f"server.socket.group={GROUP}") as server:
        for user in ("daemon", "bin", "sys", "nameless"):
            expect_rows(members.run(user, *ROWS))
            expect_rows(members.run(user, *ROWS, primary=True))
        insert, create = "INSERT INTO nowhere SELECT n FROM three;", "CREATE VIEW {0} AS SELECT 1 AS a;"
        for user, name, role, may_insert, may_create in (("daemon", "daemon", "a reader", False, False), ("bin", "bin", "an operator", True, False),
                                                         ("sys", "sys", "an admin", True, True),
                                                         ("nameless", f"uid {NAMELESS}", "a reader", False, False)):
            for statement, may in ((insert, may_insert), (create.format(f"of_{user}"), may_create)):
                done = members.run(user, "-c", statement)
                expect((done.returncode == 0) == may, f"{user}: {statement} {done.stderr}")
                if not may:
                    expect(f"ERROR E6003: {name} is {role}, and this is for" in done.stderr, done.stderr)
        # What a session begins with says paths, too.
        done = members.run("bin", "-D", "execution.checkpointing.dir=/etc", "-c", "SELECT 1;")
        expect(done.returncode != 0 and "E6004" in done.stderr, done.stderr)
        # And they are below its own directory, not below the server's.
        for path in ("../etc", "etc/../../etc", "etc"):
            done = members.run("bin", "-D", f"execution.checkpointing.savepoint-dir={path}", "-c", "SELECT 1;", cwd="/usr")
            expect(done.returncode != 0 and "E6004" in done.stderr, path + done.stderr)
        done = members.run("bin", "-c", "SELECT * FROM '/etc/passwd';")
        expect("E6004" in done.stderr, done.stderr)
        done = members.run("sys", "--format", "csv", "-c", f"SELECT COUNT(*) AS n FROM '{scratch.path}/three/a.csv';")
        expect(done.stdout == "n\n3\n", done.stdout + done.stderr)
        expect(members.run("daemon", "list").returncode == 0, "a reader lists no jobs")
        server.await_log("started by bin")
        # The role of now.
        expect(scratch.run("user", "remove", "bin").returncode == 0, "bin stays a user")
        expect("bin is a reader" in members.run("bin", "-c", insert).stderr, "bin is an operator still")
        os.chmod(os.path.join(scratch.path, "weir-data", "users"), 0o644)
        expect("sys is a reader" in members.run("sys", "-c", create.format("w")).stderr, "a file that others may write makes admins")


def test_others_are_told_that_they_are_none(scratch):
    members = only_for_root(scratch)
    if members is None:
        return
    for options in (("-D", f"server.socket.group={GROUP}"), ()):
        with members.serve(*options):
            done = members.run("daemon", *ROWS, member=bool(not options))
            expect(done.returncode != 0 and "ERROR E6005: a process of user 0 has the data directory open, and does not let user 1 in"
                   in done.stderr and "server.socket.group" in done.stderr, done.stderr)
            expect_rows(scratch.run(*ROWS))  # the owner
        shutil.rmtree(os.path.join(scratch.path, "weir-data"))


def test_what_root_keeps_for_an_owner_is_the_owners(scratch):
    members = only_for_root(scratch)
    if members is None:
        return
    data = os.path.join(scratch.path, "weir-data")
    os.mkdir(data, 0o700)
    os.chown(data, USERS["daemon"], USERS["daemon"])
    expect(scratch.run("secret", "set", "marker", text="x").returncode == 0, "no secret")
    add(scratch, "bin")
    for name in ("secrets", "secrets/marker", "users"):
        expect(os.stat(os.path.join(data, name)).st_uid == USERS["daemon"], f"{name} is root's")
    listed = members.run("daemon", "secret", "list", "--format", "csv")
    expect("marker" in listed.stdout, listed.stderr)
    done = members.run("daemon", "--format", "csv", "-c", f"CREATE TEMPORARY TABLE t (a STRING) WITH ('connector' = 'filesystem', 'path' = "
                       f"'{scratch.path}/three', 'format' = 'csv', 'csv.null-literal' = '${{secret:marker}}'); SELECT COUNT(*) AS n FROM t;")
    expect(done.stdout == "n\n3\n", done.stdout + done.stderr)


def test_a_group_that_there_is_not(scratch):
    with Server(scratch, "-D", "server.socket.group=no-such-group", ready=False) as server:
        expect(server.process.wait(DEADLINE) == 1, "it starts")
        expect("E6001" in server.log() and "there is no group 'no-such-group'" in server.log() and "groupadd" in server.log(), server.log())


if __name__ == "__main__":
    run_all(dict(globals()))
