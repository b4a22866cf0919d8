#!/usr/bin/env python3
"""Every number in a savepoint's metadata has a range, and versions and kinds that are not known are refused by name."""
import forge
from forge import (CHECKPOINT_ID, COMPLETE_MILLIS, FIELD_TYPE, FILE_BYTES, FILE_CRC, FILE_DIRTY, FORMAT_VERSION,
                   KEY_ENCODING, KIND, MAX_PARALLELISM, OP_BYTES, OP_KIND, OP_ROWS, OP_TABLES, PARALLELISM, SCHEMA_KEY,
                   SCHEMA_LAYOUT, SCHEMA_TTL, TRIGGER_MILLIS, TYPE_KIND)
from forged import copy, refused, savepoints, Metadata
from weir import check

LEAST, GREATEST = -(1 << 63), (1 << 63) - 1
LEAST32, GREATEST32 = -(1 << 31), (1 << 31) - 1

TOP = ([(MAX_PARALLELISM, value, "max_parallelism") for value in (-1, 0, 32768, GREATEST32, LEAST32)] +
       [(PARALLELISM, value, "parallelism") for value in (-1, 0, 32768, GREATEST32)] +
       [(FORMAT_VERSION, value, "format version") for value in (0, 3, -1)] +
       [(KEY_ENCODING, value, "encoding of keys") for value in (0, 2, -1)] +
       [(KIND, value, "kind") for value in (-1, 2, 7, GREATEST32)] +
       [(CHECKPOINT_ID, value, "checkpoint_id") for value in (-1, LEAST, GREATEST)] +
       [(TRIGGER_MILLIS, value, "time") for value in (LEAST, GREATEST)] +
       [(COMPLETE_MILLIS, value, "time") for value in (LEAST, GREATEST)] +
       [(forge.BACKEND, value, "backend") for value in (b"", b"rocks", b"../../x")] +
       [(forge.JOB_ID, value, "id of a job") for value in (b"../../../x", b"a/b", b"x" * 65)])
FILE = ([(FILE_BYTES, value, "size of a file") for value in (-1, LEAST, GREATEST)] +
        [(FILE_CRC, value, "checksum") for value in (-1, 1 << 32, LEAST)] +
        [(FILE_DIRTY, value, "new bytes") for value in (-1, GREATEST)])
OPERATOR = ([(OP_ROWS, value, "number of rows") for value in (-1, GREATEST)] +
            [(OP_BYTES, value, "bytes of state") for value in (-1, GREATEST)] +
            [(OP_KIND, value, "kind of operator") for value in (b"", b"Teleport", b"x" * 10000)])
SCHEMA = ([(SCHEMA_LAYOUT, value, "layout") for value in (-1, 3, 258)] +
          [(SCHEMA_TTL, value, "time-to-live") for value in (-1, GREATEST)])
TYPE = ([(TYPE_KIND, value, "kind of type") for value in (-1, 23, 260, GREATEST32)] +
        [(forge.TYPE_PRECISION, value, "") for value in (-1,)])


def forgeries(good):
    """(what, how to forge it, what the error says)."""
    stateful = next(i for i, op in enumerate(Metadata.read(good).operators) if op.get(OP_TABLES))
    places = ((TOP, lambda m: m.payload), (FILE, lambda m: m.files[0]), (OPERATOR, lambda m: m.operators[stateful]),
              (SCHEMA, lambda m: m.operators[stateful][OP_TABLES][0]))
    for fields, place in places:
        for field, value, words in fields:
            yield field, value, place, words
    for field, value, words in TYPE:
        yield field, value, lambda m: m.operators[stateful][OP_TABLES][0][SCHEMA_KEY][0][FIELD_TYPE], words


def body(weir):
    good = savepoints(weir)[0]
    for field, value, place, words in forgeries(good):
        if field == forge.TYPE_PRECISION:
            continue  # of an INT nobody asks for it
        bad = copy(good, "forged")
        forged = Metadata.read(bad)
        place(forged)[field] = value
        forged.write(bad)
        refused(weir, bad, f"field {field} is {value!r}", words, statements=("explain",))
    for version, words in ((0, "unknown version"), (3, "no rows in flight"), (4, "no contents of files"), (5, "unknown version"),
                           (0xFFFFFFFF, "unknown version")):
        bad = copy(good, "forged")
        forged = Metadata.read(bad)
        forged.version = version
        forged.write(bad)
        refused(weir, bad, f"version {version}", words, statements=("explain",))
    bad = copy(good, "forged")
    forged = Metadata.read(bad)
    forged.files.append(forged.files[0])
    forged.write(bad)
    refused(weir, bad, "a file twice", "twice")
    refused_all = copy(good, "forged")
    forged = Metadata.read(refused_all)
    forged.payload[MAX_PARALLELISM] = -1
    forged.write(refused_all)
    refused(weir, refused_all, "max_parallelism -1", "-1 is not in 1..32767")


check(body)
