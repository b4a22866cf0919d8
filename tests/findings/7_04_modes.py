#!/usr/bin/env python3
"""State, job records and savepoints are for their owner alone, whatever the umask; state.file-mode shares them; the
output of queries has what the umask leaves."""
import os
import stat

from forged import QUERY, tables
from weir import check, equal, true


def modes(root):
    """(modes of files, modes of directories) below and at a directory."""
    files, directories = set(), {stat.S_IMODE(os.stat(root).st_mode)}
    for place, names, leaves in os.walk(root):
        directories |= {stat.S_IMODE(os.stat(os.path.join(place, name)).st_mode) for name in names}
        files |= {stat.S_IMODE(os.stat(os.path.join(place, leaf)).st_mode) for leaf in leaves}
    return files, directories


def run(weir, place, umask, *options):
    """A job with checkpoints and savepoints of both formats below `place`, its state left behind."""
    old = os.umask(umask)
    try:
        os.mkdir(weir.path(place))
        weir.write("in/a.csv", "1,1\n2,2\n")
        backends = ("rocksdb", "memory")
        for backend in backends:
            sql = tables(weir).replace("/out'", f"/{place}/output-{backend}/deep'")
            weir.ok(f"{sql} SET 'execution.checkpointing.interval' = '50 ms'; SET 'state.backend.type' = '{backend}'; "
                    f"CREATE JOB j AS {QUERY}; WAIT FOR JOB j UNTIL IDLE; SAVEPOINT JOB j AS c{backend} TO '{place}/saved/{backend}'; "
                    f"SAVEPOINT JOB j TO '{place}/native/{backend}' FORMAT NATIVE; STOP JOB j;", *options, data=f"{place}/{backend}")
    finally:
        os.umask(old)
    return [f"{place}/{name}" for name in backends + ("saved", "native")], [f"{place}/output-{name}" for name in backends]


def body(weir):
    for umask in (0, 0o022, 0o077):
        own, output = run(weir, f"umask{umask:o}", umask)
        for place in own:
            equal(modes(weir.path(place)), ({0o600}, {0o700}), place)
        for place in output:
            equal(modes(weir.path(place)), ({0o666 & ~umask}, {0o777 & ~umask}), place)
    own, output = run(weir, "shared", 0o077, "-D", "state.file-mode=0640")
    for place in own:
        files, directories = modes(weir.path(place))
        equal(files - {0o600}, {0o640}, place)  # LOCK is nobody else's
        equal(directories, {0o750}, place)
    equal(modes(weir.path(output[0])), ({0o600}, {0o700}))
    refused = weir.run("SET 'state.file-mode' = '0777';")
    true(refused.code != 0 and "E6001" in refused.err, "a mode that is none is taken", refused)


check(body)
