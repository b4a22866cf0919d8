"""A file beyond RLIMIT_FSIZE ended the process by SIGXFSZ, with every job in it and without a word. It is a write that fails."""
import resource
import subprocess

from weir import check, contains, equal

BYTES = 40 << 10


def body(weir):
    weir.write("in/0.csv", "".join(f"{i}\n" for i in range(20_000)))
    sql = ("CREATE TABLE s (n INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');\n"
           "CREATE TABLE o (n INT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');\n"
           "SET 'restart-strategy.type' = 'none'; SET 'table.dml-sync' = 'true';\nINSERT INTO o SELECT n FROM s;")
    done = subprocess.run(weir.command(sql), cwd=weir.directory, capture_output=True, text=True, check=False, timeout=60,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES)))
    equal(done.returncode, 4, done)
    contains(done.stderr, "(File too large)")
    equal(weir.rows("out"), [])


check(body)
