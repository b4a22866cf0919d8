#!/usr/bin/env python3
"""DROP SAVEPOINT removes what the savepoint's metadata lists, then directories that are empty, and says what it left:
never other people's files beside it, nor anything behind a symbolic link."""
import os

from forge import FILE_PATH
from forged import copy, savepoints, Metadata
from weir import check, contains, equal, true


def body(weir):
    canonical, native = savepoints(weir)
    # Whole: all of it goes.
    for good in (canonical, native):
        whole = copy(good, "whole")
        weir.ok(f"DROP SAVEPOINT '{whole}';")
        equal(whole.exists(), False)

    # Other people's files.
    shared = copy(native, "shared")
    (shared / "thesis.tex").write_text("years of work\n")
    (shared / "shared" / "mine.txt").write_text("mine\n")
    (shared / "photos").mkdir()
    (shared / "photos" / "a.jpg").write_text("a\n")
    done = weir.ok(f"DROP SAVEPOINT '{shared}';")
    contains(done.err + done.out, "thesis.tex", done)
    contains(done.err + done.out, "photos/", done)
    equal(sorted(weir.tree(shared.relative_to(weir.directory))), ["photos", "photos/a.jpg", "shared", "shared/mine.txt",
                                                                   "thesis.tex"])
    equal((shared / "thesis.tex").read_text(), "years of work\n")

    # Through symbolic links: a directory of it, and a file of it.
    victim = weir.path("victim")
    victim.mkdir()
    listed = [entry[FILE_PATH].decode() for entry in Metadata.read(native).files]
    for path in listed:
        (victim / os.path.basename(path)).write_text("the victim's\n")
    linked = copy(native, "linked")
    os.rename(linked / "shared", linked / "was")
    os.symlink(victim, linked / "shared")
    own = next(path for path in listed if "/" not in path)
    (linked / own).unlink()
    os.symlink(victim / own, linked / own)
    done = weir.ok(f"DROP SAVEPOINT '{linked}';")
    equal(len(list(victim.iterdir())), len(listed), done)
    true(all(path.read_text() == "the victim's\n" for path in victim.iterdir()), "the victim's files changed", done)
    contains(done.err + done.out, own, done)

    # A forged list.
    for name in (str(victim / own), "../victim/" + own, "../../victim/" + own):
        forged = copy(canonical, "forged")
        metadata = Metadata.read(forged)
        metadata.describe(metadata.files[0], victim / own)
        metadata.rename(metadata.files[0], name.encode())
        metadata.write(forged)
        equal(weir.run(f"DROP SAVEPOINT '{forged}';").code, 4)
        true((victim / own).exists() and (forged / "_metadata").exists(), "something was removed")

    # By way of a symbolic link, which is the user's.
    real = copy(native, "real")
    os.symlink(real, weir.path("way"))
    done = weir.ok(f"DROP SAVEPOINT '{weir.path('way')}';")
    equal(list(real.iterdir()), [], done)
    contains(done.err + done.out, "symbolic link", done)


check(body)
