"""Whoever puts files into a folder that a job watches: one after the other, each whole under its name at once, with
pauses, whether the job lives, dies or is restored meanwhile."""
import os
import threading


class Feeder:
    """Puts `texts` as <number>.csv; begins at once, or when `after` has put all of its own, and counts on from there."""

    def __init__(self, folder, texts, chance, longest_pause, after=None):
        self.folder, self.texts, self.after = str(folder), texts, after
        self.first = after.first + len(after.texts) if after else 0
        self.pauses = [chance.uniform(0, longest_pause) if chance.random() < 0.7 else 0 for _ in texts]
        os.makedirs(self.folder, exist_ok=True)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.put)
        self.thread.start()

    def put(self):
        if self.after:
            self.after.thread.join()
        for number, (text, pause) in enumerate(zip(self.texts, self.pauses), start=self.first):
            if self.stopped.wait(pause):
                return
            hidden = os.path.join(self.folder, f".{number}")
            with open(hidden, "w", encoding="ascii") as file:
                file.write(text)
            os.rename(hidden, os.path.join(self.folder, f"{number}.csv"))

    def done(self):
        """Whether all files are there."""
        return not self.thread.is_alive()

    def stop(self):
        self.stopped.set()
        self.thread.join()
