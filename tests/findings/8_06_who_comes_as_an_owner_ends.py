#!/usr/bin/env python3
"""A statement that comes as the owner of the directory ends is executed elsewhere; several at once all are."""
import subprocess
import time

from weir import Done, check, contains, equal

ROUNDS, AT_ONCE = 8, 4


def script(weir, *first):
    """A program that executes `first`, and then what comes by standard input, once that has ended."""
    child = subprocess.Popen([weir.program, "-q", "--no-progress", "--catalog", "--data-dir", "data", *first, "-f", "-"], cwd=weir.directory,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    weir.started.append(child)
    return child


def finish(child, text):
    out, err = child.communicate(text, timeout=60)
    return Done(child.returncode, out, err)


def one_that_waited(weir):
    """It has a session in a process that ends, and has executed nothing there."""
    owner = script(weir, "-c", "CREATE TABLE a (n INT) WITH ('connector' = 'blackhole'); SELECT 'owns';")
    weir.wait_for(lambda: "owns" in owner.stdout.readline(), "it owns", child=owner)
    attached = script(weir)
    used = script(weir, "-c", "SET 'parallelism.default' = '2'; SELECT 'used';")
    weir.wait_for(lambda: "used" in used.stdout.readline(), "it is used", child=used)
    time.sleep(1)
    equal(attached.poll(), None, "it reads")
    done = finish(owner, "")
    equal(done.code, 0, done)
    # What was SET was there alone.
    done = finish(used, "SELECT 1 AS one;")
    equal(done.code, 2, done)
    contains(done.err, "E4007", done)
    contains(done.err, "was not executed", done)
    done = finish(attached, "CREATE TABLE b (n INT) WITH ('connector' = 'blackhole'); SHOW TABLES;")
    equal((done.code, done.err), (0, ""), done)
    for name in ("a", "b"):
        contains(done.out, f" {name} ", done)


def many_at_once(weir):
    for turn in range(ROUNDS):
        started = [weir.spawn([weir.program, "-q", "--data-dir", f"d{turn}", "-c",
                               f"CREATE TABLE t{i} (a INT) WITH ('connector' = 'blackhole'); SHOW TABLES;"]) for i in range(AT_ONCE)]
        for i, child in enumerate(started):
            done = weir.end(child)
            equal(done.code, 0, done)
            contains(done.out, f"t{i}", done)
        kept = sorted(path.name for path in weir.path(f"d{turn}/catalog/default_catalog/default_database").iterdir())
        equal(kept, [f"t{i}.table" for i in range(AT_ONCE)])


def body(weir):
    one_that_waited(weir)
    many_at_once(weir)


check(body)
