"""What becomes of a job's directories between its lives: moved, said otherwise, their small files lost."""
import glob
import os
import re
import shutil

import jobs

GARBAGE = b"weir-latest 1\n1\n00000000\n"


class Places:
    """Changes a job (jobs.py) in ways that a start must take: the rows are the same."""

    def __init__(self, job, chance):
        self.job, self.chance, self.number = job, chance, 0
        self.relative = ""  # what was said of the place, if it is relative

    def next_path(self, name):
        self.number += 1
        return os.path.join(self.job.directory, "root", f"{name}-{self.number}")

    def change(self):
        """One change, by its name."""
        change = self.chance.choice((self.move, self.say_another, self.say_nothing, self.work_elsewhere, self.lose, self.lose))
        return change()

    def move(self):
        """The data directory is elsewhere, and what is below it with it."""
        path = self.next_path("data")
        if os.path.isdir(self.job.data):
            os.rename(self.job.data, path)
        self.job.data = path
        return "data directory moved"

    def say_another(self):
        path = self.next_path("checkpoints")
        self.job.places.append(path)
        written = self.chance.choice((path, "file://" + path, "file:" + path,
                                      os.path.relpath(path, self.job.cwd)))
        self.relative = "" if ":" in written or os.path.isabs(written) else written
        self.job.settings = f"SET 'execution.checkpointing.dir' = '{written}';"
        return "another checkpoint directory"

    def work_elsewhere(self):
        """Another working directory; a place that was said relative to the last one stays where it is once it was used."""
        if self.job.relative:
            return "nothing to lose"
        self.job.cwd = self.next_path("work")
        os.mkdir(self.job.cwd)
        if self.relative:
            self.job.places.append(os.path.normpath(os.path.join(self.job.cwd, self.relative)))
        return "another working directory"

    def say_nothing(self):
        self.job.settings, self.relative = "", ""
        return "no checkpoint directory said"

    def lose(self):
        """LATEST or NEXT-ID of one place is missing or broken."""
        found = [path for place in self.job.checkpoints() for name in ("LATEST", "NEXT-ID")
                 for path in glob.glob(os.path.join(place, name))]
        if not found:
            return "nothing to lose"
        path = self.chance.choice(found)
        os.remove(path)
        kind = self.chance.choice(("missing", "empty", "broken"))
        if kind != "missing":
            with open(path, "wb") as file:
                file.write(GARBAGE if kind == "broken" else b"")
            self.job.broken.add(os.stat(path).st_ino)
        return f"{os.path.basename(path)} lost"


class Hidden:
    """All of a job's checkpoints are away while this is entered, as on a disk that is not mounted."""

    def __init__(self, job):
        self.job, self.moved = job, []

    def __enter__(self):
        for place in self.job.checkpoints():
            away = os.path.join(self.job.directory, f"away-{len(self.moved)}")
            os.rename(place, away)
            self.moved.append((away, place))
        return self

    def __exit__(self, *_):
        for away, place in self.moved:
            shutil.rmtree(place, ignore_errors=True)
            os.rename(away, place)


class Yesterday:
    """A copy of a job's data directory that is older than its output. Only of jobs that keep all of their checkpoints in
    it: others go on from the newest, whatever their record says."""

    def __init__(self, job):
        self.job, self.copy = job, os.path.join(job.directory, "yesterday")
        self.newest = 0

    def take(self):
        """Now, unless there is one."""
        if self.newest or not self.job.has_checkpoint():
            return
        shutil.copytree(self.job.data, self.copy)
        found = [path for place in self.job.checkpoints() for path in glob.glob(os.path.join(place, "chk-*", "_metadata"))]
        self.newest = max(int(path.split("/")[-2][len("chk-"):]) for path in found)

    def is_older(self):
        """Whether the output says that more was committed than the copy knows of. After a power failure it may not."""
        return bool(self.newest) and not self.job.places and self.newest < self.committed()

    def committed(self):
        numbers = [0]
        for mark in glob.glob(os.path.join(self.job.out, "*", ".weir-committed-*[0-9a-f]")):
            with open(mark, encoding="ascii", errors="replace") as file:
                lines = file.read().split("\n")
            numbers += [int(line.split(" ")[1]) for line in lines[1:-2] if re.fullmatch(r"[0-9a-f]{32} \d+ \d+", line)]
        return max(numbers)

    def __enter__(self):
        os.rename(self.job.data, self.job.data + "-today")
        os.rename(self.copy, self.job.data)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.job.data)
        os.rename(self.job.data + "-today", self.job.data)
        self.newest = 0


CONTENTS = 4  # the version of metadata that has contents of files
PROMISED = re.compile(rb"v2 file \d+\t[^\t]*\t(part-[0-9a-f]+-\d+-\d+-\d+)\.")


class Damage:
    """Rot in the newest checkpoint of a job that has an older one."""

    def __init__(self, job, path):
        self.job, self.path = job, path
        self.metadata = os.path.join(path, "_metadata")
        with open(self.metadata, "rb") as file:
            metadata = file.read()
        self.promised = {name.decode() for name in PROMISED.findall(metadata)}
        # Small files of such metadata are read out of it, even where a killed process has left them on disk.
        self.least = jobs.INLINED_BYTES + 1 if metadata[8] == CONTENTS else 1
        self.damaged, self.whole = "", b""

    @staticmethod
    def of(job):
        """None where there is no such checkpoint, or nobody can say which is the newest."""
        found = job.checkpoints()
        if len(found) != 1 or not os.path.exists(os.path.join(found[0], "LATEST")):
            return None
        with open(os.path.join(found[0], "LATEST"), encoding="ascii") as file:
            lines = file.read().split("\n")
        if len(lines) < 3 or os.stat(file.name).st_ino in job.broken:
            return None
        whole = [int(os.path.dirname(path).rpartition("-")[2]) for path in glob.glob(os.path.join(found[0], "chk-*/_metadata"))
                 if not os.path.exists(os.path.join(os.path.dirname(path), "passed-over"))]
        newest = int(lines[1])
        older = [number for number in whole if number < newest]
        return Damage(job, os.path.join(found[0], f"chk-{newest}")) if newest in whole and older else None

    def committed(self):
        """Whether readers may have seen output that only this checkpoint promises."""
        waiting = {name for _, _, names in os.walk(self.job.out) for name in names}
        return any(f".{name}.inprogress" not in waiting for name in self.promised)

    def do(self, chance, metadata):
        """Flips a bit of its metadata, or of a file of its state that no other checkpoint has."""
        names = sorted(name for name in os.listdir(self.path) if name != "_metadata" and
                       os.path.getsize(os.path.join(self.path, name)) >= self.least)
        if not metadata and not names:
            return False
        self.damaged = self.metadata if metadata else os.path.join(self.path, chance.choice(names))
        with open(self.damaged, "rb") as file:
            self.whole = file.read()
        at = chance.randrange(len(self.whole))
        self.write(self.whole[:at] + bytes([self.whole[at] ^ 1 << chance.randrange(8)]) + self.whole[at + 1:])
        return True

    def mend(self):
        self.write(self.whole)

    def write(self, data):
        os.remove(self.damaged)  # it may be linked
        with open(self.damaged, "wb") as file:
            file.write(data)
