#!/usr/bin/env python3
"""A job goes on from its checkpoint whatever became of the place's name: said otherwise, relative, a URL, moved."""
from lives import apart
from weir import check, true


def another_directory(weir, job):
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('a')}';")
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('b')}';", about="into another directory")
    true(list(job.checkpoints("b").glob("chk-*/_metadata")), "new checkpoints go to the new directory")
    job.live(about="and nothing said any more")
    job.live(f"SET 'execution.checkpointing.dir' = '{weir.path('a')}';", about="and back")


def from_the_data_directory(weir, job):
    job.live()
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('a')}';", about="out of the data directory")
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('a')}';", about="again")


def another_working_directory(weir, job):
    relative = "SET 'state.checkpoints.dir' = 'ckpt';"
    job.data = str(weir.path("data"))
    weir.path("w1").mkdir()
    weir.path("w2").mkdir()
    job.live(relative, cwd="w1")
    job.live(relative, cwd="w2", about="relative, from elsewhere")
    true(not weir.path("w2/ckpt").exists(), "a job's directory is fixed at its first start")
    weir.path("w1").rename(weir.path("w3"))
    job.live(relative, cwd="w3", about="relative, and moved with the working directory")


def urls(weir, job):
    for form in ("file://{}", "file:{}", "{}", "FILE://localhost{}"):
        job.live(f"SET 'state.checkpoints.dir' = '{form.format(weir.path('a b'))}';", about=form)
    true(not weir.path("file:").exists(), "no directory is named file:")


def lost_files(weir, job):
    for name in ("LATEST", "NEXT-ID", "NEXT-ATTEMPT"):
        for bad in (None, b"", b"weir-latest 1\n7\n00000000\n"):
            job.live(about=f"{name} {bad}")
            (job.checkpoints() / name).unlink()
            if bad is not None:
                (job.checkpoints() / name).write_bytes(bad)
    job.live(about="at last")


def moved_data(weir, job):
    job.live()
    job.live(about="in its place")
    weir.path("data").rename(weir.path("elsewhere"))
    job.data = "elsewhere"
    job.live(about="moved")
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('elsewhere/own')}';", about="below the data directory")
    weir.path("elsewhere").rename(weir.path("again"))
    job.data = "again"
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('again/own')}';", about="that, moved as well")


def moved_checkpoints(weir, job):
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('a')}';")
    weir.path("a").rename(weir.path("b"))
    job.refused(f"SET 'state.checkpoints.dir' = '{weir.path('a')}';", part=str(weir.path("a")))
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('b')}';", about="said where they are now")


check(lambda weir: apart(weir, another_directory, from_the_data_directory, another_working_directory, urls, lost_files,
                         moved_data, moved_checkpoints))
