#!/usr/bin/env python3
"""Yesterday's data directory put back is whole in itself: the job that it knows has committed output since, and would
write that once more. The directory of the output says so."""
import re
import shutil

from lives import apart
from weir import contains, equal, check, true


def put_back(weir, kept):
    shutil.rmtree(weir.path("data"))
    shutil.copytree(weir.path(kept), weir.path("data"))


def a_copy_of_yesterday(weir, job):
    for life in range(3):
        job.live(about=f"life {life}")
    shutil.copytree(weir.path("data"), weir.path("yesterday"))
    job.live()
    job.live()
    shutil.copytree(weir.path("data"), weir.path("today"))
    put_back(weir, "yesterday")
    before = weir.tree("data")
    done = job.refused(part="E7004", about="yesterday's data directory")
    contains(done.err, "older copy", done)
    contains(done.err, str(weir.path("out-j")), done)
    (statement,) = re.findall(r"RESTORE JOB `j` FROM '\S+';", done.err)
    told = weir.ok("DESCRIBE RECOVERY OF JOB j;")
    contains(told.out, "is refused", told)
    latest = weir.run("RESTORE JOB j FROM LATEST CHECKPOINT;")
    equal(latest.code, 5, latest)
    equal({name: digest for name, digest in weir.tree("data").items() if name in before}, before)
    put_back(weir, "today")
    job.live(about="today's")
    # Or on from there, as was said: what came since is written once more, and nothing is missing.
    put_back(weir, "yesterday")
    rows = job.rows()
    weir.ok(job.sql().split("CREATE JOB")[0] + statement + "\nWAIT FOR JOB j UNTIL IDLE;\nSTOP JOB j;")
    equal(sorted(set(job.rows())), job.wanted())
    true(set(rows) <= set(job.rows()), "nothing that was there is gone")
    # That is another job now, and the one before it is over, whatever copy of it is put back.
    put_back(weir, "today")
    done = job.refused(part="went on from", about="a copy of the job that was gone on from")


def before_its_first_checkpoint(weir, job):
    job.give()
    child = weir.start(job.sql("SET 'execution.checkpointing.interval' = '1 h';"))
    weir.wait_for(job.records, "a record", child=child)
    weir.kill(child)
    shutil.copytree(weir.path("data"), weir.path("yesterday"))
    job.live()
    put_back(weir, "yesterday")
    job.refused(part="E7004", about="a copy of before the first checkpoint")


def checkpoints_elsewhere_are_not_older(weir, job):
    """The record is yesterday's, the checkpoints are today's: it goes on, and no file has the name of another."""
    said = f"SET 'state.checkpoints.dir' = '{weir.path('disk')}';"
    job.live(said)
    shutil.copytree(weir.path("data"), weir.path("yesterday"))
    job.live(said)
    job.live(said)
    names = {path.name: path.read_bytes() for path in weir.path("out-j").glob("part-*")}
    archive = weir.path("archive")
    archive.mkdir()
    for name in names:
        shutil.move(weir.path("out-j") / name, archive / name)
    put_back(weir, "yesterday")
    job.give()
    child = weir.start(job.sql(said))
    weir.wait_for(lambda: len(job.rows()) == 1, "the new row", child=child)
    weir.kill(child)
    again = {path.name for path in weir.path("out-j").glob("part-*")}
    true(not again & set(names), f"names that there were: {again & set(names)}")
    equal(job.rows(), [str(job.given)])


def others_are_left_alone(weir, job):
    """The marks of other jobs, and broken ones, say nothing."""
    job.live()
    (mark,) = weir.path("out-j").glob(".weir-committed-*")
    text = mark.read_text()
    for broken in ("", "weir-committed 1\n", text.replace("weir-committed 1", "weir-committed 9"), text[:-2], "x" * 99):
        mark.write_text(broken)
        job.live(about=repr(broken))
    shutil.rmtree(weir.path("out-j"))
    weir.ok("DROP JOB j;")
    job.live(about="begun anew where nothing is said")
    weir.ok("DROP JOB j;")
    for path in weir.path("out-j").glob("part-*"):
        path.unlink()
    job.live(about="begun anew where its former self had committed")


check(lambda weir: apart(weir, a_copy_of_yesterday, before_its_first_checkpoint, checkpoints_elsewhere_are_not_older,
                         others_are_left_alone))
