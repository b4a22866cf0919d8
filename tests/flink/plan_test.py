#!/usr/bin/env python3
"""weir flink plan over plans that Flink has compiled: which operators of ours its nodes are.

usage: plan_test.py --weir PROGRAM [--write] [--record GATEWAY] [NAME…]

For each query of plans/queries.sql the plan in plans/compiled/, which is Flink 2.3's, must be numbered as
plans/numbered.csv says; again with other numbers of Flink's, and with the nodes in another order, since nothing may depend
on these; and as EXECUTE PLAN gets it it must be the same plan but for the numbers. The plan of Flink 2.2 in
plans/compiled-2.2.json.gz must be numbered, too, every node with the number that it has in the one of 2.3 (OTHERWISE has
what 2.2 plans otherwise). --write writes numbered.csv anew. --record has a SQL Gateway of Flink, of either version, compile
the plans anew (its URL; the gateway writes on this machine). Ends with 'files: N passed, N failed'.
"""
import argparse
import csv
import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PLANS = os.path.join(HERE, "plans")
BARE = os.path.join(HERE, "../bare.yaml")
sys.path.insert(0, HERE)
import gateway  # noqa: E402

OLDER = os.path.join(PLANS, "compiled-2.2.json.gz")
# Queries of what 2.2 has not yet.
SINCE_2_3 = {"changelogs"}
# Query -> what 2.2 plans otherwise than 2.3, so that nodes without state differ in more than their texts.
OTHERWISE = {}


def queries():
    """Name -> (options of Flink's, SQL)."""
    with open(os.path.join(PLANS, "queries.sql"), encoding="utf-8") as file:
        parts = re.split(r"^-- name: (\w+)\n", file.read(), flags=re.M)[1:]
    found = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        settings = re.findall(r"^-- set: (\S+) = (.*)$", text, flags=re.M)
        found[name] = (settings, re.sub(r"^--.*\n", "", text, flags=re.M).strip())
    return found


def tables():
    with open(os.path.join(PLANS, "tables.sql"), encoding="utf-8") as file:
        return file.read()


def record(url, names):
    for name in names:
        settings, sql = queries()[name]
        session = gateway.Session(url)
        for statement in re.sub(r"^--.*\n", "", tables(), flags=re.M).split(";"):
            if statement.strip():
                session.execute(statement)
        for key, value in settings:
            session.execute(f"SET '{key}' = '{value}'")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "plan.json")
            session.execute(f"COMPILE PLAN 'file://{path}' FOR {compiled_form(sql)}")
            with open(path, encoding="utf-8") as file:
                plan = json.load(file)
        session.close()
        keep(name, plan)


def keep(name, plan):
    """Stores a plan that was compiled, with those of its version."""
    if plan["flinkVersion"] == "2.2":
        plans = dict(older_plans(), **{name: plan})
        with open(OLDER, "wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            packed.write(json.dumps(plans, separators=(",", ":"), sort_keys=True).encode())
        return
    with open(os.path.join(PLANS, "compiled", name + ".json"), "w", encoding="utf-8") as file:
        json.dump(plan, file, separators=(",", ":"))
        file.write("\n")


def older_plans():
    """Name -> the plan of Flink 2.2."""
    if not os.path.exists(OLDER):
        return {}
    with gzip.open(OLDER, "rt", encoding="utf-8") as file:
        return json.load(file)


def compiled_form(sql):
    """The statement as COMPILE PLAN takes it."""
    return sql.rstrip(";").removeprefix("EXECUTE ")


def shuffled(plan, seed):
    """The plan with other numbers and the nodes in another order, inputs first."""
    chance = random.Random(seed)
    numbers = {node["id"]: number for node, number in
               zip(plan["nodes"], chance.sample(range(1, 10**6), len(plan["nodes"])), strict=True)}
    inputs = {node["id"]: [edge["source"] for edge in plan["edges"] if edge["target"] == node["id"]] for node in plan["nodes"]}
    left, order = list(plan["nodes"]), []
    while left:
        ready = [node for node in left if all(source in (one["id"] for one in order) for source in inputs[node["id"]])]
        node = chance.choice(ready)
        left.remove(node)
        order.append(node)
    return numbered(dict(plan, nodes=order), numbers)


def numbered(plan, numbers):
    return dict(plan, nodes=[dict(node, id=numbers[node["id"]]) for node in plan["nodes"]],
                edges=[dict(edge, source=numbers[edge["source"]], target=numbers[edge["target"]]) for edge in plan["edges"]])


def ask(weir, name, plan, folder):
    """What weir flink plan says of a plan: rows, and the plan that it writes; or its error."""
    script, compiled, written = (os.path.join(folder, one) for one in ("query.sql", "compiled.json", "written.json"))
    with open(script, "w", encoding="utf-8") as file:
        file.write(tables() + queries()[name][1] + "\n")
    with open(compiled, "w", encoding="utf-8") as file:
        json.dump(plan, file)
    done = subprocess.run([weir, "--conf", BARE, "flink", "plan", script, "--compiled", compiled, "--write", written, "--format", "csv"],
                          text=True, capture_output=True, timeout=120, cwd=folder, check=False)
    if done.returncode != 0:
        return [["ERROR", "", re.sub(r"^.*?ERROR ", "", done.stderr.splitlines()[0]), ""]], None
    with open(written, encoding="utf-8") as file:
        return list(csv.reader(io.StringIO(done.stdout)))[1:], json.load(file)


def check(weir, name, expected):
    """What is wrong with one query's plan; nothing if all is right."""
    with open(os.path.join(PLANS, "compiled", name + ".json"), encoding="utf-8") as file:
        plan = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        rows, written = ask(weir, name, plan, folder)
        if sorted(rows) != sorted(expected):
            return "numbered otherwise:\n  " + "\n  ".join(map(str, rows))
        if written is None:
            return ""
        ids = [node["id"] for node in written["nodes"]]
        if len(set(ids)) != len(ids):
            return "a number stands twice"
        numbers = {before["id"]: after["id"] for before, after in zip(plan["nodes"], written["nodes"], strict=True)}
        if written != numbered(plan, numbers):
            return "what is written differs from the plan in more than its numbers"
        for seed in range(3):
            again, _ = ask(weir, name, shuffled(plan, seed), folder)
            if [row for row in sorted(again) if row[3]] != [row for row in sorted(rows) if row[3]]:
                return f"numbered otherwise in another order:\n  {again}"
    return ""


def check_older(weir, name, plan, expected):
    """What is wrong with one query's plan of Flink 2.2; nothing if all is right."""
    with tempfile.TemporaryDirectory() as folder:
        rows, written = ask(weir, name, plan, folder)
        if written is None:
            return f"refused: {rows[0][2]}" if rows != expected else ""
        again, _ = ask(weir, name, shuffled(plan, 1), folder)
    # What a node is called may differ, and whatever has no state may be planned otherwise.
    state = [sorted([uid, number, operator] for uid, number, _, operator in some if operator) for some in (rows, again, expected)]
    if state[0] != state[2]:
        return "numbered otherwise than in 2.3:\n  " + "\n  ".join(map(str, state[0]))
    if state[1] != state[0]:
        return f"numbered otherwise in another order:\n  {state[1]}"
    ids = [sorted([uid, number] for uid, number, _, _ in some) for some in (rows, expected)]
    if (ids[0] != ids[1]) != (name in OTHERWISE):
        return "the nodes without state are " + ("as in 2.3" if ids[0] == ids[1] else f"others than in 2.3:\n  {ids[0]}")
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--record")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    names = arguments.names or list(queries())
    if arguments.record:
        os.makedirs(os.path.join(PLANS, "compiled"), exist_ok=True)
        record(arguments.record, names)
    path = os.path.join(PLANS, "numbered.csv")
    known = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8", newline="") as file:
            for name, *row in list(csv.reader(file))[1:]:
                known.setdefault(name, []).append(row)
    if arguments.write:
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                with open(os.path.join(PLANS, "compiled", name + ".json"), encoding="utf-8") as file:
                    known[name] = ask(weir, name, json.load(file), folder)[0]
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["query", "uid", "id", "node", "operator"])
            writer.writerows([name, *row] for name in queries() for row in known.get(name, []))
    failed, older = 0, older_plans()
    if set(older) != set(queries()) - SINCE_2_3:
        sys.exit(f"{OLDER} has not the plans of these queries: record them with a gateway of Flink 2.2")
    for name in names:
        rows = known.get(name, [])
        found = [("2.3", check(weir, name, rows))]
        if name in older:
            found.append(("2.2", check_older(weir, name, older[name], rows)))
        for version, wrong in found:
            failed += bool(wrong)
            print(f"{'FAILED' if wrong else 'ok    '} {name} of {version}{': ' + wrong if wrong else ''}")
    checked = len(names) + sum(name in older for name in names)
    print(f"files: {checked - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
