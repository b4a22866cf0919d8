#!/usr/bin/env python3
"""That commits in a row run every slice of every suite, and every test (slices.tsv, turns.tsv)."""
import unittest

import slices


class Slices(unittest.TestCase):
    def test_every_slice_has_its_turn(self):
        for suite, (count, _) in slices.table().items():
            every, _ = slices.turns().get(suite, (1, 0))
            with self.subTest(suite=suite):
                done = {slices.slice_of(suite, turn) for turn in range(count * every) if suite not in slices.others(turn)}
                self.assertEqual(done, set(range(count)))

    def test_every_test_has_its_turn(self):
        for name, (every, _) in slices.turns().items():
            with self.subTest(test=name):
                self.assertEqual(sum(name not in slices.others(turn) for turn in range(100, 100 + every)), 1)

    def test_no_turn_has_much_more_than_another(self):
        for every in {every for every, _ in slices.turns().values()}:
            counts = [sum(length == every and turn % every == rest for length, rest in slices.turns().values())
                      for turn in range(every)]
            self.assertLessEqual(max(counts) - min(counts), 1, f"one in {every}")


if __name__ == "__main__":
    unittest.main()
