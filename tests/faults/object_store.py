"""Checkpoints and savepoints in an object store (object_files.h), for the storms that are run with --objects: without
renames, with late lists, and with answers that take their time. What jobs work on is on a disk, and so is their output:
to make that visible takes a rename."""
import os

LATE_MILLIS = 2000  # are lists
SLOW = 50  # milliseconds of an answer
TIMEOUT = 600  # seconds of a start, which asks the store thousands of times


class ObjectStore:
    """A store below `directory`, and the directory for what jobs work on beside it."""

    def __init__(self, directory):
        self.place, self.local = (os.path.join(directory, name) for name in ("objects", "local"))
        os.makedirs(self.local)

    def settings(self):
        """What a script says so that its jobs use it."""
        return (f"SET 'execution.checkpointing.dir' = '{self.place}';\n"
                f"SET 'state.backend.rocksdb.localdir' = '{self.local}';\n")

    def environment(self, answer=0):
        """Of a process that uses it; `answer` milliseconds each request takes."""
        return {"WEIR_OBJECTS": self.place, "WEIR_OBJECTS_LATE": str(LATE_MILLIS), "WEIR_OBJECTS_ANSWER": str(answer)}


def draw_answer(chance, had_slow, short):
    """Milliseconds of the answers of a start. In a short run one start with slow ones is enough."""
    return chance.choice((0, 5) if short and had_slow else (0, 5, SLOW))
