#!/usr/bin/env python3
"""Runs random MATCH_RECOGNIZE over random rows through Weir and through a matcher that tries everything, and compares.

usage: patterns.py --weir build/weir [--seed N] [--count N] [--case N] [--plant]
The matcher walks the pattern as it is written, in SQL:2016's order of preference, from each row anew and with
backtracking; it shares nothing with the operator, which follows all runs at once. Some patterns end in a greedy
quantifier or have alternatives, PERMUTE and SUBSET; conditions look back, forward to none, and aggregate. Half of them
have what Flink has not: PREV, NEXT, CLASSIFIER, MATCH_NUMBER, all rows of a match with RUNNING and FINAL, {- … -}, ^, $
and a second column in ORDER BY. Prints the seed and the first difference with its rows. --plant: the matcher takes greedy for reluctant, which must be found.
"""
import argparse
import collections
import dataclasses
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import program  # noqa: E402
import seed as seeds  # noqa: E402

VARIABLES = "ABCD"
IN_ONE_SCRIPT = 25
MOST_STEPS = 20_000
MUST = ["greedy", "reluctant", "alternatives", "PERMUTE", "SUBSET", "WITHIN", "kToNextRow", "kPastLastRow", "kToFirst",
        "kToLast", "looks back", "aggregates", "several rows", "ends greedy", "all rows", "PREV", "NEXT", "CLASSIFIER",
        "MATCH_NUMBER", "FINAL", "exclude", "^", "$", "second order", "PREV in DEFINE", "CLASSIFIER in DEFINE"]


class TooMany(Exception):
    """The matcher took too many steps."""


class Refused(Exception):
    """What the query does is an error while it runs."""


@dataclasses.dataclass(frozen=True)
class Row:
    id: int
    k: str
    n: object
    v: str
    t: int  # seconds
    partition: list = dataclasses.field(default_factory=list, compare=False, repr=False)  # all its rows, in order


class Taken(str):
    """The variable that a row was taken as."""
    excluded = False


def excluded(variable):
    taken = Taken(variable)
    taken.excluded = True
    return taken


def beside(row, by):
    """The row that is so many behind another one; None where the partition has none there."""
    if row is None:
        return None
    place = row.partition.index(row) + by
    return row.partition[place] if 0 <= place < len(row.partition) else None


def id_of(row):
    return None if row is None else row.id


# --- patterns: ("var", name), ("seq"|"alt"|"permute", parts), ("times", part, least, most or None, greedy),
# ("exclude", part) ----------------------------------------------------------------------------------------------------
def make_pattern(chance, depth, excludes=False):
    weights = [4, 4, 2, 5, 0.6, 1.5 if excludes else 0]
    kind = chance.choices(["var", "seq", "alt", "times", "permute", "exclude"], weights)[0] if depth else "var"
    if kind == "exclude":
        return (kind, make_pattern(chance, depth - 1, excludes))
    if kind == "var":
        return ("var", chance.choice(VARIABLES))
    if kind == "times":
        least, most = chance.choice([(0, None), (1, None), (0, 1), (2, 2), (1, 3), (0, 2), (2, None)])
        return ("times", make_pattern(chance, depth - 1, excludes), least, most, chance.random() < 0.6)
    return (kind, [make_pattern(chance, depth - 1, excludes) for _ in range(chance.choice([2, 2, 3]))])


def pattern_sql(pattern):
    if pattern[0] == "var":
        return pattern[1]
    if pattern[0] == "times":
        _, part, least, most, greedy = pattern
        sign = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most))
        if sign is None:
            sign = f"{{{least}}}" if least == most else f"{{{least or ''},{'' if most is None else most}}}"
        return f"({pattern_sql(part)}){sign}{'' if greedy else '?'}"
    if pattern[0] == "exclude":
        return "{- " + pattern_sql(pattern[1]) + " -}"
    if pattern[0] == "permute":
        return f"PERMUTE({', '.join(map(pattern_sql, pattern[1]))})"
    return "(" + {"seq": " ", "alt": " | "}[pattern[0]].join(map(pattern_sql, pattern[1])) + ")"


def is_nullable(pattern):
    if pattern[0] == "var":
        return False
    if pattern[0] == "times":
        return pattern[2] == 0 or is_nullable(pattern[1])
    if pattern[0] == "exclude":
        return is_nullable(pattern[1])
    return (any if pattern[0] == "alt" else all)(map(is_nullable, pattern[1]))


def ends_greedy(pattern):
    if pattern[0] == "times":
        return pattern[4] and pattern[2] != pattern[3]
    return pattern[0] == "seq" and ends_greedy(pattern[1][-1])


def words(pattern):
    if pattern[0] == "times":
        yield "greedy" if pattern[4] else "reluctant"
        yield from words(pattern[1])
    elif pattern[0] == "exclude":
        yield "exclude"
        yield from words(pattern[1])
    elif pattern[0] != "var":
        yield {"seq": "sequence", "alt": "alternatives", "permute": "PERMUTE"}[pattern[0]]
        for part in pattern[1]:
            yield from words(part)


# --- conditions: SQL, and a function of the rows so far [(row, variable)], of which the last one is asked about -------
def numbers(path, of):
    return [row.n for row, variable in path if of is None or variable in of]


def at(values, place):
    return values[place] if -len(values) <= place < len(values) else None


def less(a, b):
    return None if a is None or b is None else a < b


def total(values):
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def make_condition(chance, name):
    other = chance.choice(VARIABLES)
    limit, letter = chance.randrange(2, 8), chance.choice("xyz")
    return chance.choice([
        (f"v = '{letter}'", lambda path: path[-1][0].v == letter, ""),
        (f"{name}.v <> '{letter}'", lambda path: path[-1][0].v != letter, ""),
        (f"n < {limit}", lambda path: less(path[-1][0].n, limit), ""),
        (f"{name}.n >= LAST({name}.n, 0) - {limit}", lambda path: path[-1][0].n is not None, ""),
        (f"LAST({name}.n, 1) IS NULL OR {name}.n < LAST({name}.n, 1)",
         lambda path: at(numbers(path, name), -2) is None or less(path[-1][0].n, at(numbers(path, name), -2)), "looks back"),
        (f"{name}.n > {other}.n", lambda path: less(at(numbers(path, other), -1), path[-1][0].n), "looks back"),
        (f"{name}.n <> FIRST({other}.n, 1) OR COUNT({other}.v) < 2",
         lambda path: (len(numbers(path, other)) < 2) or (None not in (path[-1][0].n, numbers(path, other)[1])
                                                          and path[-1][0].n != numbers(path, other)[1]), "looks back"),
        ("n >= LAST(n, 1) OR LAST(v, 1) IS NULL",
         lambda path: len(path) < 2 or less(path[-2][0].n, path[-1][0].n) or
         (None not in (path[-2][0].n, path[-1][0].n) and path[-2][0].n == path[-1][0].n), "looks back"),
        (f"SUM({name}.n) < {limit * 3}", lambda path: less(total(numbers(path, name)), limit * 3), "aggregates"),
        (f"COUNT({other}.id) <= {limit // 2}", lambda path: len(numbers(path, other)) <= limit // 2, "aggregates"),
        (f"MAX(n) < {limit + 3}",
         lambda path: less(max([n for n in numbers(path, None) if n is not None], default=None), limit + 3), "aggregates"),
    ])


def named(path, of, place=-1):
    """The row at this place among those of some variables."""
    return at([row for row, variable in path if of is None or variable in of], place)


def names(path, of=None):
    return [str(variable) for _, variable in path if of is None or variable in of]


def number_of(row):
    return None if row is None else row.n


def or_null(value, condition):
    return value is None or condition


def make_further_condition(chance, name):
    other, variable = chance.choice(VARIABLES), chance.choice(VARIABLES)
    limit, rows = chance.randrange(2, 8), chance.choice([1, 1, 2, 3])

    def last_of(path, place=-1):
        return named(path, other, place)

    prev, classifier = "PREV in DEFINE", "CLASSIFIER in DEFINE"
    return chance.choice([
        (f"PREV(n) IS NULL OR n > PREV(n, {rows})", lambda path: or_null(number_of(beside(path[-1][0], -1)), less(
            number_of(beside(path[-1][0], -rows)), path[-1][0].n)), prev),
        (f"{name}.id - PREV({name}.id, {rows}) <= {limit}", lambda path: beside(path[-1][0], -rows) is not None and
         path[-1][0].id - beside(path[-1][0], -rows).id <= limit, prev),
        (f"PREV({other}.n, {rows}) < {limit}", lambda path: less(number_of(beside(last_of(path), -rows)), limit), prev),
        (f"PREV(FIRST({other}.n, 1), {rows}) IS NULL OR PREV(LAST({other}.n, 1), {rows}) < {name}.n",
         lambda path: or_null(number_of(beside(last_of(path, 1), -rows)), less(
             number_of(beside(last_of(path, -2), -rows)), path[-1][0].n)), prev),
        (f"LAST(CLASSIFIER(), 1) IS NULL OR LAST(CLASSIFIER(), 1) <> '{variable}'",
         lambda path: or_null(at(names(path), -2), at(names(path), -2) != variable), classifier),
        (f"FIRST(CLASSIFIER()) <> '{variable}' OR CLASSIFIER() = '{variable}'",
         lambda path: names(path)[0] != variable or name == variable, classifier),
        (f"CLASSIFIER({other}) IS NULL OR n < {limit}", lambda path: or_null(
            at(names(path, other), -1), less(path[-1][0].n, limit)), classifier),
    ])


# Measures: SQL, and a function of the rows up to the one that is given, of all rows, and of the number of the match.
def make_measures(chance, union):
    other = chance.choice(VARIABLES)
    rows = chance.choice([1, 1, 2, 3])
    every = [
        ("id", lambda so_far, match, number: so_far[-1][0].id, "columns"),
        ("CLASSIFIER()", lambda so_far, match, number: names(so_far)[-1], "CLASSIFIER"),
        (f"CLASSIFIER({union})", lambda so_far, match, number: at(names(so_far, union), -1), "CLASSIFIER"),
        ("LAST(CLASSIFIER(), 1)", lambda so_far, match, number: at(names(so_far), -2), "CLASSIFIER"),
        ("FIRST(CLASSIFIER(), 2)", lambda so_far, match, number: at(names(so_far), 2), "CLASSIFIER"),
        ("FINAL LAST(CLASSIFIER())", lambda so_far, match, number: names(match)[-1], "FINAL"),
        ("MATCH_NUMBER()", lambda so_far, match, number: number, "MATCH_NUMBER"),
        (f"PREV(id, {rows})", lambda so_far, match, number: id_of(beside(so_far[-1][0], -rows)), "PREV"),
        (f"PREV({other}.id)", lambda so_far, match, number: id_of(beside(named(so_far, other), -1)), "PREV"),
        (f"PREV(FIRST({other}.id, 1), {rows})",
         lambda so_far, match, number: id_of(beside(named(so_far, other, 1), -rows)), "PREV"),
        (f"PREV(FINAL LAST({other}.id, 1), {rows})",
         lambda so_far, match, number: id_of(beside(named(match, other, -2), -rows)), "PREV"),
        (f"NEXT(id, {rows})", lambda so_far, match, number: id_of(beside(so_far[-1][0], rows)), "NEXT"),
        (f"NEXT(FIRST({other}.id), {rows})", lambda so_far, match, number: id_of(beside(named(so_far, other, 0), rows)), "NEXT"),
        (f"NEXT(FINAL LAST({union}.id))", lambda so_far, match, number: id_of(beside(named(match, union), 1)), "NEXT"),
        (f"LAST({other}.id, 1)", lambda so_far, match, number: id_of(named(so_far, other, -2)), "RUNNING"),
        (f"FINAL FIRST({other}.id, 1)", lambda so_far, match, number: id_of(named(match, other, 1)), "FINAL"),
        (f"FINAL SUM({union}.n)", lambda so_far, match, number: total(numbers(match, union)), "FINAL"),
        (f"RUNNING SUM({union}.n)", lambda so_far, match, number: total(numbers(so_far, union)), "RUNNING"),
        ("COUNT(*)", lambda so_far, match, number: len(so_far), "RUNNING"),
        (f"MAX({other}.n) - FINAL MAX({other}.n)", lambda so_far, match, number: minus(
            *(max([n for n in numbers(path, other) if n is not None], default=None) for path in (so_far, match))), "FINAL"),
    ]
    return every[:1] + chance.sample(every[1:], 5)


def minus(a, b):
    return None if a is None or b is None else a - b


# --- the matcher -----------------------------------------------------------------------------------------------------
class Matcher:
    def __init__(self, query, rows):
        self.query, self.rows, self.steps = query, rows, 0

    def ways(self, pattern, path, start):
        """How the pattern can go on behind `path`, the preferred way first."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMany
        if pattern[0] == "var":
            place = start + len(path)
            if place < len(self.rows):
                row = self.rows[place]
                longer = path + [(row, Taken(pattern[1]))]
                in_time = not self.query.within or row.t - self.rows[start].t < self.query.within
                condition = self.query.conditions.get(pattern[1])
                if in_time and (condition is None or condition[1](longer)):
                    yield longer
        elif pattern[0] == "alt":
            for part in pattern[1]:
                yield from self.ways(part, path, start)
        elif pattern[0] == "exclude":
            for way in self.ways(pattern[1], path, start):
                yield path + [(row, excluded(variable)) for row, variable in way[len(path):]]
        elif pattern[0] == "seq":
            yield from self.in_turn(pattern[1], path, start)
        elif pattern[0] == "permute":
            yield from self.permuted(pattern[1], [], path, start)
        else:
            yield from self.times(pattern, 0, path, start)

    def in_turn(self, parts, path, start):
        if not parts:
            yield path
            return
        for way in self.ways(parts[0], path, start):
            yield from self.in_turn(parts[1:], way, start)

    def permuted(self, parts, order, path, start):
        if len(order) == len(parts):
            yield from self.in_turn([parts[place] for place in order], path, start)
        for place in range(len(parts)):
            if place not in order:
                yield from self.permuted(parts, order + [place], path, start)

    def times(self, pattern, done, path, start):
        _, part, least, most, greedy = pattern
        greedy = greedy and not self.query.plant
        more = most is None or done < most
        if done >= least and not (greedy and more):
            yield path
        if more:
            for way in self.ways(part, path, start):
                if done >= least and len(way) == len(path):
                    yield way  # a round without rows is the last one
                else:
                    yield from self.times(pattern, done + 1, way, start)
        if done >= least and greedy and more:
            yield path

    def matches(self):
        start = 0
        while start < len(self.rows):
            found = next(filter(lambda way: self.at_anchors(way, start), self.ways(self.query.pattern, [], start)), None)
            if found is None:
                start += 1
                continue
            yield found
            start = self.resume(start, found)

    def at_anchors(self, way, start):
        return ("^" not in self.query.anchors or start == 0) and ("$" not in self.query.anchors or
                                                                  start + len(way) == len(self.rows))

    def resume(self, start, found):
        how, of = self.query.skip
        if how == "kToNextRow":
            return start + 1
        if how == "kPastLastRow":
            return start + len(found)
        places = [place for place, (_, variable) in enumerate(found) if variable in of]
        place = at(places, 0 if how == "kToFirst" else -1)
        if not place:
            raise Refused
        return start + place


@dataclasses.dataclass
class Query:
    pattern: tuple
    conditions: dict
    skip: tuple
    within: int
    subset: str  # the variables of U
    plant: bool = False
    further: list = dataclasses.field(default_factory=list)  # measures that Flink has not
    all_rows: bool = False
    anchors: str = ""
    order: str = ""  # behind the time

    def further_sql(self, number, skip, pattern, rest):
        measures = ", ".join(f"{measure[0].replace(self.union(), 'U') if self.subset else measure[0]} AS m{place}"
                             for place, measure in enumerate(self.further))
        columns = ", ".join(f"m{place}" for place in range(len(self.further)))
        rows = {False: "", True: " ALL ROWS PER MATCH" + number % 3 // 2 * " OMIT EMPTY MATCHES"}[self.all_rows]
        return (f"SELECT {number} AS c, k, {columns}{', v, id' if self.all_rows else ''}, rt FROM t{number} MATCH_RECOGNIZE "
                f"(PARTITION BY k ORDER BY ts{self.order} MEASURES {measures}, MATCH_ROWTIME() AS rt{rows} AFTER MATCH SKIP {skip} "
                f"PATTERN ({'^ ' * ('^' in self.anchors)}{pattern}{' $' * ('$' in self.anchors)}){rest}) AS m;\n")

    def union(self):
        return self.subset or "A"

    def in_order(self, rows):
        if not self.order:
            return rows
        return sorted(rows, key=lambda row: (row.t, row.n is not None, row.n or 0) if "DESC" not in self.order else
                      (row.t, row.n is None, -(row.n or 0)))

    def sql(self, number):
        skips = {"kToNextRow": "TO NEXT ROW", "kPastLastRow": "PAST LAST ROW", "kToFirst": f"TO FIRST {self.skip[1]}",
                 "kToLast": f"TO LAST {self.skip[1]}"}
        define = ", ".join(f"{name} AS {condition[0]}" for name, condition in self.conditions.items())
        subset = f" SUBSET U = ({', '.join(self.subset)})" if self.subset else ""
        within = f" WITHIN INTERVAL '{self.within}' SECOND" if self.within else ""
        union = "U" if self.subset else "A"
        if self.further:
            return self.further_sql(number, skips[self.skip[0]], pattern_sql(self.pattern), f"{within}{subset} DEFINE {define}")
        return (f"SELECT {number} AS c, * FROM t{number} MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES "
                f"FIRST(id) AS a, LAST(id) AS b, COUNT(*) AS n, FIRST(B.id, 1) AS b2, LAST(A.id, 1) AS a2, LAST(C.id) AS c1, "
                f"SUM({union}.n) AS s, LAST({union}.id) AS u, MATCH_ROWTIME() AS rt AFTER MATCH SKIP {skips[self.skip[0]]} "
                f"PATTERN ({pattern_sql(self.pattern)}){within}{subset} DEFINE {define}) AS m;\n")

    def results(self, found, number):
        """What a match gives, a row or several."""
        if not self.further:
            yield self.measures(found)
            return
        for place, (row, variable) in enumerate(found):
            if (place + 1 < len(found) and not self.all_rows) or variable.excluded:
                continue
            measures = [of(found[:place + 1], found, number) for _, of, _ in self.further]
            yield (*measures, *((row.v, row.id) if self.all_rows else ()), row.t)

    def measures(self, found):
        def ids(of):
            return [row.id for row, variable in found if of is None or variable in of]
        union = self.subset or "A"
        return (at(ids(None), 0), at(ids(None), -1), len(found), at(ids("B"), 1), at(ids("A"), -2), at(ids("C"), -1),
                total(numbers(found, union)), at(ids(union), -1), found[-1][0].t)


def make_query(chance, plant):
    further, all_rows = chance.random() < 0.5, chance.random() < 0.6
    while True:
        pattern = make_pattern(chance, 3, further and all_rows)
        if not is_nullable(pattern) and len(pattern_sql(pattern)) < 120:
            break
    used = sorted({letter for letter in pattern_sql(pattern).replace("PERMUTE", "") if letter in VARIABLES})
    names = [name for name in VARIABLES if chance.random() < 0.8] or ["A"]
    makers = [make_condition, make_further_condition if further else make_condition]
    conditions = {name: chance.choice(makers)(chance, name) for name in VARIABLES if name in names or name not in used}
    skip = (chance.choices(["kToNextRow", "kPastLastRow", "kToFirst", "kToLast"], [3, 3, 4, 2])[0],
            chance.choice(used))
    query = Query(pattern, conditions, skip, chance.choice([0, 0, 0, 2, 4, 9]),
                  "".join(sorted(chance.sample(VARIABLES, 2))) if chance.random() < 0.4 else "", plant)
    if further:
        query.further = make_measures(chance, query.union())
        query.all_rows = all_rows
        query.anchors = chance.choice(["", "", "", "", "^", "$", "^$"])
        query.order = chance.choice(["", "", ", n", ", n DESC"])
    return query


def make_rows(chance):
    rows, second = [], 0
    for number in range(chance.randrange(3, 15)):
        second += chance.choice([0, 1, 1, 1, 2, 3])
        rows.append(Row(number, chance.choice("pppq"), chance.choice([None, 1, 2, 3, 4, 5, 6, 7, 8]), chance.choice("xyz"), second))
    return rows


def expected(query, rows):
    result = []
    for key in sorted({row.k for row in rows}):
        of_key = query.in_order([row for row in rows if row.k == key])
        for row in of_key:
            row.partition[:] = of_key
        for number, found in enumerate(Matcher(query, of_key).matches(), 1):
            result += [(key, *measures) for measures in query.results(found, number)]
    return collections.Counter(result)


def table_sql(number, rows):
    lines = "\n".join(f"  {row.id}, {row.k}, {'NULL' if row.n is None else row.n}, {row.v}, "
                      f"2024-01-01 00:00:{row.t:02}" for row in rows)
    return (f"CREATE TABLE t{number} (id INT, k STRING, n INT, v STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' "
            f"SECOND) WITH ('connector' = 'inline', 'rows' = '\n{lines}');\n")


def ask(weir, script, options):
    answers = collections.defaultdict(collections.Counter)
    for line in program.answer(weir, script, options, "json", timeout=300).splitlines():
        number, key, *measures, time = json.loads(line).values()
        answers[number][(key, *measures, int(time[17:19]))] += 1
    return answers


def kinds(query, found):
    """Which words of MUST a query stands for whose matches gave `found`; none if it had no match."""
    if not found:
        return set()
    several = not query.further and any(row[3] > 1 for row in found)
    return ({*words(query.pattern), query.skip[0], *query.anchors} | {text for *_, text in query.conditions.values()} |
            {text for *_, text in query.further} |
            {word for word, holds in [("WITHIN", query.within), ("SUBSET", query.subset), ("several rows", several),
                                      ("ends greedy", ends_greedy(query.pattern)), ("all rows", query.all_rows),
                                      ("second order", query.order)] if holds})


def make_cases(seed, count, only, plant):
    """(number, query, rows, what it gives), some in the end being without a result. Behind `count` come some more that
    have a word of MUST which none had: most that skip TO FIRST are refused, so that a seed may leave it out."""
    cases, number, missing = [], 0, set(MUST)
    while number < count * 10 and (len(cases) < count or (count >= 200 and missing)):
        number += 1
        chance = random.Random(f"{seed}/{number}")
        query, rows = make_query(chance, plant), make_rows(chance)
        if only and number != only:
            continue
        try:
            found = expected(query, rows)
        except (TooMany, Refused):
            continue
        if len(cases) < count or missing & kinds(query, found):
            cases.append((number, query, rows, found))
            missing -= kinds(query, found)
    return cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--case", type=int, default=0)
    parser.add_argument("--plant", action="store_true")
    arguments = parser.parse_args()
    seed = seeds.draw(arguments.seed)
    print(f"seed {seed}")
    cases = make_cases(seed, arguments.count, arguments.case, arguments.plant)
    counts, matches, differ = collections.Counter(), 0, 0
    for first in range(0, len(cases), IN_ONE_SCRIPT):
        some = cases[first:first + IN_ONE_SCRIPT]
        chance = random.Random(f"{seed}/script/{first}")
        options = [f"pipeline.batch-size={chance.choice([1, 2, 7, 4096])}", f"parallelism.default={chance.choice([1, 2, 3])}"]
        script = "".join(table_sql(number, rows) + query.sql(number) for number, query, rows, _ in some)
        answers = ask(os.path.abspath(arguments.weir), script, options)
        for number, query, rows, want in some:
            got = answers[number]
            matches += sum(want.values())
            counts.update(kinds(query, want))
            if got == want:
                continue
            differ += 1
            if arguments.plant:
                continue
            print(f"case {number} of seed {seed} differs, with {' '.join(options)}:\n{table_sql(number, rows)}{query.sql(number)}"
                  f"missing: {sorted(map(str, (want - got).elements()))}\ntoo many: {sorted(map(str, (got - want).elements()))}")
            return 1
    print(f"{len(cases)} patterns, {matches} matches; " + ", ".join(f"{word} {counts[word]}" for word in MUST))
    if arguments.plant:
        print(f"{differ} differ with greedy taken for reluctant")
        return 0 if differ > 0 else 1
    missing = [word for word in MUST if counts[word] == 0]
    if len(cases) >= 200 and (missing or matches < len(cases) // 2):
        print(f"never occurred with a match: {missing}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
