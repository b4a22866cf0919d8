"""A job with state over a watched folder, whose lives end by SIGKILL, for the tests of what it goes on from.

It keeps the first row of every number, so that a state that was lost shows as a number that comes twice.
"""
import shutil

from weir import KILLED, contains, equal, true

TABLES = """
CREATE TABLE src (n INT, at AS PROCTIME()) WITH ('connector' = 'filesystem', 'path' = '{src}', 'format' = 'csv',
  'source.monitor-interval' = '20 ms');
CREATE TABLE dst (n INT) WITH ('connector' = 'filesystem', 'path' = '{dst}', 'format' = 'csv');
SET 'execution.checkpointing.interval' = '50 ms';
"""
INSERT = """INSERT INTO dst SELECT n FROM (
  SELECT n, ROW_NUMBER() OVER (PARTITION BY n ORDER BY at) AS r FROM src) WHERE r = 1"""


def apart(weir, *cases):
    """Each case with a directory of its own."""
    for case in cases:
        own = weir.apart(case.__name__)
        case(own, Lives(own))


class Lives:
    """Rows are given one file at a time; `live` runs the job until they are out, and kills it."""

    def __init__(self, weir, name="j"):
        self.weir = weir
        self.name = name
        self.given = 0
        self.data = "data"

    def sql(self, settings=""):
        tables = TABLES.format(src=self.weir.path(f"in-{self.name}"), dst=self.weir.path(f"out-{self.name}"))
        return f"{tables}{settings}\nCREATE JOB {self.name} AS {INSERT};"

    def give(self):
        """A new number, and all that were there before once more."""
        self.given += 1
        text = "".join(f"{n}\n" for n in range(1, self.given + 1))
        self.weir.write(f"tmp/{self.name}.csv", text)
        folder = self.weir.path(f"in-{self.name}")
        folder.mkdir(exist_ok=True)
        shutil.move(self.weir.path(f"tmp/{self.name}.csv"), folder / f"{self.given:03}.csv")

    def rows(self):
        folder = self.weir.path(f"out-{self.name}")
        return self.weir.rows(f"out-{self.name}") if folder.exists() else []

    def wanted(self):
        return sorted(str(n) for n in range(1, self.given + 1))

    def live(self, settings="", cwd=None, about=""):
        """One life: a new row arrives, exactly once; then the process is killed. What it had said."""
        self.give()
        child = self.weir.start(self.sql(settings), data=self.data, cwd=cwd)
        self.weir.wait_for(lambda: len(self.rows()) >= self.given, f"row {self.given} {about}", child=child)
        done = self.weir.kill(child)
        equal(done.code, KILLED, done)
        equal(self.rows(), self.wanted(), f"{about}\n{done}")
        return done

    def refused(self, settings="", cwd=None, part="", about=""):
        """The job does not start: exit 5, nothing is written."""
        before = self.rows()
        child = self.weir.start(self.sql(settings), data=self.data, cwd=cwd)
        self.weir.wait_for(lambda: child.poll() is not None or self.rows() != before, "the end of a start")
        true(child.poll() is not None, f"it began anew: {self.rows()}, before {before}", about)
        done = self.weir.end(child)
        equal(done.code, 5, f"{about}\n{done}")
        contains(done.err, part, done)
        equal(self.rows(), before, f"{about}\n{done}")
        return done

    def records(self):
        return sorted(self.weir.path(self.data).glob("jobs/*/job"))

    def checkpoints(self, directory=None):
        """The job's own directory below `directory`, else in the data directory."""
        (record,) = self.records()
        if directory is None:
            return record.parent / "checkpoints"
        place = self.weir.path(directory) / record.parent.name
        true(place.exists(), f"no checkpoints in {place}")
        return place

    def newest(self):
        """The metadata of the newest checkpoint in the data directory: of the one that LATEST names."""
        number = (self.checkpoints() / "LATEST").read_text(encoding="ascii").split("\n")[1]
        return self.checkpoints() / f"chk-{number}" / "_metadata"
