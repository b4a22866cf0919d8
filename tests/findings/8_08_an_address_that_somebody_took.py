#!/usr/bin/env python3
"""Whoever listens at the address of a data directory keeps nobody from owning and serving it."""
import os
import signal
import socket

from weir import check, contains, equal, true

TABLE = "CREATE TABLE t (a INT) WITH ('connector' = 'blackhole');"


def body(weir):
    data = weir.path("data")
    data.mkdir(mode=0o700)
    about = os.stat(data)
    with socket.socket(socket.AF_UNIX) as squatter:
        squatter.bind(f"\0weir/{about.st_dev}:{about.st_ino}")
        squatter.listen(10)
        if os.geteuid() == 0:
            # The kernel notes who listens as it does; so another user's squatter is one that listened as that user.
            os.seteuid(65534)
            squatter.listen(10)
            os.seteuid(0)
        server = weir.serve()
        name = data / "socket"
        equal(name.stat().st_mode & 0o777, 0o600, "for its owner alone")
        true(name.read_text(encoding="ascii").startswith(f"weir/{about.st_dev}:{about.st_ino}/"), "another address")
        for sql in (TABLE, "SHOW TABLES;"):
            done = weir.kept(sql)
            equal(done.code, 0, done)
        contains(done.out, "t", done)
        killed = weir.kill(server)
        true(killed.code != 0, "it was killed")
        # What the file names is gone, and who listens where everybody looks is somebody else.
        if os.geteuid() == 0:
            done = weir.kept("SHOW TABLES; SHOW JOBS;")
            equal(done.code, 0, done)
        server = weir.serve()
        equal(weir.kept("SHOW JOBS;").code, 0)
        server.send_signal(signal.SIGTERM)
        equal(weir.end(server).code, 0)
    server = weir.serve()
    equal(name.exists(), False, "the address is free again")
    equal(weir.kept("SHOW JOBS;").code, 0)
    server.send_signal(signal.SIGTERM)
    equal(weir.end(server).code, 0)


check(body)
