#!/usr/bin/env python3
"""More memory than the control group has: the kernel killed the process, with all of its jobs. One job fails; the one beside
it, and the statements after it, get their rows. (State in memory is sorted there; what RocksDB has would go to disk.)"""
import os
import pathlib
import subprocess
import sys

from weir import Done, check, contains, equal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "state"))
from memory_bounds import make_group  # noqa: E402

TABLES = """SET 'restart-strategy.type' = 'none';
CREATE TABLE n (v BIGINT, t STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '{}',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '{}', 'fields.t.length' = '1000');
CREATE TABLE hole (v BIGINT, t STRING) WITH ('connector' = 'blackhole');
CREATE TABLE copies (v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'copies', 'format' = 'csv');
CREATE JOB good AS INSERT INTO copies SELECT v FROM n WHERE v <= 5000;
CREATE JOB bad WITH ('state.backend.type' = 'hashmap') AS INSERT INTO hole SELECT v, t FROM n ORDER BY t;
"""


def body(weir):
    group = make_group(256)
    if group is None:
        print("no control group of 256 MiB can be made here: not run")
        return

    def enter():
        (pathlib.Path(group) / "cgroup.procs").write_text(str(os.getpid()), encoding="utf-8")
    try:
        child = subprocess.Popen(weir.command(TABLES.format(400_000, 400_000)), cwd=weir.directory, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=enter)
        weir.started.append(child)
        out, err = child.communicate(timeout=120)
        done = Done(child.returncode, out, err)
    finally:
        os.rmdir(group)
    equal(done.code, 4, done)
    contains(done.err, 'E4004: job "bad" failed: there is not enough memory', done)
    equal(len(weir.rows("copies")), 5000, done)


check(body)
