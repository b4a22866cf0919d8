#!/usr/bin/env python3
"""A job that had checkpoints is refused where none or an older one is found, with where it looked and what to type."""
import shutil

from lives import apart
from weir import check, contains, equal, true


def unmounted(weir, job):
    said = f"SET 'state.checkpoints.dir' = '{weir.path('disk')}';"
    job.live(said)
    weir.path("disk").rename(weir.path("away"))
    for settings in (said, "", f"SET 'state.checkpoints.dir' = '{weir.path('other')}';"):
        done = job.refused(settings, part="E7004", about=settings)
        contains(done.err, str(weir.path("disk")), done)
        contains(done.err, "DROP JOB", done)
    true(not weir.path("disk").exists(), "nothing was made where the disk was")
    told = weir.ok("DESCRIBE RECOVERY OF JOB j;")
    contains(told.out, "is refused", told)
    contains(told.out, str(weir.path("disk")), told)
    weir.path("away").rename(weir.path("disk"))
    contains(weir.ok("DESCRIBE RECOVERY OF JOB j;").out, "goes on from checkpoint")
    job.live(said, about="mounted again")


def an_older_copy(weir, job):
    job.live()
    checkpoints = job.checkpoints()
    shutil.copytree(checkpoints, weir.path("yesterday"))
    job.live()
    shutil.move(checkpoints, weir.path("today"))
    shutil.copytree(weir.path("yesterday"), checkpoints)
    done = job.refused(part="older copy", about="yesterday's directory")
    contains(done.err, "RESTORE JOB `j` FROM", done)
    shutil.rmtree(checkpoints)
    shutil.move(weir.path("today"), checkpoints)
    job.live(about="today's")


def emptied(weir, job):
    job.live()
    shutil.rmtree(job.checkpoints())
    job.refused(part="had checkpoints")
    weir.ok("DROP JOB j;")
    shutil.rmtree(weir.path("out-j"))
    job.live(about="anew, since it was said so")


def never_had_one(weir, job):
    slow = "SET 'execution.checkpointing.interval' = '1 h';"
    job.give()
    child = weir.start(job.sql(slow))
    weir.wait_for(lambda: job.records(), "a record", child=child)
    weir.kill(child)
    equal(job.rows(), [])
    contains(weir.ok("DESCRIBE RECOVERY OF JOB j;").out, "begins anew")
    job.live(about="killed before its first checkpoint")


def damaged(weir, job):
    job.live()
    newest = job.newest()
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-3])
    job.refused(part="is damaged")
    listed = weir.ok("SHOW CHECKPOINTS FOR JOB j;")
    contains(listed.out, "damaged", listed)
    true("1970" not in listed.out and "NULL" in listed.out, "no time of completion is made up", listed)
    newest.write_bytes(whole)
    job.live(about="mended")


check(lambda weir: apart(weir, unmounted, an_older_copy, emptied, never_had_one, damaged))
