"""With its standard output closed the program opened its lock file there: the answer went into the data directory, exit 0; with
standard input closed, the next start read that file as SQL."""
import subprocess

from weir import check, contains, equal


def body(weir):
    tables = ("CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'rows' = '\n1');\n"
              "CREATE TABLE o (a INT) WITH ('connector' = 'blackhole');\n")
    weir.ok(tables + "INSERT INTO o SELECT a FROM t;")
    lock = weir.path("data/LOCK")
    before = lock.read_bytes()
    for closed in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        shell = ["bash", "-c", f'exec "$@" {closed}', "weir", *weir.command("SHOW JOBS; SELECT 42 AS answer;")]
        done = subprocess.run(shell, cwd=weir.directory, capture_output=True, text=True, check=False, timeout=60)
        equal(lock.read_bytes(), before, closed)
        equal(done.returncode, 1 if ">&- " in closed + " " and not closed.startswith("2") else 0, f"{closed}: {done}")
    done = subprocess.run(["bash", "-c", 'exec "$@" >&-', "weir", *weir.command("SELECT 42 AS answer;")], cwd=weir.directory,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    contains(done.stderr, "E4005: standard output cannot be written")
    # Whatever file took the place of standard input would be read as a script.
    nothing = weir.command("")[:-2]
    done = subprocess.run(["bash", "-c", 'exec "$@" <&-', "weir", *nothing], cwd=weir.directory, capture_output=True, text=True,
                          check=False, timeout=60)
    equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "an empty script")


check(body)
