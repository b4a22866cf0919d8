#!/usr/bin/env python3
"""Memory that cannot be had ended the process, with every job in it. It ends one job."""
import resource
import subprocess

from weir import Done, check, contains, equal, true

MIB = 1 << 20


def run_within(weir, sql, mib, data):
    """`sql` where the process may have so much address space."""
    child = subprocess.Popen(weir.command(sql, data=data), cwd=weir.directory, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB)))
    weir.started.append(child)
    out, err = child.communicate(timeout=400)
    return Done(child.returncode, out, err)


def body(weir):
    tables = """SET 'restart-strategy.type' = 'none'; SET 'table.exec.max-value-size' = '8 gb'; SET 'parallelism.default' = '1'; SET 'state.memory.limit' = '64 mb';
    CREATE TABLE n (v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '5000', 'fields.v.kind' = 'sequence',
      'fields.v.start' = '1', 'fields.v.end' = '5000');
    CREATE TABLE hole (t BIGINT) WITH ('connector' = 'blackhole');
    CREATE TABLE copies (v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'copies', 'format' = 'csv');
    CREATE JOB good AS INSERT INTO copies SELECT v FROM n;
    """
    done = run_within(weir, tables + "CREATE JOB bad AS INSERT INTO hole SELECT CHAR_LENGTH(REPEAT('x', CAST(v + 2000000000 AS INT))) "
                      "FROM n;", 1500, "memory")
    true(done.code in (3, 4), "another exit code", done)
    contains(done.err, "E4004", done)
    equal(len(weir.rows("copies")), 5000, done)


check(body)
