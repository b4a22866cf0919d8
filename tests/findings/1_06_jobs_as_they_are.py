#!/usr/bin/env python3
"""DROP JOB removes checkpoints wherever they are; SHOW CREATE JOB shows the options; key groups are not ignored."""
from lives import INSERT, TABLES, Lives, apart
from weir import check, contains, equal, true


def dropped(weir, job):
    for place in ("a", "b"):
        job.live(f"SET 'state.checkpoints.dir' = '{weir.path(place)}';")
        true(job.checkpoints(place), place)
    weir.ok("DROP JOB j;")
    for place in ("a", "b", "data/jobs"):
        equal(list(weir.path(place).iterdir()), [], place)


def dropped_while_away(weir, job):
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('a')}';")
    weir.path("a").rename(weir.path("b"))
    done = weir.ok("DROP JOB j;")
    contains(done.err, str(weir.path("a")), done)
    equal(list(weir.path("data/jobs").iterdir()), [])


def place_below(directory):
    """Of the job's checkpoints; beside it is what a killed process was working on."""
    return next(path for path in directory.iterdir() if not path.suffix)


def dropped_through_links(weir, job):
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('a')}';")
    place = place_below(weir.path("a"))
    weir.path("disk").mkdir()
    place.rename(weir.path("disk/place"))
    place.symlink_to(weir.path("disk/place"))
    done = weir.ok("DROP JOB j;")
    contains(done.err, f"{place} was a symbolic link and is removed; what it led to, {weir.path('disk/place')}, stays", done)
    equal(list(weir.path("a").iterdir()), [], done)
    true(list(weir.path("disk/place").iterdir()), "what a link leads to stays", done)
    job = Lives(weir, "k")
    job.live(f"SET 'state.checkpoints.dir' = '{weir.path('c')}';")
    place = place_below(weir.path("c"))
    (place / "shared").rename(weir.path("disk/more"))
    (place / "shared").symlink_to("../../disk/more")
    done = weir.ok("DROP JOB k;")
    contains(done.err, f"its checkpoints in {place} are removed", done)
    contains(done.err, f"{place}/shared was a symbolic link and is removed; what it led to, {weir.path('disk/more')}, stays", done)
    true(list(weir.path("disk/more").iterdir()), "what a link leads to stays", done)


def shown(weir, job):
    job.give()
    tables = TABLES.format(src=weir.path("in-j"), dst=weir.path("out-j"))
    named = f"CREATE JOB j WITH ('pipeline.max-parallelism' = '64', 'table.exec.state.ttl' = '1 h') AS {INSERT};"
    child = weir.start(tables + named)
    weir.wait_for(lambda: job.rows(), "a row", child=child)
    weir.kill(child)
    text = weir.ok("SHOW CREATE JOB j;").out
    for option in ("'pipeline.max-parallelism' = '64'", "'table.exec.state.ttl' = '1 h'"):
        contains(text, option)
    again = weir.run(tables + named.replace("'64'", "'128'"), "--timeout", "10")
    equal(again.code, 5, again)
    contains(again.err, "max-parallelism", again)
    equal(job.rows(), job.wanted())
    # What is shown can be typed: it goes on.
    job.give()
    child = weir.start(text)
    weir.wait_for(lambda: len(job.rows()) == 2, "the second row", child=child)
    weir.kill(child)
    equal(job.rows(), job.wanted())


check(lambda weir: apart(weir, dropped, dropped_while_away, dropped_through_links, shown))
