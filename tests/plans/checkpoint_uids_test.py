#!/usr/bin/env python3
"""A checkpoint lists the very uids of EXPLAIN STATE: jobs are started, checkpointed and stopped, then
DESCRIBE SAVEPOINT of what they left is compared with what EXPLAIN STATE said before.

usage: checkpoint_uids_test.py --weir build/weir
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")

TABLES = """
CREATE TABLE o (id INT, k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '1 s');
CREATE TABLE c (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'c', 'format' = 'changelog');
CREATE TABLE w (ws TIMESTAMP(3), n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'w', 'format' = 'csv');
"""
JOBS = {
    "aggregate": "INSERT INTO c SELECT k, COUNT(*) FROM o GROUP BY k",
    "window": """INSERT INTO w SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE o, DESCRIPTOR(ts), INTERVAL '1' HOUR))
                 GROUP BY window_start, window_end""",
    "cte and distinct": """INSERT INTO c WITH per AS (SELECT k, COUNT(DISTINCT id) AS n FROM o GROUP BY k)
                           SELECT MAX(k), n FROM per GROUP BY n""",
    "union": """INSERT INTO c SELECT k, COUNT(*) FROM o GROUP BY k
                UNION ALL SELECT CAST(id AS STRING), COUNT(*) FROM o GROUP BY id""",
    "set": """STATEMENT SET BEGIN INSERT INTO c SELECT k, COUNT(*) FROM o GROUP BY k;
              INSERT INTO w SELECT window_start, COUNT(*) FROM TABLE(HOP(TABLE o, DESCRIPTOR(ts), INTERVAL '1' MINUTE,
              INTERVAL '1' HOUR)) GROUP BY window_start, window_end; END""",
}


def weir(program, folder, script):
    command = [program, "-q", "--no-progress", "--format", "changelog", "--conf", BARE, "--data-dir", "data",
               "-D", "parallelism.default=2", "-D", "execution.checkpointing.interval=1 h"]
    done = subprocess.run(command, input=script, text=True, capture_output=True, timeout=60, check=False, cwd=folder)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return sorted(row.split(", ")[0] for row in re.findall(r"^\+I\[(.*)\]$", done.stdout, re.M))


def check(program, name, job):
    """What differs, or None."""
    with tempfile.TemporaryDirectory(prefix="weir-uids-") as folder:
        os.mkdir(os.path.join(folder, "in"))
        with open(os.path.join(folder, "in/f.csv"), "w", encoding="utf-8") as file:
            file.write("1,a,2024-01-01 00:00:00\n2,b,2024-01-01 00:00:05\n3,a,2024-01-01 02:00:00\n")
        explained = job.replace("STATEMENT SET", "EXECUTE STATEMENT SET", 1)
        planned = weir(program, folder, f"{TABLES}EXPLAIN STATE {explained};")
        weir(program, folder, f"{TABLES}CREATE JOB j AS {job};\n"
                              "WAIT FOR JOB j UNTIL IDLE TIMEOUT INTERVAL '30' SECOND;\nCHECKPOINT JOB j;\nSTOP JOB j;")
        checkpoints = glob.glob(os.path.join(folder, "data/jobs/*/checkpoints/chk-*"))
        if len(checkpoints) != 1:
            return f"{name}: {len(checkpoints)} checkpoints are left"
        saved = weir(program, folder, f"DESCRIBE SAVEPOINT '{checkpoints[0]}';")
        return None if planned and planned == saved else f"{name}: EXPLAIN STATE {planned}, the checkpoint {saved}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    program = os.path.abspath(parser.parse_args().weir)
    failures = [found for name, job in JOBS.items() if (found := check(program, name, job))]
    print("\n".join(failures), end="\n" if failures else "")
    print(f"files: {len(JOBS) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
