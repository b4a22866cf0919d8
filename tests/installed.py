"""What tests install from the package index or by Maven, kept beside the build."""
import hashlib
import os
import shutil
import subprocess

PATIENCE = 300


def place(folder, program, named, kind, *commands):
    """(the directory with what the file `named` of the folder names, why there is none). In commands, which run in the
    folder, PLACE is the directory."""
    with open(os.path.join(folder, named), "rb") as file:
        there = os.path.join(os.path.dirname(program), f"{kind}-{hashlib.sha256(file.read()).hexdigest()[:12]}")
    if os.path.exists(os.path.join(there, "complete")):
        return there, None
    shutil.rmtree(there, ignore_errors=True)
    os.makedirs(there)
    for command in commands:
        try:
            done = subprocess.run([part.replace("PLACE", there) for part in command], cwd=folder, capture_output=True, text=True,
                                  timeout=PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, str(error)
        if done.returncode != 0:
            return None, (done.stderr or done.stdout).strip().split("\n")[-1]
    with open(os.path.join(there, "complete"), "w", encoding="ascii"):
        pass
    return there, None
