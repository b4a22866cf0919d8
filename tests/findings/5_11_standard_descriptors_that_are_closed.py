"""With its standard output closed the program opened its lock file there: the answer went into the data directory, exit 0; with
standard input closed, the next start read that file as SQL."""
import subprocess

from weir import check, contains, equal


def body(weir):
    weir.ok("SELECT 1;")
    lock = weir.path("data/LOCK")
    before = lock.read_bytes()
    for closed in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        shell = ["bash", "-c", f'exec "$@" {closed}', "weir", *weir.command("SELECT 42 AS answer;")]
        done = subprocess.run(shell, cwd=weir.directory, capture_output=True, text=True, check=False, timeout=60)
        equal(lock.read_bytes(), before, closed)
        equal(done.returncode, 1 if ">&- " in closed + " " and not closed.startswith("2") else 0, f"{closed}: {done}")
    done = subprocess.run(["bash", "-c", 'exec "$@" >&-', "weir", *weir.command("SELECT 42 AS answer;")], cwd=weir.directory,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    contains(done.stderr, "E4005: standard output cannot be written")


check(body)
