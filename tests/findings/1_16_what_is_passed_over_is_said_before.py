#!/usr/bin/env python3
"""A start that goes back to an older checkpoint says so before it notes that: killed just behind, it has said which rows are
written once more. The next start does not say it again."""
from weir import KILLED, check, contains, equal, true

TABLES = ("CREATE TABLE numbers (k INT, v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/in', 'format' = 'csv', "
          "'source.monitor-interval' = '50 ms'); "
          "CREATE TABLE copies (k INT, v INT) WITH ('connector' = 'filesystem', 'path' = '{0}/out', 'format' = 'csv'); ")
JOB = ("SET 'execution.checkpointing.num-retained' = '3'; SET 'execution.checkpointing.interval' = '0 s'; "
       "SET 'execution.state-recovery.fallback' = 'always'; ")
LIFE = "CREATE JOB j AS INSERT INTO copies SELECT k, v FROM numbers; WAIT FOR JOB j UNTIL IDLE; STOP JOB j;"


def body(weir):
    life = JOB + TABLES.format(weir.directory) + LIFE
    for number in range(2):
        weir.write(f"in/{number}.csv", f"{number},1\n{number},2\n")
        weir.ok(life)
    before = weir.rows("out")
    equal(len(before), 4)
    newest = max(weir.path("data").glob("jobs/*/checkpoints/chk-*"), key=lambda path: int(path.name[4:]))
    rot = max((path for path in newest.iterdir() if path.name != "_metadata"), key=lambda path: path.stat().st_size)
    data = bytearray(rot.read_bytes())
    data[len(data) // 2] ^= 1
    rot.unlink()
    rot.write_bytes(bytes(data))
    killed = weir.run(life, faulty=True, env={"WEIR_KILL_AT": "damage.after_pass_over"})
    equal(killed.code, KILLED, killed)
    true((newest / "passed-over").exists(), "it is noted", killed)
    contains(killed.err, "written once more: 2 committed rows", "before it is noted")
    again = weir.ok(life)
    true("written once more" not in again.err, "said once", again)
    equal(len(weir.rows("out")), 6, again)


check(body)
