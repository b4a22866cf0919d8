#!/usr/bin/env python3
"""With state.savepoints.key-file only savepoints that are signed with the key are believed: not unsigned ones, not ones
that were sealed again, not one with a byte changed, not by EXPLAIN, nor by a job that starts again from one. A key file
that others may read is refused."""
import os

import forge
from forge import FILE_PATH, Metadata
from forged import QUERY, copy, replace, savepoints, tables
from weir import check, contains, equal, true


def key(weir, name, mode=0o600, text="0123456789abcdef0123456789abcdef\n"):
    path = weir.write(name, text)
    os.chmod(path, mode)
    return path


def body(weir):
    unsigned = savepoints(weir)
    good_key = key(weir, "key")
    options = ("-D", "state.savepoints.key-file=" + good_key)

    def with_key(sql, *more):
        return weir.run(tables(weir) + sql, *(more or options))

    def restores(path, *more):
        done = with_key(f"RESTORE JOB r FROM '{path}'; WAIT FOR JOB r UNTIL IDLE; CHECKPOINT JOB r; CANCEL JOB r; DROP JOB r;", *more)
        equal(done.code, 0, done)

    def is_refused(path, what, *more):
        for sql in (f"EXPLAIN RESTORE JOB r FROM '{path}';", f"RESTORE JOB r FROM '{path}';", f"DESCRIBE SAVEPOINT '{path}';",
                    f"DROP SAVEPOINT '{path}';", f"SET 'execution.state-recovery.path' = '{path}'; {QUERY};"):
            done = with_key(sql, *more)
            true(done.code in (3, 4, 5) and "E7001" in done.err, f"{what}: {sql}", done)
        true((path / "_metadata").exists(), what)

    for path in unsigned:
        is_refused(path, "unsigned")
        restores(path, "-q")  # without a key as ever

    weir.path("signed").mkdir()
    done = with_key(f"SET 'execution.checkpointing.interval' = '100 ms'; CREATE JOB j AS {QUERY}; WAIT FOR JOB j UNTIL IDLE; "
                    f"SAVEPOINT JOB j TO '{weir.path('signed')}'; SAVEPOINT JOB j TO '{weir.path('signed')}' FORMAT NATIVE; "
                    f"STOP JOB j WITH SAVEPOINT '{weir.path('signed')}'; DROP JOB j;")
    equal(done.code, 0, done)
    signed = sorted(weir.path("signed").iterdir())
    equal(len(signed), 3, signed)
    for good in signed:
        restores(good)
        restores(good, "-q")
        moved = copy(good, "moved")
        restores(moved)
        tampered(weir, good, is_refused)
        weir.ok(f"DROP SAVEPOINT '{moved}';", *options)
        equal(moved.exists(), False)

    # Another key; none that one can believe.
    is_refused(signed[0], "another key", "-D", "state.savepoints.key-file=" + key(weir, "other", text="x" * 40))
    for name, mode, text in (("open", 0o644, "y" * 40), ("group", 0o640, "y" * 40), ("short", 0o600, "short\n"), ("empty", 0o600, "")):
        bad = key(weir, name, mode, text)
        for sql in (f"EXPLAIN RESTORE JOB r FROM '{signed[0]}';", f"RESTORE JOB r FROM '{signed[0]}';"):
            done = with_key(sql, "-D", "state.savepoints.key-file=" + bad)
            true(done.code != 0 and "E6001" in done.err, f"key file {name}", done)
    done = with_key(f"EXPLAIN RESTORE JOB r FROM '{signed[0]}';", "-D", "state.savepoints.key-file=" + str(weir.path("none")))
    true(done.code != 0, "a key file that is not there", done)

    # A job that started from a savepoint and has no checkpoint starts again only from what is signed.
    again = copy(signed[0], "again")
    child = weir.start(f"{tables(weir)} SET 'execution.checkpointing.interval' = '0'; RESTORE JOB r FROM '{again}'; SHOW JOBS; "
                       "WAIT FOR JOB r UNTIL FINISHED;", *options)
    weir.wait_for(lambda: "RUNNING" in weir_jobs(weir), "the job runs", child=child)
    weir.kill(child)
    forged = Metadata.read(again)
    forged.write(again)
    (again / "_signature").write_text("weir-signature 1\nhmac-sha256 " + "0" * 64 + "\n")
    done = weir.run("RESTORE JOB r FROM LATEST CHECKPOINT;", *options)
    true(done.code != 0, "a job went on from what is not signed", done)

    # A job's own checkpoints are its own.
    weir.run("DROP JOB r;")
    done = with_key(f"SET 'execution.checkpointing.interval' = '100 ms'; CREATE JOB k AS {QUERY}; WAIT FOR JOB k UNTIL IDLE; STOP JOB k;")
    equal(done.code, 0, done)
    done = with_key("RESTORE JOB k FROM LATEST CHECKPOINT; WAIT FOR JOB k UNTIL IDLE; STOP JOB k; DROP JOB k;")
    equal(done.code, 0, done)


def weir_jobs(weir):
    """The record of the job that a running process has."""
    return "RUNNING" if any(weir.path("data/jobs").glob("*/job")) else ""


def tampered(weir, good, is_refused):
    """Every kind of change that somebody without the key can make."""
    first = Metadata.read(good).files[0][FILE_PATH].decode()
    for what, change in (
            ("sealed again", lambda bad: resealed(bad)),
            ("without its signature", lambda bad: (bad / "_signature").unlink()),
            ("with a signature of nothing", lambda bad: (bad / "_signature").write_text("")),
            ("with a byte of the signature changed", lambda bad: flip(bad / "_signature", -5)),
            ("with a byte of the metadata changed", lambda bad: flip(bad / "_metadata", -5)),
            ("with a signature that is a link", lambda bad: replace(bad / "_signature", "link", good / "_signature"))):
        bad = copy(good, "tampered")
        change(bad)
        is_refused(bad, what)
    # A file under the signed metadata, with the same CRC-32C and another SHA-256.
    bad = copy(good, "tampered")
    same_checksum(bad / first)
    for sql in ("EXPLAIN RESTORE JOB r FROM '{0}';", "RESTORE JOB r FROM '{0}';", "DESCRIBE SAVEPOINT '{0}';"):
        done = weir.run(sql.format(bad), "-D", f"state.savepoints.key-file={weir.path('key')}")
        true(done.code in (3, 4, 5), "another file of the same checksum", done)
        contains(done.err, "not the one that was signed")


def resealed(bad):
    metadata = Metadata.read(bad)
    metadata.payload[forge.ENGINE_VERSION] = b"9.9.9"
    metadata.write(bad)


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def same_checksum(path):
    """Other bytes of the same length and CRC-32C: a CRC is linear, so that four bytes can make up for any change."""
    data = bytearray(path.read_bytes())
    wanted = forge.crc32c(bytes(data))
    data[0] ^= 1
    size = len(data)
    base = forge.crc32c(bytes(data[:size - 4]) + b"\0\0\0\0")
    columns = []
    for bit in range(32):
        tail = (1 << bit).to_bytes(4, "little")
        columns.append(forge.crc32c(bytes(data[:size - 4]) + tail) ^ base)
    target, chosen = wanted ^ base, 0
    rows = [(columns[bit], 1 << bit) for bit in range(32)]
    for bit in range(32):  # Gauss over GF(2)
        pivot = next(i for i, (value, _) in enumerate(rows) if i >= bit and value >> bit & 1)
        rows[bit], rows[pivot] = rows[pivot], rows[bit]
        for i, (value, made) in enumerate(rows):
            if i != bit and value >> bit & 1:
                rows[i] = (value ^ rows[bit][0], made ^ rows[bit][1])
    for bit in range(32):
        if target >> bit & 1:
            chosen ^= rows[bit][1]
    data[size - 4:] = chosen.to_bytes(4, "little")
    assert forge.crc32c(bytes(data)) == wanted
    os.chmod(path, 0o600)
    path.unlink()
    path.write_bytes(bytes(data))


check(body)
