#!/usr/bin/env python3
"""Makes the golden savepoints of a release, by the binary of that release, in a folder of tests/golden that has
the name of its version.

usage: release_goldens.py --weir WEIR [--commit COMMIT] [--only NAME]

Runs every job of tests/sql/evolve/golden.py under that binary to the middle of its input, and keeps a savepoint of it in
each format. The version is what `weir --version` says; with --commit, for a build that is no release, `-COMMIT` behind
it. release.json says which build it was and what every file holds; golden.py compares that, and continues each job under
the current build from then on. Nothing that is there is overwritten: goldens are never written anew.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/sql/evolve"))
import golden  # noqa: E402


def version_of(weir):
    done = subprocess.run([weir, "--version"], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--commit", default="", help="of a build that is no release")
    parser.add_argument("--only", default="", help="jobs whose names begin so, to try it")
    parser.add_argument("--into", default=str(golden.GOLDEN))
    arguments = parser.parse_args()
    weir = str(pathlib.Path(arguments.weir).resolve())
    name = version_of(weir) + ("-" + arguments.commit if arguments.commit else "")
    release = pathlib.Path(arguments.into) / name
    if release.exists():
        sys.exit(f"{release} is there: goldens are never written anew")
    cases = {case: one for case, one in golden.current().items() if case.startswith(arguments.only)}
    for case, one in cases.items():
        for layout, backend in golden.LAYOUTS:
            place = release / "savepoints" / f"{case}-{layout}-{backend}"
            with tempfile.TemporaryDirectory(prefix="weir-golden-") as directory:
                golden.write(weir, one, layout, backend, place, pathlib.Path(directory))
    golden.describe(release, name)
    print(f"{len(cases)} jobs, {len(cases) * len(golden.LAYOUTS)} savepoints in {release}")


if __name__ == "__main__":
    main()
