#!/usr/bin/env python3
"""What somebody sees who looks at a checkpoint's files from outside.

usage: checkpoint_files.py --state-test PROGRAM
Has CheckpointDirectoryTest leave a job's directory behind (WEIR_KEEP_DIRECTORY) and checks, with RocksDB's sst_dump:
the tables in shared/ hold one row a key, ordered by key group; _metadata has the same size for few keys and
for many; files that did not change keep their inode from one checkpoint to the next; and what a checkpoint
writes, as the operating system counts it, follows the rows that changed. Without sst_dump (package
rocksdb-tools) the first check is skipped, and said to be.
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile


def fail(text):
    print("checkpoint_files: " + text, file=sys.stderr)
    sys.exit(1)


def check_tables(directory):
    if shutil.which("sst_dump") is None:
        print("SKIPPED checkpoint_files.tables: sst_dump is not installed (package rocksdb-tools)")
        return
    rows, files = 0, 0
    for path in sorted(glob.glob(directory + "/shared/*.sst")):
        text = subprocess.run(["sst_dump", "--file=" + path, "--command=scan", "--output_hex"],
                              capture_output=True, text=True, check=True).stdout
        keys = re.findall(r"^'([0-9A-F]+)' seq:\d+, type:1 =>", text, re.M)
        groups = [int(key[:4], 16) for key in keys]
        if len(set(keys)) != len(keys):
            fail(f"a key twice in {path}")
        if keys and keys[0][:2] in ("43", "53"):  # bookkeeping: C and S records
            continue
        if groups != sorted(groups) or keys != sorted(keys):
            fail(f"not in the order of key groups: {path}")
        rows, files = rows + len(keys), files + 1
    print(f"{files} tables hold {rows} rows, each key once in its table, by key group")
    if rows == 0:
        fail("no rows")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--state-test", required=True)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-files-") as directory:
        environment = {**os.environ, "WEIR_KEEP_DIRECTORY": directory}
        subprocess.run([options.state_test, "--gtest_brief=1", "--gtest_filter=CheckpointDirectoryTest.*"],
                       env=environment, check=True, stdout=sys.stderr)
        with open(directory + "/written.json", encoding="ascii") as file:
            steps = json.load(file)
        check_tables(directory + "/job")
    by_name = {step["name"]: step for step in steps}
    for step in steps:
        print("{name}: {rows} rows changed, {dirty} bytes of new files, {written} bytes written, "
              "_metadata {metadata}, {same} files unchanged with their inode".format(**step))
    few, many = by_name["few"], by_name["many"]
    if abs(by_name["first"]["metadata"] - many["metadata"]) > 1000:
        fail("_metadata grows with keys")
    if few["same"] == 0 or many["same"] == 0:
        fail("no file was kept from the checkpoint before")
    if few["written"] * 4 > many["written"]:
        fail("what is written does not follow the rows that changed")
    if few["written"] * 10 > by_name["first"]["written"]:
        fail("a few changed rows cost nearly as much as all")


if __name__ == "__main__":
    main()
