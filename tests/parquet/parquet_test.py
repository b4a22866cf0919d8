#!/usr/bin/env python3
"""The format parquet: what pyarrow and DuckDB write is read, and the other way round. Both are installed from the package
index, beside the build; pyarrow also has the headers and libraries of which the module is made. The tests then run in
parquet_files.py, by the Python that has them."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "shell")]
import installed  # noqa: E402
from weir_shell import expect, program, run_all  # noqa: E402

MODULE = os.path.join(ROOT, "runtime", "connectors", "formats", "parquet", "arrow")


def libraries():
    return installed.place(HERE, program(), "requirements.txt", "parquet-python", [sys.executable, "-m", "venv", "PLACE"],
                           ["PLACE/bin/python", "-m", "pip", "install", "-q", "-r", "requirements.txt"])


def with_module(place):
    """A weir that has the module beside it; the one of the build need not have it."""
    there = os.path.join(place, "weir")
    os.makedirs(there, exist_ok=True)
    python = os.path.join(place, "bin", "python")
    arrow = subprocess.run([python, "-c", "import pyarrow; print(pyarrow.__path__[0])"], capture_output=True, text=True, check=True).stdout.strip()
    for command in (["cmake", "-G", "Ninja", "-S", MODULE, "-B", there, f"-DWEIR_ARROW={arrow}", "-DCMAKE_BUILD_TYPE=Release"],
                    ["cmake", "--build", there]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        expect(done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:])
    weir = os.path.join(there, os.path.basename(program()))
    if os.path.exists(weir):
        os.remove(weir)
    try:
        os.link(program(), weir)
    except OSError:
        shutil.copy2(program(), weir)
    return python, weir


def test_without_module(scratch):
    """A weir without Arrow says so when a table is made."""
    alone = os.path.join(scratch.path, "weir")
    shutil.copy2(program(), alone)
    scratch.write("x.parquet", "PAR1PAR1")
    for statement in ("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'parquet');", "SELECT * FROM 'x.parquet';",
                      "COPY (SELECT 1 AS a) TO 'y.parquet';"):
        done = subprocess.run([alone, "-c", statement], cwd=scratch.path, env=scratch.environment(), capture_output=True, text=True, check=False)
        expect("E1002" in done.stderr and "needs Apache Arrow" in done.stderr and "pyarrow" in done.stderr, done.stdout + done.stderr)


def test_the_program_has_no_copies(_):
    """Arrow finds its own names before the program's. A copy of one of the C++ library's variables that the program had
    for itself would then be another variable to Arrow."""
    relocations = subprocess.run(["readelf", "-rW", program()], capture_output=True, text=True, check=True).stdout
    expect("RELA" in relocations or "Relocation" in relocations, relocations[:200])
    copies = [line for line in relocations.splitlines() if "_COPY" in line]
    expect(not copies, "\n".join(copies[:10]))


if __name__ == "__main__":
    libraries_place, why = libraries()
    if why is not None:
        print(f"SKIPPED parquet.with_pyarrow: pyarrow cannot be installed: {why}")
        run_all(globals())
    python, weir = with_module(libraries_place)
    os.execv(python, [python, os.path.join(HERE, "parquet_files.py"), "--weir", weir, *sys.argv[3:]])
