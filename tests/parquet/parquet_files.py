"""What parquet_test.py runs: files of Parquet in both directions, judged by pyarrow and DuckDB, never by ourselves alone."""
import datetime
import decimal
import glob
import json
import math
import os
import random
import signal
import sys
import time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import seed  # noqa: E402
from parquet_test import test_the_program_has_no_copies, test_without_module  # noqa: E402, F401
from weir_shell import expect, run_all  # noqa: E402

SEED = seed.draw()
UTC = "SET 'table.local-time-zone' = 'UTC';\n"
EPOCH = datetime.datetime(1970, 1, 1)
FAR, EARLY = datetime.datetime(9999, 12, 31, 23, 59, 59, 999999), datetime.datetime(1, 1, 1)
NAN = float("nan")
CODECS = ("uncompressed", "snappy", "gzip", "brotli", "lz4", "lz4_raw", "zstd")


def table(path, columns, name="t", **options):
    said = {"connector": "filesystem", "path": path, "format": "parquet", **options}
    return f"CREATE TABLE {name} ({columns}) WITH (" + ", ".join(f"'{key}' = '{value}'" for key, value in said.items()) + ");\n"


def run(scratch, script, code=0):
    done = scratch.run("--format", "json", text=UTC + script)
    expect(done.returncode == code, f"{done.returncode}: {done.stdout[-2000:]}{done.stderr[-3000:]}")
    return done.stderr if code else done.stdout


def rows(scratch, script):
    """The rows of the last SELECT, as lists."""
    said = run(scratch, script)
    return [list(json.loads(line, parse_float=decimal.Decimal).values()) for line in said.splitlines() if line.startswith("{")]


def written(scratch, folder):
    files = sorted(glob.glob(os.path.join(scratch.path, folder, "**", "*.parquet"), recursive=True))
    return pa.concat_tables([pq.read_table(file, partitioning=None) for file in files]) if files else None


def value_text(value):
    """A value as comparable: NaN equals itself, and a time is a number."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else repr(value)
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, dict):
        return {key: value_text(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [value_text(part) for part in value]
    return value


def same(found, wanted, what=""):
    expect(found.num_rows == wanted.num_rows, f"{what}: {found.num_rows} rows, not {wanted.num_rows}")
    for name in wanted.column_names:
        have, want = value_text(found[name].to_pylist()), value_text(wanted[name].to_pylist())
        if have != want:
            at = next(i for i, pair in enumerate(zip(have, want)) if pair[0] != pair[1])
            raise AssertionError(f"{what}: column {name}, row {at}: {have[at]!r}, not {want[at]!r}")


# --- types ----------------------------------------------------------------------------------------

# Name, type of SQL, type of Arrow, values.
SCALARS = [
    ("b", "BOOLEAN", pa.bool_(), [True, False]),
    ("i1", "TINYINT", pa.int8(), [-128, 0, 127]),
    ("i2", "SMALLINT", pa.int16(), [-32768, 32767]),
    ("i4", "INT", pa.int32(), [-2**31, 2**31 - 1]),
    ("i8", "BIGINT", pa.int64(), [-2**63, 2**63 - 1]),
    ("f4", "FLOAT", pa.float32(), [1.5, -0.0, float("inf"), NAN, 3.4028234663852886e38, 1.401298464324817e-45]),
    ("f8", "DOUBLE", pa.float64(), [1.7976931348623157e308, -5e-324, float("-inf"), NAN, 0.1]),
    ("d9", "DECIMAL(9, 2)", pa.decimal128(9, 2), [decimal.Decimal("9999999.99"), decimal.Decimal("-9999999.99"), decimal.Decimal("0.00")]),
    ("d18", "DECIMAL(18, 0)", pa.decimal128(18, 0), [decimal.Decimal(10**18 - 1), decimal.Decimal(1 - 10**18)]),
    ("d38", "DECIMAL(38, 10)", pa.decimal128(38, 10), [decimal.Decimal("9" * 28 + "." + "9" * 10), decimal.Decimal("-0.0000000001")]),
    ("s", "STRING", pa.string(), ["", "a", "twelve bytes", "more than twelve bytes: äöü 漢字 🦀", "x" * 100000]),
    ("y", "BYTES", pa.binary(), [b"", b"\x00\xff", bytes(range(256))]),
    ("y3", "BINARY(3)", pa.binary(3), [b"abc", b"\x00\x00\x00"]),
    ("dt", "DATE", pa.date32(), [datetime.date(1, 1, 1), datetime.date(1969, 12, 31), datetime.date(9999, 12, 31)]),
    ("t3", "TIME(3)", pa.time32("ms"), [datetime.time(0), datetime.time(23, 59, 59, 999000)]),
    ("t6", "TIME(6)", pa.time64("us"), [datetime.time(12, 34, 56, 789012), datetime.time(23, 59, 59, 999999)]),
    ("ts3", "TIMESTAMP(3)", pa.timestamp("ms"), [EARLY, FAR.replace(microsecond=999000), EPOCH - datetime.timedelta(milliseconds=1)]),
    ("ts6", "TIMESTAMP(6)", pa.timestamp("us"), [EARLY, FAR, EPOCH - datetime.timedelta(microseconds=1)]),
    ("ltz", "TIMESTAMP_LTZ(6)", pa.timestamp("us", "UTC"), [EPOCH.replace(tzinfo=datetime.timezone.utc), FAR.replace(tzinfo=datetime.timezone.utc)]),
]


def nested(name, of_sql, of_arrow, values):
    """The type within an array, a map's value, and rows."""
    pairs = [("k%d" % i, value) for i, value in enumerate(values)]
    yield f"{name}_a", f"ARRAY<{of_sql}>", pa.list_(of_arrow), [values, [], [None, *values]]
    yield f"{name}_m", f"MAP<STRING, {of_sql}>", pa.map_(pa.string(), of_arrow), [pairs, [], [("n", None)]]
    yield (f"{name}_r", f"ROW<p {of_sql}, q ARRAY<ROW<z {of_sql}>>>", pa.struct([("p", of_arrow), ("q", pa.list_(pa.struct([("z", of_arrow)])))]),
           [{"p": value, "q": [{"z": value}, None, {"z": None}]} for value in values] + [{"p": None, "q": None}, {"p": values[0], "q": []}])


def every_type(chance, count):
    columns = list(SCALARS)
    for one in SCALARS:
        columns += nested(*one)
    made, names = {}, []
    for name, of_sql, of_arrow, values in columns:
        chosen = [*values, None] + [chance.choice([*values, None]) for _ in range(count)]
        made[name] = pa.array(chosen[:count], of_arrow)
        names.append(f"{name} {of_sql}")
    return pa.table(made), ", ".join(names)


def test_every_type_through_weir(scratch):
    """pyarrow writes, weir reads and writes, pyarrow and DuckDB read: as INT96 and as 64 bits."""
    chance = random.Random(SEED)
    data, columns = every_type(chance, 700)
    pq.write_table(data, os.path.join(scratch.path, "in.parquet"), row_group_size=97, data_page_size=200)
    script = table("in.parquet", columns) + table("out96", columns, "a") + table("out64", columns, "b", **{"parquet.write.int64.timestamp": "true"})
    run(scratch, script + "SET 'pipeline.batch-size' = '64';\nINSERT INTO a SELECT * FROM t;\nINSERT INTO b SELECT * FROM t;\n")
    same(written(scratch, "out64"), data, "64 bits")
    # pyarrow takes INT96 for nanoseconds, which do not reach the years here; DuckDB does not.
    found = duckdb.sql(f"SELECT ts3, ts6, ltz FROM '{scratch.path}/out96/*.parquet'").fetchall()
    wanted = list(zip(*(data[name].to_pylist() for name in ("ts3", "ts6", "ltz"))))
    expect(value_text(found) == value_text(wanted), "INT96, by DuckDB")
    others = [name for name in data.column_names if not name.startswith(("ts", "ltz"))]
    same(pa.concat_tables([pq.read_table(file, columns=others) for file in glob.glob(f"{scratch.path}/out96/*.parquet")]), data.select(others), "INT96")
    schema = pq.read_schema(glob.glob(f"{scratch.path}/out96/*.parquet")[0])
    expect(pa.types.is_timestamp(schema.field("ts6").type), str(schema))


def test_values_are_read_as_they_are(scratch):
    """Texts of values that Python knows, and not what weir writes itself."""
    data = pa.table({name: pa.array([*values, *[None] * (6 - len(values))], of_arrow) for name, _, of_arrow, values in SCALARS})
    pq.write_table(data, os.path.join(scratch.path, "in.parquet"))
    columns = ", ".join(f"{name} {of_sql}" for name, of_sql, _, _ in SCALARS)
    texts = ", ".join(f"CAST({name} AS STRING) AS {name}" for name, *_ in SCALARS if name not in ("f4", "f8", "y", "y3"))
    found = rows(scratch, table("in.parquet", columns) + f"SELECT {texts}, f8, HEX(CAST(y AS STRING)) IS NULL AS h FROM t;")
    wanted = {"b": lambda v: "TRUE" if v else "FALSE", "t3": lambda v: v.isoformat("milliseconds"), "t6": lambda v: v.isoformat("microseconds"),
              "ts3": lambda v: v.isoformat(" ", "milliseconds"), "ts6": lambda v: v.isoformat(" ", "microseconds"),
              "ltz": lambda v: v.replace(tzinfo=None).isoformat(" ", "microseconds"), "d9": lambda v: f"{v:f}", "d18": lambda v: f"{v:f}",
              "d38": lambda v: f"{v:f}"}
    names = [name for name, *_ in SCALARS if name not in ("f4", "f8", "y", "y3")]
    for place, name in enumerate(names):
        for row, value in enumerate(data[name].to_pylist()):
            expect(found[row][place] == (None if value is None else wanted.get(name, str)(value)), f"{name}: {found[row][place]!r} for {value!r}")


def test_int96(scratch):
    """Spark's and Hive's timestamps: an instant, in the session's zone unless it is said otherwise."""
    moments = [datetime.datetime(2026, 7, 1, 12, 0, 0, 123456), datetime.datetime(1900, 1, 1), None]
    data = pa.table({"ts": pa.array(moments, pa.timestamp("us")), "n": pa.array([1782907200123456789, -1, None], pa.timestamp("ns"))})
    pq.write_table(data, os.path.join(scratch.path, "in.parquet"), use_deprecated_int96_timestamps=True)
    columns = "ts TIMESTAMP(6), n TIMESTAMP(9)"
    texts = "SELECT CAST(ts AS STRING) AS a, CAST(n AS STRING) AS b FROM t;"
    expect(rows(scratch, table("in.parquet", columns) + texts) == [["2026-07-01 12:00:00.123456", "2026-07-01 12:00:00.123456789"],
                                                                  ["1900-01-01 00:00:00.000000", "1969-12-31 23:59:59.999999999"], [None, None]], "UTC")
    berlin = "SET 'table.local-time-zone' = 'Europe/Berlin';\n"
    found = rows(scratch, berlin + table("in.parquet", columns) + texts)
    expect(found[0] == ["2026-07-01 14:00:00.123456", "2026-07-01 14:00:00.123456789"], found)
    found = rows(scratch, berlin + table("in.parquet", columns, **{"parquet.utc-timezone": "true"}) + texts)
    expect(found[0] == ["2026-07-01 12:00:00.123456", "2026-07-01 12:00:00.123456789"], found)
    # There and back in a zone: what is written is the instant.
    out = berlin + table("out", columns) + "INSERT INTO t VALUES (TIMESTAMP '2026-07-01 14:00:00', TIMESTAMP '2026-07-01 14:00:00.000000001');\n"
    run(scratch, out)
    expect(written(scratch, "out")["ts"].to_pylist()[0] == datetime.datetime(2026, 7, 1, 12), "the instant")
    far = "CREATE TABLE f (n TIMESTAMP(9)) WITH ('connector' = 'filesystem', 'path' = 'far', 'format' = 'parquet');\nSET 'restart-strategy.type' = 'none';\n"
    said = run(scratch, far + "INSERT INTO f VALUES (TIMESTAMP '9999-12-31 00:00:00');\n", 4)
    expect("E3001" in said and '"n"' in said and "1677 to 2262" in said, said)


def test_random_tables(scratch):
    """Random columns, row groups, pages, codecs, versions; DuckDB and pyarrow agree with what weir wrote."""
    chance = random.Random(SEED + 1)
    for turn in range(6):
        data, columns = every_type(chance, chance.choice([1, 30, 300]))
        names = chance.sample(data.column_names, chance.randint(1, 12))
        said = {part.split(" ")[0]: part for part in columns.replace(", ", ",\0").split(",\0") if part.split(" ")[0] in names}
        declared = dict(zip([one[0] for scalar in SCALARS for one in (scalar, *nested(*scalar))],
                            [one[1] for scalar in SCALARS for one in (scalar, *nested(*scalar))]))
        expect(set(said) <= set(names), str(said))
        chosen = ", ".join(f"{name} {declared[name]}" for name in names)
        codec = chance.choice(["NONE", "SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD"])
        # Arrow 26 does not read back what it writes of booleans in pages of version 2 that have some bytes each.
        small = chance.random() < 0.5
        version = "1" if small else chance.choice("12")
        pq.write_table(data, os.path.join(scratch.path, f"in{turn}.parquet"), compression=codec, row_group_size=chance.choice([7, 50, 1000]),
                       use_dictionary=chance.random() < 0.5, data_page_version=f"{version}.0", data_page_size=64 if small else 4096)
        options = {"parquet.compression": chance.choice(CODECS), "parquet.writer.version": f"PARQUET_{version}_0",
                   "parquet.enable.dictionary": chance.choice(["true", "false"]), "parquet.page.size": "100" if small else "1 mb",
                   "parquet.block.size": chance.choice(["1 kb", "128 mb"]), "parquet.write.int64.timestamp": "true"}
        run(scratch, f"SET 'pipeline.batch-size' = '{chance.choice([1, 13, 4096])}';\n" + table(f"in{turn}.parquet", chosen)
            + table(f"out{turn}", chosen, "o", **options) + "INSERT INTO o SELECT * FROM t;\n")
        same(written(scratch, f"out{turn}"), data.select(names), f"{codec}, {options}")
        if options["parquet.compression"] != "lz4":
            count = duckdb.sql(f"SELECT COUNT(*), COUNT({names[0]}) FROM '{scratch.path}/out{turn}/*.parquet'").fetchall()[0]
            expect(count == (data.num_rows, data.num_rows - data[names[0]].null_count), f"{count}")


# --- columns --------------------------------------------------------------------------------------

def test_columns_by_name(scratch):
    data = pa.table({"c": [1, 2], "a": ["x", "y"], "r": [{"p": 1, "q": "u"}, None]})
    pq.write_table(data, os.path.join(scratch.path, "in.parquet"))
    found = rows(scratch, table("in.parquet", "a STRING, gone INT, c BIGINT, r ROW<q STRING, lost INT>, A STRING") + "SELECT * FROM t;")
    expect(found == [["x", None, 1, {"q": "u", "lost": None}, None], ["y", None, 2, None, None]], found)
    expect(rows(scratch, table("in.parquet", "gone INT") + "SELECT COUNT(*) AS n FROM t;") == [[2]], "without a column")
    expect(rows(scratch, table("in.parquet", "r ROW<lost INT>") + "SELECT r IS NULL AS n FROM t;") == [[False], [True]], "a row without fields")
    said = run(scratch, table("in.parquet", "gone INT NOT NULL") + "SELECT * FROM t;", 4)
    expect("E3005" in said and "in.parquet" in said and 'column "gone" is NOT NULL' in said, said)
    said = run(scratch, table("in.parquet", "r ROW<p BIGINT> NOT NULL") + "SELECT * FROM t;", 4)
    expect("E3005" in said and "in.parquet" in said and 'row 2, column "r"' in said, said)


def test_types_that_differ(scratch):
    data = pa.table({"s": ["x"], "i": pa.array([300], pa.int64()), "d": pa.array([decimal.Decimal("1.50")], pa.decimal128(10, 2)),
                     "u": pa.array([2**64 - 1], pa.uint64()), "r": [{"p": 1}]})
    pq.write_table(data, os.path.join(scratch.path, "in.parquet"))
    for column, text in (("s INT", 'column "s" is INT, and the file has it as UTF8'), ("i STRING", 'column "i" is STRING, and the file has it as INT64'),
                         ("d DECIMAL(10, 1)", "DECIMAL(10, 2)"), ("d DOUBLE", "DECIMAL(10, 2)"), ("r ROW<p STRING>", 'column "r.p" is STRING'),
                         ("i TINYINT", "'300' is not a TINYINT"), ("u BIGINT", "'18446744073709551615' is not a BIGINT"), ("r INT", "a group of fields")):
        said = run(scratch, table("in.parquet", column) + "SELECT * FROM t;", 4)
        expect("E3005" in said and "in.parquet" in said and text in said, f"{column}: {said}")
    found = rows(scratch, table("in.parquet", "i SMALLINT, d DECIMAL(20, 5), u DECIMAL(20, 0)") + "SELECT * FROM t;")
    expect(found == [[300, decimal.Decimal("1.50000"), 2**64 - 1]], found)


def test_sampled(scratch):
    data, _ = every_type(random.Random(3), 20)
    pq.write_table(data, os.path.join(scratch.path, "in.parquet"))
    described = run(scratch, "DESCRIBE 'in.parquet';\n")
    for part in ("DECIMAL(38, 10)", "TIMESTAMP(6)", "TIMESTAMP_LTZ(6)", "ARRAY<INT>", "MAP<STRING, DATE>", "BINARY(3)"):
        expect(part in described, f"{part}: {described}")
    expect(rows(scratch, "SELECT COUNT(*) AS n, COUNT(i8_r) AS m FROM 'in.parquet';") == [[20, 20 - data["i8_r"].null_count]], "sampled")


# --- where reading begins and ends ----------------------------------------------------------------

def test_killed_within_a_file(scratch):
    """A job that is killed again and again in the middle of a file of several row groups reads each row once."""
    count = 2500000  # more than the runs that are killed can read, as a job that has ended would start anew
    data = pa.table({"id": pa.array(range(count), pa.int64()), "s": [f"text {i}" for i in range(count)]})
    pq.write_table(data, os.path.join(scratch.path, "in.parquet"), row_group_size=70000)
    script = UTC + "SET 'execution.checkpointing.interval' = '20 ms';\nSET 'pipeline.batch-size' = '20';\nSET 'parallelism.default' = '1';\n"
    scratch.write("job.sql", script + "CREATE TABLE IF NOT EXISTS t (id BIGINT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'in.parquet', "
                  "'format' = 'parquet');\nCREATE TABLE IF NOT EXISTS o (id BIGINT, s STRING) WITH ('connector' = 'filesystem', 'path' = 'out', "
                  "'format' = 'parquet');\nSET 'pipeline.name' = 'j';\nINSERT INTO o SELECT id, s FROM t;\n")
    begun = 0
    for delay in (0.3, 0.15, 0.25, 0.2, 0.35, 0.5):
        child = scratch.start("-f", "job.sql")
        time.sleep(delay)
        expect(child.poll() is None, "the job has ended")
        child.send_signal(signal.SIGKILL)
        begun += "checkpoint" in child.communicate()[1]
    done = scratch.run("-f", "job.sql")
    expect(done.returncode == 0 and begun, f"{begun}: {done.stderr}")
    print(f"went on from a checkpoint {begun} times")
    found = sorted(zip(*(written(scratch, "out")[name].to_pylist() for name in ("id", "s"))))
    expect(found == [(i, f"text {i}") for i in range(count)], f"{len(found)} rows")


def test_monitored(scratch):
    """New files are read once, when they are complete: one that still lacks its end waits."""
    os.makedirs(os.path.join(scratch.path, "in"))
    pq.write_table(pa.table({"id": [1, 2]}), os.path.join(scratch.path, "in", "a.parquet"))
    child = scratch.start("-c", UTC + table("in", "id BIGINT", **{"source.monitor-interval": "50 ms", "source.settle-interval": "100 ms"})
                          + table("out", "id BIGINT", "o") + "SET 'execution.checkpointing.interval' = '50 ms';\nSET 'pipeline.name' = 'j';\n"
                          "INSERT INTO o SELECT id FROM t;\n")
    try:
        time.sleep(1)
        pq.write_table(pa.table({"id": [3]}), os.path.join(scratch.path, "b.parquet"))
        with open(os.path.join(scratch.path, "b.parquet"), "rb") as file:
            data = file.read()
        with open(os.path.join(scratch.path, "in", "b.parquet"), "wb") as half:
            half.write(data[:-20])
            half.flush()
            time.sleep(0.4)
            half.write(data[-20:])
        end = time.monotonic() + 20
        while True:
            found = written(scratch, "out")
            ids = sorted(found["id"].to_pylist()) if found is not None else []
            if len(ids) >= 3 or time.monotonic() > end:
                break
            time.sleep(0.1)
    finally:
        child.kill()
        said = child.communicate()
    expect(ids == [1, 2, 3], f"{ids}: {said}")


def test_damaged(scratch):
    """Cut at each sixteenth, and with bytes flipped: an error that names the file, or the right rows, and never a crash."""
    chance = random.Random(SEED + 2)
    data, columns = every_type(chance, 60)
    names = [name for name, *_ in SCALARS] + ["i4_a", "s_m", "i8_r"]
    data = data.select(names)
    pq.write_table(data, os.path.join(scratch.path, "good.parquet"), row_group_size=25, write_page_checksum=True)
    declared = {one[0]: one[1] for scalar in SCALARS for one in (scalar, *nested(*scalar))}
    with open(os.path.join(scratch.path, "good.parquet"), "rb") as file:
        good = file.read()
    expect(columns.startswith("b BOOLEAN"), columns)
    bad = [good[:len(good) * part // 16] for part in range(16)] + [b"", b"PAR1", good + b"x", good[4:]]
    for _ in range(40):
        at, bits = chance.randrange(len(good)), chance.randrange(1, 256)
        bad.append(good[:at] + bytes([good[at] ^ bits]) + good[at + 1:])
    for _ in range(40):  # where the sizes are said
        at, bits = chance.randrange(len(good) - len(good) // 4, len(good)), chance.randrange(1, 256)
        bad.append(good[:at] + bytes([good[at] ^ bits]) + good[at + 1:])
    chosen = ", ".join(f"{name} {declared[name]}" for name in names)
    os.makedirs(os.path.join(scratch.path, "bad"))
    right = scratch.run("--format", "json", text=UTC + table("good.parquet", chosen) + "SELECT * FROM t;").stdout
    expect(right.count("{") >= 60, right)
    footer = len(good) - 8 - int.from_bytes(good[-8:-4], "little")
    counts = {"error": 0, "rows": 0}
    for number, text in enumerate(bad):
        with open(os.path.join(scratch.path, "bad", f"{number}.parquet"), "wb") as file:
            file.write(text)
        done = scratch.run("--format", "json", text=UTC + table(f"bad/{number}.parquet", chosen) + "SELECT * FROM t;")
        expect(done.returncode in (0, 4), f"{number}: {done.returncode}: {done.stderr[-2000:]}")
        if done.returncode:
            expect(f"{number}.parquet" in done.stderr and "E3005" in done.stderr, f"{number}: {done.stderr}")
        elif len(text) == len(good) and text[footer:] == good[footer:]:
            expect(done.stdout == right, f"{number}: a page is damaged and not found to be: {done.stdout[:500]}")
        counts["error" if done.returncode else "rows"] += 1
    expect(counts["error"] > 20, str(counts))


def test_claims(scratch):
    """A page that claims 2 GiB where there are some bytes takes none of that memory, and is an error."""
    pq.write_table(pa.table({"a": ["x" * 50] * 100}), os.path.join(scratch.path, "good.parquet"), use_dictionary=False, compression="snappy")
    with open(os.path.join(scratch.path, "good.parquet"), "rb") as file:
        good = file.read()
    # The page's header, in Thrift's compact form: fields 1 to 3 are its kind, and its sizes as they are, and compressed.
    expect(good[4:7] == b"\x15\x00\x15", good[:20].hex())
    end = 7
    while good[end] & 128:
        end += 1
    for claimed in (b"\xfe\xff\xff\xff\x0f", b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x08"):
        with open(os.path.join(scratch.path, "bad.parquet"), "wb") as file:
            file.write(good[:7] + claimed + good[end + 1:])
        done = scratch.run("--format", "json", text=table("bad.parquet", "a STRING") + "SELECT COUNT(a) FROM t;")
        expect(done.returncode == 4 and "E3005" in done.stderr and "bad.parquet" in done.stderr, f"{done.returncode}: {done.stderr}")


def test_wide_rows(scratch):
    """A batch of rows of a megabyte each is small, whatever 'pipeline.batch-size' says."""
    pq.write_table(pa.table({"a": [os.urandom(1 << 20) for _ in range(150)]}), os.path.join(scratch.path, "wide.parquet"), row_group_size=70)
    expect(rows(scratch, table("wide.parquet", "a BYTES") + "SELECT COUNT(a) AS n FROM t;") == [[150]], "all")


# --- writing --------------------------------------------------------------------------------------

def test_partitions_and_overwrite(scratch):
    columns = "id INT, day STRING"
    script = f"CREATE TABLE o ({columns}) PARTITIONED BY (day) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'parquet');\n"
    run(scratch, script + "INSERT INTO o VALUES (1, 'mon'), (2, 'tue'), (3, 'mon');\n")
    found = duckdb.sql(f"SELECT id, day FROM read_parquet('{scratch.path}/out/*/*.parquet', hive_partitioning = true) ORDER BY id").fetchall()
    expect(found == [(1, "mon"), (2, "tue"), (3, "mon")], str(found))
    expect(sorted(rows(scratch, script + "SELECT id FROM o WHERE day = 'mon';")) == [[1], [3]], "read again")
    plain = table("plain", "id INT", "p")
    run(scratch, plain + "INSERT INTO p VALUES (1), (2);\n")
    run(scratch, plain + "INSERT OVERWRITE p VALUES (7);\n")
    expect(written(scratch, "plain")["id"].to_pylist() == [7], "overwritten")


def test_copy(scratch):
    run(scratch, "COPY (SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, CAST(NULL AS STRING)) TO 'c.parquet' (COMPRESSION zstd);\n")
    file = os.path.join(scratch.path, "c.parquet")
    expect(sorted(duckdb.sql(f"FROM '{file}'").fetchall(), key=str) == [(1, "x"), (2, None)], "by DuckDB")
    expect(pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD", "the codec")


def test_row_groups(scratch):
    run(scratch, "CREATE TABLE g (id INT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '200000', 'fields.s.length' = '50');\n"
        + table("out", "id INT, s STRING", "o", **{"parquet.block.size": "1 mb"}) + "SET 'parallelism.default' = '1';\nINSERT INTO o SELECT * FROM g;\n")
    files = glob.glob(f"{scratch.path}/out/*.parquet")
    groups = [pq.ParquetFile(file).metadata for file in files]
    expect(sum(one.num_rows for one in groups) == 200000, "all rows")
    sizes = [one.row_group(i).total_byte_size for one in groups for i in range(one.num_row_groups)]
    rows_of = [one.row_group(i).num_rows for one in groups for i in range(one.num_row_groups)]
    expect(len(sizes) > 5 and max(sizes) < 3 << 20 and min(rows_of) > 0, f"{sizes} {rows_of}")


def test_rolled_by_what_is_written(scratch):
    """A file is closed behind the row group with which it has file-size bytes, as Flink's bulk writers close one: not by
    the memory of the rows in the group, which compress well here."""
    roll, rows_asked = 200 << 10, 600000
    run(scratch, f"CREATE TABLE g (id INT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '{rows_asked}', 'rows-per-second' = '0', "
        "'fields.s.length' = '2', 'fields.id.kind' = 'random', 'fields.id.min' = '0', 'fields.id.max' = '9');\n"
        + table("out", "id INT, t STRING, s STRING", "o", **{"parquet.block.size": "512 kb", "sink.rolling-policy.file-size": f"{roll >> 10} kb"})
        + "SET 'parallelism.default' = '1';\nINSERT INTO o SELECT id, 'the same text in every row', s FROM g;\n")
    files = sorted(glob.glob(f"{scratch.path}/out/*.parquet"), key=lambda file: int(file.rsplit("-", 1)[1].split(".")[0]))
    expect(sum(pq.ParquetFile(file).metadata.num_rows for file in files) == rows_asked, "all rows")
    expect(len(files) > 1, f"{files}")
    for file in files[:-1]:
        groups = pq.ParquetFile(file).metadata
        sizes = [sum(groups.row_group(i).column(j).total_compressed_size for j in range(3)) for i in range(groups.num_row_groups)]
        # The last group began with the batch behind the one that was full.
        expect(sum(sizes[:-2]) < roll <= len("PAR1") + sum(sizes[:-1]), f"{file}: groups of {sizes}")


def test_refused(scratch):
    for options, columns, code, text in (({"parquet.validation": "true"}, "a INT", "E2008", "parquet.validation"),
                                         ({"parquet.compression": "lzo"}, "a INT", "E2008", "parquet.compression"),
                                         ({"parquet.block.size": "0"}, "a INT", "E2008", "parquet.block.size"),
                                         ({"source.follow": "true", "source.monitor-interval": "1 s"}, "a INT", "E2008", "source.follow"),
                                         ({"errors.table": "e"}, "a INT", "E2008", "errors.table"),
                                         ({}, "a INTERVAL DAY TO SECOND", "E1002", "INTERVAL")):
        said = scratch.run(text=table("x", columns, **options))
        expect(said.returncode == 3 and code in said.stderr and text in said.stderr, f"{options}: {said.stderr}")
    said = run(scratch, "SET 'restart-strategy.type' = 'none';\n" + table("nulls", "m MAP<STRING, INT>") + "INSERT INTO t VALUES (MAP[CAST(NULL AS STRING), 1]);\n", 4)
    expect("E3001" in said and "a key of a map is NULL" in said, said)


if __name__ == "__main__":
    print(f"seed {SEED}")
    run_all(globals())
