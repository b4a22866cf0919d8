"""Rows that queries are given, and changelogs as the connector print and our format changelog write them."""
import os
import re
import subprocess
import tempfile

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../bare.yaml")


def put(folder, name, rows):
    """A file of CSV below in/, which is there at once."""
    directory = os.path.join(folder, "in")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "." + name), "w", encoding="utf-8") as file:
        file.write("".join(",".join(map(str, row)) + "\n" for row in rows))
    os.rename(os.path.join(directory, "." + name), os.path.join(directory, name))


def changes_here(weir, rows, script):
    """The changelog of a SELECT here over these rows; `script`: tables and query, by the folder that in/ is in."""
    with tempfile.TemporaryDirectory() as folder:
        put(folder, "a.csv", rows)
        done = subprocess.run([weir, "-q", "--no-progress", "--format", "changelog", "--conf", BARE, "--data-dir", os.path.join(folder, "data"),
                               "-c", script(folder) + ";\n"], text=True, capture_output=True, timeout=120, cwd=folder, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return re.findall(r"^[+-][IUD]\[.*\]$", done.stdout, re.M)


def folded(changes):
    """The rows that are left of changes like "+U[1, a]", sorted."""
    counts = {}
    for change in changes:
        kind, row = change[:2], change[2:]
        counts[row] = counts.get(row, 0) + (1 if kind in ("+I", "+U") else -1)
    return sorted(row for row, count in counts.items() for _ in range(max(count, 0)))
