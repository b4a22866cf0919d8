#!/usr/bin/env python3
"""A native savepoint from elsewhere whose tables have right checksums and wrong contents: an error, and the process lives.
One that is whole is restored from where it was moved to, and leaves nothing behind in the data directory."""
import random

from forge import FILE_PATH, believed, table_blocks, Metadata
from forged import copy, savepoints, tables
from weir import check, contains, equal, true

FORGERIES = 24


def forge_table(draw, path):
    """One block of it is told to have other entries than it has."""
    data = path.read_bytes()
    table = bytearray(believed(data))
    offset, size = draw.choice(table_blocks(data))
    for _ in range(4):
        table[offset + draw.randrange(size)] = draw.choice((0, 1, 0x7F, 0x80, 0xFF))
    path.write_bytes(bytes(table))


def body(weir):
    native = savepoints(weir)[1]
    draw, died = random.Random(6), 0
    for number in range(FORGERIES):
        bad = copy(native, "forged")
        metadata = Metadata.read(bad)
        entry = draw.choice([entry for entry in metadata.files if entry[FILE_PATH].endswith(b".sst")])
        forge_table(draw, bad / entry[FILE_PATH].decode())
        metadata.describe(entry, bad / entry[FILE_PATH].decode())
        metadata.write(bad)
        done = weir.run(tables(weir) + f"RESTORE JOB r FROM '{bad}'; WAIT FOR JOB r UNTIL IDLE TIMEOUT INTERVAL '5' SECOND; "
                        "CANCEL JOB r; DROP JOB r;", data=f"data-{number}", seconds=60)
        true(done.code in (0, 4, 5), f"forgery {number} of {entry[FILE_PATH]}", done)
        died += done.code == 5
        if done.code == 5:
            contains(done.err, "E7001", done)
    true(died > FORGERIES // 4, f"only {died} of {FORGERIES} were noticed")
    moved = copy(native, "moved")
    weir.write("in/b.csv", "1,1000\n")
    done = weir.ok(f"RESTORE JOB r FROM '{moved}'; WAIT FOR JOB r UNTIL IDLE; CHECKPOINT JOB r; CANCEL JOB r;", data="other")
    equal(list(weir.path("other/queries").iterdir()), [], done)


check(body)
