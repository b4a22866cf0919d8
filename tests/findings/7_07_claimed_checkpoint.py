#!/usr/bin/env python3
"""A checkpoint from elsewhere that a job claims is removed as its metadata lists it: what else lies in its directory
stays, and nothing is written where a symbolic link there leads."""
import os
import shutil

from forged import QUERY, tables
from weir import check, equal, true

CLAIM = ("SET 'execution.checkpointing.interval' = '50 ms'; SET 'execution.checkpointing.num-retained' = '1'; "
         "SET 'execution.state-recovery.claim-mode' = 'CLAIM'; ")


def body(weir):
    weir.write("in/a.csv", "".join(f"{i % 7},{i}\n" for i in range(200)))
    weir.ok(tables(weir) + "SET 'execution.checkpointing.interval' = '50 ms'; SET 'execution.checkpointing.num-retained' = '3'; "
            f"CREATE JOB j AS {QUERY}; WAIT FOR JOB j UNTIL IDLE; CHECKPOINT JOB j; CHECKPOINT JOB j; STOP JOB j;")
    kept = next(weir.path("data/jobs").iterdir()) / "checkpoints"
    elsewhere = weir.path("elsewhere/theirs")
    shutil.copytree(kept, elsewhere)
    newest = max(elsewhere.glob("chk-*"), key=lambda path: int(path.name[4:]))
    (newest / "thesis.tex").write_text("years of work\n")
    (newest / "photos").mkdir()
    (elsewhere / "shared" / "mine.txt").write_text("mine\n")
    victim = weir.path("victim")
    victim.write_text("the victim's\n")
    os.symlink(victim, elsewhere / "LATEST.tmp")
    others = [path for path in elsewhere.glob("chk-*") if path != newest]
    claim = (f"{CLAIM}RESTORE JOB r FROM '{newest}'; WAIT FOR JOB r UNTIL IDLE; CHECKPOINT JOB r; CHECKPOINT JOB r; "
             "STOP JOB r;")
    # What is not as it should be is said, and stays; nothing is written through it.
    weir.run(claim, data="other")
    equal(victim.read_text(), "the victim's\n")
    (elsewhere / "LATEST.tmp").unlink(missing_ok=True)
    done = weir.ok(f"{CLAIM}RESTORE JOB r FROM LATEST CHECKPOINT; CHECKPOINT JOB r; CHECKPOINT JOB r; STOP JOB r;",
                   data="other")
    equal((newest / "_metadata").exists(), False, done)
    equal(sorted(os.listdir(newest)), ["photos", "thesis.tex"], done)
    true((elsewhere / "shared" / "mine.txt").exists(), "what no checkpoint lists was removed", done)
    for path in others:
        weir.ok(f"DESCRIBE SAVEPOINT '{path}';", data="third")
    # The pointer names the newest that is left.
    if others:
        true((elsewhere / "LATEST").read_text().splitlines()[1] == max(path.name[4:] for path in others), "LATEST", done)


check(body)
