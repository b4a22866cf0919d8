"""A checkpoint from elsewhere whose committables name other people's files, with a checksum that fits, is refused by
RESTORE and by EXPLAIN RESTORE, and no file is renamed, overwritten or removed."""
import os
import shutil
import struct

from weir import check, contains, equal

SCRIPT = """CREATE TABLE i (v INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms');
CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'csv');
"""
INSERT = "INSERT {} o SELECT v FROM i"


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sealed(metadata):
    """With the checksum that FORMAT.md says: of version, length and payload."""
    head, payload = metadata[8:16], metadata[20:]
    return metadata[:8] + head + struct.pack("<I", crc32c(head + payload)) + payload


def forged(metadata, committable):
    """The first promised file replaced by a text of the same length."""
    at = metadata.index(b"v2 file ")
    end = metadata.index(b".csv", at) + 4
    room = end - at
    if len(committable) < room and committable.startswith(b"v1 file "):
        committable = b"v1 file " + b"./" * ((room - len(committable)) // 2) + committable[8:]
        committable = committable.replace(b"v1 file ", b"v1 file /" if len(committable) < room else b"v1 file ", 1)
    return sealed(metadata[:at] + committable.ljust(room, b"x")[:room] + metadata[end:])


def body(weir):
    weir.write("in/1.csv", "1\n")
    weir.ok(SCRIPT.format("out") + f"CREATE JOB j AS {INSERT.format('INTO')};\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
    chain = next(weir.path("data/jobs").iterdir()) / "checkpoints"
    chk = next(path.name for path in chain.iterdir() if path.name.startswith("chk-"))
    true_metadata = (chain / chk / "_metadata").read_bytes()
    name = next(name for name in os.listdir(weir.path("out")) if name.startswith("part-")).encode()
    own = b".part-" + name[5:-4] + b".inprogress"
    for number, committable in enumerate((
            b"v1 file a\tb",                              # free paths
            b"v1 file out/a\tout/b",                      # below the table, and nobody's names
            b"v2 file 1\t../victim=1\t" + name[:14],      # out of the table
            b"v2 file 1\t\t../" + name,                   # likewise
            b"v2 file 1\t\tpart-00000000" + name[13:],    # another job's
            b"v1 overwrite out", b"v9 anything")):
        case = f"forged-{number}"
        shutil.copytree(chain, weir.path(case))
        for target, text in (("a", "what a was"), ("b", "what b was"), ("out/a", "a"), ("out/b", "b")):
            weir.write(target, text)
        weir.write(f"victim/{name.decode()}", "what is visible")
        weir.write(f"victim/{own.decode()}", "what would overwrite it")
        metadata = forged(true_metadata, committable)
        (weir.path(case) / chk / "_metadata").write_bytes(metadata)
        before = {part: weir.tree(part) for part in ("out", "victim")}, weir.path("a").read_text(), weir.path("b").read_text()
        restore = f"RESTORE JOB k FROM '{case}/{chk}' AS {INSERT.format('INTO')};"
        explained = weir.ok(SCRIPT.format("out") + "EXPLAIN " + restore)
        if committable.startswith(b"v1 overwrite"):
            continue  # an old one, which says nothing to a job that inserts INTO
        contains(explained.out, "The restore is refused", f"{committable!r}\n{explained}")
        done = weir.run(SCRIPT.format("out") + restore)
        after = {part: weir.tree(part) for part in ("out", "victim")}, weir.path("a").read_text(), weir.path("b").read_text()
        equal(after, before, f"{committable!r}\n{done}")
        equal(done.code, 5, f"{committable!r}\n{done}")
        contains(done.err, "E7001", f"{committable!r}\n{done}")

    # One that is what it says, but whose place is taken: what is there stays.
    shutil.copytree(chain, weir.path("taken"))
    shutil.copy(weir.path("out") / name.decode(), weir.path("out") / own.decode())
    weir.write(f"out/{name.decode()}", "somebody else's\n")
    before = weir.tree("out")
    done = weir.run(SCRIPT.format("out") + f"RESTORE JOB k FROM 'taken/{chk}' AS {INSERT.format('INTO')};")
    equal((done.code, weir.tree("out")), (5, before), done)
    # And the true one goes on, into the directory of the first job and into another.
    (weir.path("out") / own.decode()).unlink()
    weir.write("in/2.csv", "2\n")
    weir.ok(SCRIPT.format("copy") + f"RESTORE JOB k FROM 'taken/{chk}' ACCEPT CHANGES ('sink:o/sink.w') AS "
            f"{INSERT.format('INTO')};\nWAIT FOR JOB k UNTIL IDLE;\nSTOP JOB k;")
    equal(weir.rows("copy"), ["2"])


check(body)
