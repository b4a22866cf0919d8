"""Whoever reads a job's output: looks at its directories all the time and takes finished files away, while the job
lives, when it is dead, and when it goes on elsewhere.

What a reader sees is whole and never changes, and what a start accepts as taken away, this one has taken.
"""
import gzip
import os
import random
import re
import shutil
import tarfile
import threading

PART = re.compile(r"part-([0-9a-f]+)-(\d+)-(\d+)-(\d+)\.(\w+)$")
ACCEPTED = re.compile(r"accepted as committed and taken away by a reader: (\S+)")
HOW = ("moved", "deleted", "packed", "archived")


class Wrong(Exception):
    """The output is not what it must be."""


class Consumer:
    """Of the directories below `out`. Files that were taken are in `taken` with their text; `did` counts how."""

    def __init__(self, out, archive, seed, did, cleans=False):
        self.out, self.archive, self.did = str(out), str(archive), did
        self.cleans = cleans  # planted: also removes files in progress
        self.chance = random.Random(seed)
        self.taken = {}       # path -> text
        self.polled = {}      # path -> text of a file that some reader saw
        self.wrong = None     # what the thread found
        self.ended = threading.Event()
        self.thread = None

    # --- while a process runs -----------------------------------------------------------------------

    def begin(self, takes):
        """Looks from now on, until `end`. Not while the power may fail, when files are put back by and by, and what
        was moved would be lost, too."""
        self.ended.clear()
        self.thread = threading.Thread(target=self.attend, args=(takes,))
        self.thread.start()

    def end(self):
        self.ended.set()
        if self.thread:
            self.thread.join()
        if self.wrong:
            raise self.wrong

    def attend(self, takes):
        try:
            while not self.ended.wait(0.003):
                self.look(takes)
        except Wrong as wrong:
            self.wrong = wrong

    # --- one look -----------------------------------------------------------------------------------

    def look(self, takes):
        """Reads what is new, and takes some of it."""
        for directory, _, names in os.walk(self.out):
            for name in names:
                path = os.path.join(directory, name)
                if self.cleans and name.endswith(".inprogress") and self.chance.random() < 0.02:
                    self.remove(path)
                if not PART.match(name):
                    continue
                if path not in self.polled or self.chance.random() < 0.01:
                    self.read(path)
                if takes and path not in self.taken and self.chance.random() < 0.3:
                    self.take(path)

    @staticmethod
    def remove(path):
        try:
            os.remove(path)
        except FileNotFoundError:
            pass

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if not text.endswith("\n"):
            raise Wrong(f"a reader saw a part of a file: {path}: {text[-40:]!r}")
        if self.polled.setdefault(path, text) != text:
            raise Wrong(f"a file changed while it was visible: {path}")

    def take(self, path):
        how = self.chance.choice(HOW)
        self.read(path)
        self.taken[path] = self.polled[path]
        self.did[f"files {how}"] += 1
        os.makedirs(self.archive, exist_ok=True)
        if how == "moved":
            return shutil.move(path, os.path.join(self.archive, f"{len(self.taken)}-{os.path.basename(path)}"))
        if how == "packed":
            with gzip.open(path + ".gz", "wb") as file:
                file.write(self.taken[path].encode())
        elif how == "archived":
            with tarfile.open(os.path.join(self.archive, "all.tar"), "a") as tar:
                tar.add(path)
        return os.remove(path)

    # --- what must hold -----------------------------------------------------------------------------

    def check_accepted(self, errors):
        """`errors`: what a start said."""
        for path in ACCEPTED.findall(errors):
            self.did["files accepted"] += 1
            if path not in self.taken:
                raise Wrong(f"accepted as taken away, and nobody took it: {path}")

    def check_polled(self):
        """When no process runs, and all that was promised is visible: nothing that was seen is gone."""
        gone = [path for path in self.polled if path not in self.taken and not os.path.exists(path)]
        if gone:
            raise Wrong(f"what a reader saw was withdrawn: {gone[0]}")

    def lines(self, directory):
        """Lines of the files that were taken from a directory."""
        return [line for path, text in self.taken.items() if os.path.dirname(path) == str(directory)
                for line in text.splitlines()]
