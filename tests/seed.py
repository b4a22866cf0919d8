"""The seed that a test with generated input draws from."""
import os
import random


def draw(said=0):
    """`said` if it is not 0; else WEIR_TEST_SEED, which `weirw test` sets from the number of commits, so that everybody
    who tests a commit tests the same, and the next commit something else; else a new one. Callers print it."""
    return said or int(os.environ.get("WEIR_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
