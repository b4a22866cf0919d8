#!/usr/bin/env python3
"""What a savepoint's metadata lists lies below its directory, and is a file: absolute paths, "..", symbolic links,
FIFOs, devices and sockets are refused by every statement, soon, and nothing outside is read, written or removed."""
import os

from forge import FILE_PATH
from forged import copy, refused, replace, savepoints, Metadata
from weir import check, equal


def listed_elsewhere(weir, good, sentinel, output):
    """An entry of state, or of a sink's rows, names a file outside, and says of it what is true."""
    inside = Metadata.read(good).entry(output)[FILE_PATH].decode()
    for path in (str(sentinel), "../" * 3 + sentinel.name, inside + "/../../../../" + sentinel.name, "./" + inside,
                 inside.replace("/", "//", 1) if "/" in inside else "//" + inside, "", ".", "..", "/proc/self/fd/0",
                 inside + "/", "/dev/zero", "a\0b"):
        bad = copy(good, "forged")
        forged = Metadata.read(bad)
        changed = forged.entry(output)
        forged.describe(changed, sentinel)
        forged.rename(changed, path.encode())
        forged.write(bad)
        refused(weir, bad, f"{good.parent.name} lists {path!r}", statements=("describe", "explain", "restore"))


def replaced(weir, good, sentinel):
    """A file of it is something else, which is not even waited for."""
    inside = Metadata.read(good).files[0][FILE_PATH].decode()
    for kind, target in (("link", sentinel), ("link", good / inside), ("link", "/dev/zero"), ("fifo", None),
                         ("socket", None), ("directory", None), ("link", "nowhere")):
        bad = copy(good, "forged")
        replace(bad / inside, kind, target)
        refused(weir, bad, f"{inside} is a {kind} to {target}", statements=("explain", "restore"))
    directory = os.path.dirname(inside)
    bad = copy(good, "forged")
    os.rename(bad / directory, bad.parent / "moved")
    os.symlink(bad.parent / "moved", bad / directory)
    refused(weir, bad, "its directory is a link", statements=("describe", "explain", "restore"))
    os.unlink(bad / directory)
    os.rename(bad.parent / "moved", bad / directory)


def metadata_replaced(weir, good):
    for kind, target in (("fifo", None), ("link", "/dev/zero"), ("link", good / "_metadata"), ("directory", None)):
        bad = copy(good, "forged")
        replace(bad / "_metadata", kind, target)
        refused(weir, bad, f"_metadata is a {kind} to {target}", statements=("describe", "explain"))
    for path in ("/dev/zero", "/dev/zero/_metadata"):
        refused(weir, path, path, code="E7004", statements=("describe", "explain"))


def body(weir):
    good = savepoints(weir)
    sentinel = weir.path("sentinel")
    sentinel.write_text("not a savepoint's\n")
    for path in good:
        for output in (False, True):
            listed_elsewhere(weir, path, sentinel, output)
        replaced(weir, path, sentinel)
    metadata_replaced(weir, good[0])
    equal(sentinel.read_text(), "not a savepoint's\n")
    # What is whole goes on, also by way of a symbolic link to it.
    os.symlink(good[1], weir.path("link"))
    weir.write("in/b.csv", "1,1000\n")
    done = weir.ok(f"RESTORE JOB r FROM '{weir.path('link')}'; WAIT FOR JOB r UNTIL IDLE; CHECKPOINT JOB r; CANCEL JOB r;")
    equal(done.code, 0, done)
    equal(any("1000" in line or str(sum(range(1, 200, 7)) + 1000) in line for line in weir.rows("out")), True, done)


check(body)
