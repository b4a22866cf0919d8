"""A checkpoint from elsewhere that promises files in a directory that is no table's of its own SQL, nor of the new
statement: refused by RESTORE and by EXPLAIN RESTORE, and no file there becomes visible; unless that directory, or one
above it, is allowed by 'state.savepoints.allowed-output-paths'."""
import shutil

from forge import OP_COMMITTABLES, Metadata
from weir import check, contains, equal, true

OP_PLACE = 16
TABLES = """CREATE TABLE i (v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/in', 'format' = 'csv',
  'source.monitor-interval' = '20 ms');
CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/{1}', 'format' = 'csv');
"""
INSERT = "INSERT INTO o SELECT v FROM i"
ALLOW = "SET 'state.savepoints.allowed-output-paths' = '{}';\n"
END = "WAIT FOR JOB k UNTIL IDLE; STOP JOB k;"


def body(weir):
    here = weir.directory
    weir.write("in/1.csv", "1\n")
    weir.ok(TABLES.format(here, "out") + f"CREATE JOB j AS {INSERT}; WAIT FOR JOB j UNTIL IDLE; STOP JOB j;")
    chain = next(weir.path("data/jobs").iterdir()) / "checkpoints"
    chk = next(path.name for path in chain.iterdir() if path.name.startswith("chk-"))
    shutil.copytree(chain, weir.path("theirs"))
    name = next(weir.path("out").glob("part-*")).name
    metadata = Metadata.read(weir.path("theirs") / chk)
    sink = next(op for op in metadata.operators if op.get(OP_COMMITTABLES))
    equal(sink[OP_PLACE].decode(), str(here / "out"))
    sink[OP_PLACE] = str(here / "victim").encode()
    metadata.write(weir.path("theirs") / chk)
    hidden = f"victim/.{name[:-4]}.inprogress"
    weir.write(hidden, "2\n")

    restore = f"RESTORE JOB k FROM 'theirs/{chk}' ACCEPT CHANGES ('sink:o/sink.w') AS {INSERT};\n"
    for allowed in ("", ALLOW.format(f"{here}/vic;{here}/victim/deeper")):
        script = allowed + TABLES.format(here, "copy")
        explained = weir.ok(script + "EXPLAIN " + restore)
        contains(explained.out, "The restore is refused", explained)
        contains(explained.out + explained.err, f"{here}/victim", explained)
        done = weir.run(script + restore)
        equal(done.code, 5, done)
        contains(done.err, "E7001", done)
        contains(done.err, "state.savepoints.allowed-output-paths", done)
        true(weir.path(hidden).exists() and not weir.path(f"victim/{name}").exists(), "a file was made visible", done)

    for place in (f"{here}/victim", f"{here}/elsewhere;file://{here}/"):
        shutil.rmtree(weir.path("copy"), ignore_errors=True)
        weir.ok(ALLOW.format(place) + TABLES.format(here, "copy") + restore + END)
        true(not weir.path(hidden).exists(), "what was promised is not there")
        equal(weir.path(f"victim/{name}").read_text(), "2\n")
        weir.path(f"victim/{name}").rename(weir.path(hidden))
        weir.ok("DROP JOB k;")

    # The true one says the directory of its own SQL, and needs nothing to go on into another one.
    shutil.copytree(chain, weir.path("true"))
    weir.write("in/3.csv", "3\n")
    weir.ok(TABLES.format(here, "third") + restore.replace("theirs/", "true/") + END)
    equal(weir.rows("third"), ["3"])


check(body)
