#!/usr/bin/env python3
"""No number of a checkpoint or savepoint ever has two contents, whatever NEXT-ID and the directory say."""
import hashlib
import shutil

from lives import apart
from weir import check, true


class Seen:
    """Every metadata that was ever there, by number."""

    def __init__(self):
        self.by_number = {}

    def look(self, paths):
        for path in paths:
            number = int(path.parent.name.rsplit("-", 1)[1])
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            before = self.by_number.setdefault(number, digest)
            true(before == digest, f"{path} is another checkpoint than {number} was")


def lost_and_old(weir, job):
    seen = Seen()
    keep = "SET 'state.checkpoints.num-retained' = '50';"
    old = None
    for life in range(6):
        job.live(keep, about=f"life {life}")
        checkpoints = job.checkpoints()
        seen.look(checkpoints.glob("chk-*/_metadata"))
        next_id = checkpoints / "NEXT-ID"
        if life == 1:
            old = next_id.read_bytes()
        elif life == 2:
            next_id.unlink()
        elif life == 3:
            next_id.write_bytes(old)
        elif life == 4:
            next_id.write_bytes(b"weir-next-id 1\n")


def of_a_savepoint(weir, job):
    seen = Seen()
    job.give()
    settings = "SET 'execution.checkpointing.interval' = '1 h';"
    ended = "WAIT FOR JOB j UNTIL IDLE; CHECKPOINT JOB j; SAVEPOINT JOB j TO 'saved'; QUIT;"
    child = weir.start(job.sql(settings) + ended.replace("QUIT;", ""))
    weir.wait_for(lambda: list(weir.path("saved").glob("savepoint-*[0-9]/_metadata")), "a savepoint", child=child)
    weir.kill(child)
    seen.look(weir.path("saved").glob("savepoint-*[0-9]/_metadata"))
    (job.checkpoints() / "NEXT-ID").unlink()
    seen.look(job.checkpoints().glob("chk-*/_metadata"))
    job.live(about="without NEXT-ID")
    seen.look(job.checkpoints().glob("chk-*/_metadata"))
    shutil.rmtree(weir.path("saved"))


check(lambda weir: apart(weir, lost_and_old, of_a_savepoint))
