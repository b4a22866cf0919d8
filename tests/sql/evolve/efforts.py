"""How many random edits it takes to find planted defects, for the generators of edits."""
import collections
import concurrent.futures
import statistics


def planted(arguments, names, within, effort):
    """Each defect is found, by `effort(arguments, defect, seed, within)`: (edits, kinds of the one that shows it, seconds), or None.
    Prints each, and medians over seeds; the exit code."""
    cases = [(plant, seed) for plant in names for seed in range(arguments.seed, arguments.seed + arguments.seeds)]
    missed, efforts = 0, collections.defaultdict(list)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for (plant, seed), found in zip(cases, pool.map(lambda case: effort(arguments, *case, within), cases)):
            if found is None:
                missed += 1
                print(f"FAIL {plant}, seed {seed}: not within {within} edits", flush=True)
                continue
            count, kinds, seconds = found
            print(f"{plant}, seed {seed}: {count} edits, {seconds:.0f} s, by {'+'.join(kinds)}", flush=True)
            efforts[plant].append((count, seconds))
    for plant, found in efforts.items() if arguments.seeds > 1 else ():
        counts, seconds = zip(*found)
        print(f"MEDIAN {plant}: {statistics.median(counts):.0f} edits, {statistics.median(seconds):.0f} s, {len(found)} of "
              f"{arguments.seeds} seeds", flush=True)
    print(f"files: {len(cases) - missed} passed, {missed} failed")
    return 1 if missed else 0
