#!/usr/bin/env python3
"""Savepoints with random edits of their metadata and of their files' bytes, lengths and checksums made right again,
read as tables of state, converted and restored by the real program, with other key groups as well: an error or a job, never a signal, a hang, or a file changed that is not the job's.

usage: forgeries.py --weir WEIR [--count N] [--seed N] [--slice] [--ledger] [--plant NAME --faulty WEIR_FAULTY]
       forgeries.py --weir WEIR --replay DIRECTORY
Prints seed, counts by outcome, and each failure. What a number makes of a savepoint is drawn from the seed, but the
savepoint is of a job that ran anew: so a forgery that fails is kept with all that its restore needs, and the line that
replays it is printed. With --plant a forgery must fail, not by a time that is over, which does not fail without the
defect; what it did is printed.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "findings"))
import forge  # noqa: E402 pylint: disable=wrong-import-position
from forge import FILE_PATH, Metadata, Struct  # noqa: E402 pylint: disable=wrong-import-position
import ledger  # noqa: E402 pylint: disable=wrong-import-position
import seed as seeds  # noqa: E402 pylint: disable=wrong-import-position
from weir import Weir  # noqa: E402 pylint: disable=wrong-import-position

SECONDS = 60
ALLOWED = (0, 1, 3, 4, 5)
SLICE = 60
BACKENDS = ("rocksdb", "memory")
NO_END = "no end"
TABLES_AT = ("in", "out", "firsts", "pairs")
NUMBERS = (-1, 0, 1, 2, 3, 7, 127, 128, 255, 256, 32767, 32768, 65535, 65536, (1 << 31) - 1, 1 << 31, -(1 << 31), (1 << 32) - 1,
           1 << 32, (1 << 62), (1 << 63) - 1, -(1 << 63))
TEXTS = (b"", b"\0", b"..", b"../x", b"/etc/passwd", b"a" * 5000, b"v1 offset=-1", b"v1 offset=99999999999999999999", b"v2",
         b"\xff\xfe", b"'; DROP JOB j; --", b"%s%n", b"rocksdb", b"memory", b"canonical", b"Sink", b"src:numbers")
TABLES = ("CREATE TABLE numbers (k INT, v BIGINT, t STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = "
          "'filesystem', 'path' = '{0}/in', 'format' = 'csv', 'source.monitor-interval' = '50 ms'); "
          "CREATE TABLE sums (k INT, s BIGINT, m STRING) WITH ('connector' = 'filesystem', 'path' = '{0}/out', 'format' = "
          "'debezium-json'); CREATE TABLE firsts (k INT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '{0}/firsts', "
          "'format' = 'debezium-json'); CREATE TABLE pairs (k INT, a BIGINT, b BIGINT) WITH ('connector' = 'filesystem', "
          "'path' = '{0}/pairs', 'format' = 'csv'); ")
JOB = ("EXECUTE STATEMENT SET BEGIN INSERT INTO sums SELECT k, COUNT(DISTINCT v), MAX(t) FROM numbers GROUP BY k; "
       "INSERT INTO firsts SELECT k, v FROM (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS r FROM "
       "numbers) WHERE r <= 3; INSERT INTO pairs SELECT a.k, a.v, b.v FROM numbers a JOIN numbers b ON a.k = b.k AND a.ts "
       "BETWEEN b.ts AND b.ts + INTERVAL '1' SECOND; END;")


# How the state of a forgery is read before it is restored.
READS = ("SHOW STATE OF '{saved}';", "SHOW STATE DIFFERENCE OF '{base}' AND '{saved}';", "SELECT * FROM savepoint_metadata('{saved}');",
         *(f"SELECT * FROM STATE OF '{{saved}}' UID '{uid}' {rest};" for uid, rest in (
             ("sink:sums/agg", ""), ("sink:sums/agg", "TABLE 'distinct(v)'"), ("sink:sums/agg", "WHERE k = 3"),
             ("sink:sums/agg", "TABLE 'distinct(v)' WHERE k = 3"), ("sink:pairs/ijoin", ""), ("sink:pairs/ijoin", "TABLE 'right' WHERE k = 3"))))


def bases(weir):
    """A savepoint of each format and backend, of a job with several kinds of state."""
    weir.write("in/a.csv", "".join(f"{i % 5},{i},t{i},2026-01-01 00:00:{i % 60:02d}\n" for i in range(60)))
    found = []
    for backend in ("rocksdb", "memory"):
        weir.ok(f"{TABLES.format(weir.directory)} SET 'execution.checkpointing.interval' = '100 ms'; "
                f"SET 'state.backend.type' = '{backend}'; SET 'pipeline.name' = 'j'; {JOB} WAIT FOR JOB j UNTIL IDLE; "
                f"SAVEPOINT JOB j TO '{weir.path(backend)}/canonical'; "
                f"SAVEPOINT JOB j TO '{weir.path(backend)}/native' FORMAT NATIVE; CANCEL JOB j; DROP JOB j;")
        found += [next((weir.path(backend) / form).iterdir()) for form in ("canonical", "native")]
    return found


def places(struct):
    """Every field below a struct that can be edited: (container, key)."""
    for key, value in struct.items():
        yield struct, key
        yield from below(value)


def below(value):
    if isinstance(value, Struct):
        yield from places(value)
    elif isinstance(value, list):
        for i, one in enumerate(value):
            if not isinstance(one, tuple):
                yield value, i
            yield from below(one)


MILLIS = (-62135596800000, 253402300799999)
RANGES = {forge.FORMAT_VERSION: (1, 2), forge.KEY_ENCODING: (1, 1), forge.KIND: (0, 1), forge.CHECKPOINT_ID: (0, 1 << 60),
          forge.TRIGGER_MILLIS: MILLIS, forge.COMPLETE_MILLIS: MILLIS, forge.PARALLELISM: (1, 32767),
          forge.MAX_PARALLELISM: (1, 32767)}
OPERATOR_RANGES = {forge.OP_ROWS: (0, 1 << 60), forge.OP_BYTES: (0, 1 << 60)}
FILE_RANGES = {forge.FILE_BYTES: (0, 1 << 60), forge.FILE_CRC: (0, (1 << 32) - 1)}


def out_of_range(struct, ranges):
    return any(field in struct and not least <= as_read(struct, field) <= greatest for field, (least, greatest) in ranges.items())


def as_read(struct, field):
    """The number that a reader of the wire gets: fields of 32 bits have no more."""
    value = struct[field]
    return (value + (1 << 31)) % (1 << 32) - (1 << 31) if struct.kinds[field] == forge.I32 else value


def impossible(metadata):
    """Whether state/FORMAT.md forbids a number of it: then nothing may be done with it."""
    return (out_of_range(metadata.payload, RANGES) or
            any(out_of_range(op, OPERATOR_RANGES) for op in metadata.operators if isinstance(op, Struct)) or
            any(out_of_range(file, FILE_RANGES) for file in metadata.files))


def edited_bytes(draw, value):
    if draw.random() < 0.4 or not value:
        return draw.choice(TEXTS)
    data = bytearray(value)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(data) + 1)
        how = draw.randrange(3)
        if how == 0 and at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        elif how == 1:
            del data[at:at + draw.randint(1, 8)]
        else:
            data[at:at] = bytes(draw.randrange(256) for _ in range(draw.randint(1, 8)))
    return bytes(data)


def edit(draw, container, key):
    value = container[key]
    if isinstance(value, bool):
        container[key] = not value
    elif isinstance(value, int):
        container[key] = draw.choice(NUMBERS) if draw.random() < 0.7 else value + draw.choice((-1, 1))
    elif isinstance(value, bytes):
        container[key] = edited_bytes(draw, value)
    elif isinstance(value, list) and value:
        at = draw.randrange(len(value))
        how = draw.randrange(3)
        if how == 0:
            del value[at]
        elif how == 1:
            value.insert(at, value[draw.randrange(len(value))])
        else:
            draw.shuffle(value)


def edit_file(draw, path):
    """The insides of a file, sealed again as its format wants it."""
    data = path.read_bytes()
    if data.startswith(b"WEIRSTAT"):
        path.write_bytes(edited_rows(draw, data))
    elif path.name.startswith("MANIFEST-"):
        path.write_bytes(forge.manifest(edited_record(draw, record) for record in forge.manifest_records(data)))
    elif path.suffix == ".sst":
        path.write_bytes(edited_table(draw, data))
    else:
        path.write_bytes(edited_bytes(draw, data))


def edited_rows(draw, data):
    """The blocks of a file of rows."""
    blocks, at = [], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at:at + 4], "little")
        blocks.append(data[at + 8:at + 8 + size])
        at += 8 + size
    for _ in range(draw.randint(1, 3)):
        which = draw.randrange(len(blocks))
        blocks[which] = edited_bytes(draw, blocks[which])
    sealed = b"".join(len(one).to_bytes(4, "little") + forge.crc32c(one).to_bytes(4, "little") + one for one in blocks)
    return data[:12] + sealed


def edited_record(draw, record):
    return edited_bytes(draw, record) if draw.random() < 0.3 else record


def edited_table(draw, data):
    """A table of RocksDB says itself what its checksums are, or that it has none. Most of what it is lies at its end."""
    table = bytearray(forge.believed(data))
    for _ in range(draw.randint(1, 4)):
        offset, size = draw.choice(forge.table_blocks(data))
        at = offset + draw.randrange(size)
        if draw.random() < 0.5:
            table[at] ^= 1 << draw.randrange(8)
        else:
            some = draw.choice((b"\0", b"\xff", b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x08", b"\x7f"))[:size]
            at = min(at, offset + size - len(some))
            table[at:at + len(some)] = some
    return bytes(table)


def forgery(draw, base, target):
    shutil.copytree(base, target)
    metadata = Metadata.read(target)
    files = [entry[FILE_PATH].decode() for entry in metadata.files]
    inside = draw.random() < (0.8 if any(name.endswith(".sst") for name in files) else 0.5)
    if inside:
        chosen = draw.choice(files)
        edit_file(draw, target / chosen)
        metadata.describe(metadata.files[files.index(chosen)], target / chosen)
    numbers = [(metadata.payload, field) for field in RANGES]
    # What metadata says is looked at first: where it is wrong, nobody comes to the files.
    for _ in range(draw.choice((0, 0, 0, 1) if inside else (0, 1, 1, 2, 3))):
        edit(draw, *draw.choice(numbers if draw.random() < 0.5 else list(places(metadata.payload))))
    metadata.write(target)
    return impossible(metadata)


def restore(program, plant, home, backend, groups, refuse):
    """Restores home/saved. (outcome, what was wrong or None)."""
    deal = f"SET 'pipeline.max-parallelism' = '{groups}'; " if groups else ""
    sql = (f"{deal}SET 'state.backend.type' = '{backend}'; SET 'restart-strategy.type' = 'none'; RESTORE JOB r FROM '{home}/saved' "
           "ALLOW NON RESTORED STATE; WAIT FOR JOB r UNTIL IDLE TIMEOUT INTERVAL '5' SECOND; CANCEL JOB r; DROP JOB r;")
    environment = {**os.environ, **({"WEIR_DEFECT": plant} if plant else {})}
    try:
        done = subprocess.run([program, "-q", "--no-progress", "--data-dir", str(home / "data"), "--no-catalog", "-c", sql],
                              env=environment, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                              check=False)
    except subprocess.TimeoutExpired:
        return NO_END, f"no end within {SECONDS} s"
    error = done.stderr.decode(errors="replace")
    if done.returncode < 0:
        return "ended by a signal", f"{signal.Signals(-done.returncode).name}\n{error[-800:]}"
    if done.returncode not in ALLOWED:
        return f"exit {done.returncode}", error[-800:]
    if "E9001" in error:
        return "a bug", error[-800:]
    if refuse and done.returncode != 5:
        return "believed", f"a number is out of its range, and the restore ends with {done.returncode}"
    return f"exit {done.returncode}", None


def read_state(program, home, base, statement):
    """Reads home/saved as tables of state. What was wrong or None: errors are not."""
    sql = statement.format(saved=home / "saved", base=base)
    try:
        done = subprocess.run([program, "-q", "--no-progress", "--data-dir", str(home / "data"), "--no-catalog", "-c", sql], cwd=home,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"{sql}: no end within {SECONDS} s"
    error = done.stderr.decode(errors="replace")
    if done.returncode < 0 or done.returncode not in ALLOWED or "E9001" in error:
        return f"{sql}: ended by {done.returncode}\n{error[-800:]}"
    return None


def convert(program, home, groups):
    """Converts home/saved. What was wrong or None: errors are not, and leave nothing."""
    command = [program, "convert-savepoint", *(["--max-parallelism", groups] if groups else []), home / "saved", home / "converted"]
    try:
        done = subprocess.run(command, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"convert-savepoint: no end within {SECONDS} s"
    error = done.stderr.decode(errors="replace")
    if done.returncode < 0 or done.returncode not in ALLOWED or "E9001" in error:
        return f"convert-savepoint: ended by {done.returncode}\n{error[-800:]}"
    left = [path.name for path in (home / "converted").glob("*")]
    return None if len(left) == (done.returncode == 0) else f"convert-savepoint: exit {done.returncode}, and there is {left}\n{error[-800:]}"


def kept(weir, directory, forged, how):
    """Sets aside what a restore that failed was given; the line that does it again."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="weir-forgery-"))
    shutil.copytree(forged / "saved", place / "saved")
    for name in TABLES_AT:
        if (directory / name).exists():
            shutil.copytree(directory / name, place / "tables" / name)
    if "base" in how:
        shutil.copytree(how["base"], place / "base")
    (place / "about.json").write_text(json.dumps({**how, "directory": str(directory)}))
    return f"python3 {sys.argv[0]} --weir {weir} --replay {place}"


def attempt(arguments, number, seed, found, directory):
    """(outcome, what was wrong or None). With a plant only what is right without it counts as wrong."""
    draw = random.Random(f"{seed}/{number}")
    home = pathlib.Path(directory) / str(number)
    home.mkdir()
    base = draw.choice(found)
    refuse = forgery(draw, base, home / "saved")
    # Native files are for the backend that wrote them; the other one refuses them soon.
    own = base.parent.parent.name
    backend = draw.choice((own, own, own, *BACKENDS))
    groups = draw.choice(("", "", "7", "1000"))
    forged = home.with_name(f"{number}-forged")
    shutil.copytree(home / "saved", forged / "saved")
    if not arguments.plant:
        read = draw.choice(READS)
        wrong = read_state(arguments.program, home, base, read)
        if wrong:
            return "state as tables", wrong + "\n" + kept(arguments.weir, pathlib.Path(directory), forged,
                                                          {"backend": backend, "refuse": refuse, "read": read, "base": str(base)})
        wrong = convert(arguments.program, home, groups)
        if wrong:
            return "conversion", wrong + "\n" + kept(arguments.weir, pathlib.Path(directory), forged,
                                                     {"backend": backend, "refuse": refuse, "groups": groups, "convert": True})
    outcome, wrong = restore(arguments.program, arguments.plant, home, backend, groups, refuse)
    if wrong and arguments.plant:
        without = outcome == NO_END or restore(arguments.program, "", forged, backend, groups, refuse)[1]
        wrong = None if without else wrong
    elif wrong:
        wrong += "\n" + kept(arguments.weir, pathlib.Path(directory), forged, {"backend": backend, "refuse": refuse, "groups": groups})
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(forged, ignore_errors=True)
    return outcome, wrong


def replay(arguments):
    """A forgery that was kept, once more; the code to exit with."""
    place = pathlib.Path(arguments.replay)
    about = json.loads((place / "about.json").read_text())
    # The paths of its tables are in the savepoint.
    directory = pathlib.Path(about["directory"])
    shutil.copytree(place / "tables", directory)
    try:
        shutil.copytree(place / "saved", directory / "home/saved")
        program = os.path.abspath(arguments.weir)
        if "read" in about:
            outcome, wrong = "state as tables", read_state(program, directory / "home", place / "base", about["read"])
        elif "convert" in about:
            outcome, wrong = "conversion", convert(program, directory / "home", about["groups"])
        else:
            outcome, wrong = restore(program, "", directory / "home", about["backend"], about["groups"], about["refuse"])
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{outcome}{': ' + wrong if wrong else ''}")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--faulty")
    parser.add_argument("--plant", default="")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--only", type=int, default=-1)
    parser.add_argument("--slice", action="store_true", help=f"{SLICE} of them, unless a plant is to be found")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ledger", action="store_true")
    parser.add_argument("--replay", help="what a run has kept of a forgery that failed")
    arguments, begun = parser.parse_args(), time.monotonic()
    if arguments.replay:
        return replay(arguments)
    arguments.program = os.path.abspath(arguments.faulty if arguments.plant else arguments.weir)
    seed = seeds.draw(arguments.seed)
    # A plant ends the run that finds it, after 13 in the median; one seed in a hundred needs more than a slice has.
    count = SLICE if arguments.slice and not arguments.plant else arguments.count
    outcomes, failed = collections.Counter(), 0
    with tempfile.TemporaryDirectory(prefix="weir-forgeries-") as directory:
        weir = Weir(os.path.abspath(arguments.weir), None, directory)
        found = bases(weir)
        sentinels = weir.tree("in")
        for number in range(count) if arguments.only < 0 else [arguments.only]:
            outcome, wrong = attempt(arguments, number, seed, found, directory)
            outcomes[outcome] += 1
            if wrong:
                failed += 1
                print(f"FAILED: --seed {seed} --only {number}: {outcome}\n{wrong}", flush=True)
            if failed and arguments.plant:
                print(f"{arguments.plant}: found after {number + 1} forgeries: {outcome}")
                break
        if weir.tree("in") != sentinels:
            failed += 1
            print("FAILED: the job's input was changed")
    print(f"seed {seed}: " + ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items())) + f"; {failed} wrong")
    if arguments.plant:
        return 0 if failed else 1
    if arguments.ledger:
        ledger.record("forgeries", seed, count, time.monotonic() - begun)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
