"""One run of the program over a script, as the random tests of this folder ask it."""
import os
import subprocess
import tempfile

BARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bare.yaml")


def run_in(folder, weir, script, options, form, environment=None, timeout=120):
    """The ended process, whose data directory is below `folder`. `environment` is added to that of this process."""
    command = [weir, "-q", "--no-progress", "--format", form, "--conf", BARE, "--data-dir", os.path.join(folder, "data")]
    for option in options:
        command += ["-D", option]
    return subprocess.run(command, input=script, capture_output=True, text=True, timeout=timeout, check=False,
                          env={**os.environ, **(environment or {})})


def run(weir, script, options, form, defect=None, timeout=120):
    """The same in a folder of its own, with a defect planted in weir_faulty if one is named."""
    with tempfile.TemporaryDirectory(prefix="weir-diff-") as folder:
        return run_in(folder, weir, script, options, form, {"WEIR_DEFECT": defect} if defect else None, timeout)


def answer(weir, script, options, form, timeout=120):
    """What it prints; ends this process if it fails."""
    done = run(weir, script, options, form, timeout=timeout)
    if done.returncode != 0:
        raise SystemExit(f"exit {done.returncode}: {done.stderr.strip()}\n{script}")
    return done.stdout
