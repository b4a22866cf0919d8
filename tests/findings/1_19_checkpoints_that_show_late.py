"""An object store may list a checkpoint late, and a PUT may arrive when the process that sent it is dead. A start that did
not see a checkpoint goes on without it, and throws away the output which that one promises; so it counts no more when it
shows, and no row is lost or comes twice. Here somebody hides what a killed process had written, and puts it back."""
import shutil

from lives import apart
from weir import KILLED, contains, equal, check, true

JOB = """SET 'execution.checkpointing.interval' = '1 h';
CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'in',
  'source.monitor-interval' = '20 ms');
CREATE TABLE o (v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'o');
CREATE JOB j AS INSERT INTO o SELECT v FROM t;
WAIT FOR JOB j UNTIL IDLE;
STOP JOB j;
"""


def give(weir, name):
    weir.write(f"in/{name}.csv", f"{name}\n")


def killed_at(weir, point):
    done = weir.run(JOB, env={"WEIR_KILL_AT": point}, faulty=True)
    equal(done.code, KILLED, done)
    return done


def checkpoints(weir):
    (place,) = weir.path("data/jobs").glob("*/checkpoints")
    return place


def hide(weir, number, kept):
    """What was written of the checkpoint is not there, LATEST is as `kept` has it."""
    place = checkpoints(weir)
    shutil.copytree(place, weir.path("late"))
    shutil.rmtree(place / f"chk-{number}")
    (place / "LATEST").unlink(missing_ok=True)
    if kept:
        (place / "LATEST").write_bytes(kept)


def show(weir, number):
    """Now it is, unless newer things have its names."""
    place = checkpoints(weir)
    late = weir.path("late")
    shutil.copytree(late / f"chk-{number}", place / f"chk-{number}", dirs_exist_ok=True)
    for path in (late / "shared").iterdir():
        if not (place / "shared" / path.name).exists():
            shutil.copy(path, place / "shared")
    if (late / "LATEST").exists():
        shutil.copy(late / "LATEST", place / "LATEST")


def ends_with(weir, rows, said):
    told = weir.ok("DESCRIBE RECOVERY OF JOB j;", faulty=True)
    done = weir.ok(JOB, faulty=True)
    equal(weir.rows("o"), rows, done)
    contains(told.out, said, told)
    weir.ok(JOB, faulty=True)
    equal(weir.rows("o"), rows, "and the next start")


def the_first(weir, point):
    """The second start sees none, and begins at the beginning."""
    give(weir, "1")
    killed_at(weir, point)
    hide(weir, 1, None)
    killed_at(weir, "checkpoint.before_metadata:1")
    show(weir, 1)
    ends_with(weir, ["1"], "it does not count")
    true(not (checkpoints(weir) / "chk-1").exists(), "what does not count is removed")


def the_first_without_a_pointer(weir, _):
    the_first(weir, "checkpoint.before_pointer:1")


def the_first_with_its_pointer(weir, _):
    the_first(weir, "checkpoint.before_note:1")


def a_later_one(weir, _):
    """The third start goes on from the first checkpoint, and the fourth must, too."""
    give(weir, "1")
    weir.ok(JOB, faulty=True)
    latest = (checkpoints(weir) / "LATEST").read_bytes()
    give(weir, "2")
    killed_at(weir, "checkpoint.before_note:1")
    hide(weir, 2, latest)
    killed_at(weir, "checkpoint.before_metadata:1")
    show(weir, 2)
    ends_with(weir, ["1", "2"], "LATEST names 2, which does not count")


def one_that_is_asked_for(weir, _):
    """To start from what does not count is refused, by its path as well."""
    give(weir, "1")
    killed_at(weir, "checkpoint.before_note:1")
    hide(weir, 1, None)
    killed_at(weir, "checkpoint.before_metadata:1")
    show(weir, 1)
    path = checkpoints(weir) / "chk-1"
    refused = weir.run(JOB.split("CREATE JOB")[0] + f"RESTORE JOB j FROM '{path}';", faulty=True)
    equal(refused.code, 5, refused)
    contains(refused.err, "does not count", refused)
    equal(weir.rows("o"), [])


check(lambda weir: apart(weir, the_first_without_a_pointer, the_first_with_its_pointer, a_later_one,
                         one_that_is_asked_for))
