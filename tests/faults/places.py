"""What becomes of a job's directories between its lives: moved, said otherwise, their small files lost."""
import glob
import os
import shutil

GARBAGE = b"weir-latest 1\n1\n00000000\n"


class Places:
    """Changes a job (jobs.py) in ways that a start must take: the rows are the same."""

    def __init__(self, job, chance):
        self.job, self.chance, self.number = job, chance, 0

    def next_path(self, name):
        self.number += 1
        return os.path.join(self.job.directory, "root", f"{name}-{self.number}")

    def change(self):
        """One change, by its name."""
        change = self.chance.choice((self.move, self.say_another, self.say_nothing, self.lose, self.lose))
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
                                      os.path.relpath(path, os.path.dirname(self.job.directory))))
        self.job.settings = f"SET 'execution.checkpointing.dir' = '{written}';"
        return "another checkpoint directory"

    def say_nothing(self):
        self.job.settings = ""
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
