#!/usr/bin/env python3
"""One damaged or lost job record stands in nobody's way, is shown, and its job is not taken for one that never was."""
from lives import Lives, apart
from weir import check, contains, equal


def beside_others(weir, job):
    other = Lives(weir, "other")
    job.live()
    record = job.records()[0]
    whole = record.read_bytes()
    for bad in (b"", whole[:-1], b"WEIRJOB1" + b"x" * 50, None):
        record.unlink(missing_ok=True)
        if bad is not None:
            record.write_bytes(bad)
        shown = weir.ok("SHOW JOBS;")
        contains(shown.out, "DAMAGED", shown)
        contains(shown.out, "j ", shown)
        other.live(about="beside a damaged record")
        done = job.refused(part="E7001", about=str(bad))
        contains(done.err, "RESTORE JOB `j` FROM", done)
        contains(weir.ok("SHOW CREATE JOB j;").out, "INSERT INTO dst")
    record.write_bytes(whole)
    job.live(about="put back")


def restored(weir, job):
    job.live()
    newest = job.newest().parent
    job.records()[0].write_bytes(b"")
    job.give()
    child = weir.start(job.sql().split("CREATE JOB")[0] + f"RESTORE JOB j FROM '{newest}';")
    weir.wait_for(lambda: len(job.rows()) >= job.given, "the new row", child=child)
    weir.kill(child)
    equal(job.rows(), job.wanted())
    job.live(about="goes on as the restored one")


def dropped(weir, job):
    job.live()
    job.records()[0].write_bytes(b"")
    weir.ok("DROP JOB j;")
    equal(list(weir.path("data/jobs").iterdir()), [])


check(lambda weir: apart(weir, beside_others, restored, dropped))
