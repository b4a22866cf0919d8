"""Rows of .def files: a value and its words stand in one row, so that their order cannot shift one against the other;
and each file has one order, so that two rows that change places are seen.

A new .def has a line in ORDERS, or the lint complains. Where an order is ever persisted, its numbers need a golden.
"""
import os
import re

TOP = ("grammar", "planner", "runtime", "state", "conf", "shell")
ROW = re.compile(r"^(WEIR_\w+)\(\s*(\"[^\"]*\"|\w+)", re.M)


def ascending(root, path, names):
    """Ids or names ascend."""
    for before, after in zip(names, names[1:]):
        if before >= after:
            yield f"{path}: {after} stands behind {before}"


def as_shipped(root, path, names):
    """As in conf/weir.yaml and docs/options.md, which are made from the rows and read from above."""
    places = (("conf/weir.yaml", r"^#?([a-z][\w.-]*):"), ("docs/options.md", r"^\| ([a-z][\w.-]*\.[\w.-]*) \|"))
    for place, pattern in places:
        if not os.path.exists(os.path.join(root, place)):
            continue  # a part of the tree
        with open(os.path.join(root, place), encoding="utf-8") as file:
            said = re.findall(pattern, file.read(), re.M)
        if said != names:
            different = next((i for i, pair in enumerate(zip(said, names)) if pair[0] != pair[1]),
                             min(len(said), len(names)))
            yield f"{place}: line of option {different + 1} is not that of {path}; make it again (README.md)"


ORDERS = {
    "runtime/base/error_ids.def": ascending,
    "conf/flink_defaults.def": ascending,
    "conf/flink_keys.def": ascending,
    "conf/flink_options.def": ascending,
    "conf/options.def": as_shipped,
    "planner/catalog/flink_table_options.def": ascending,
    "planner/parse/statements.def": ascending,
    "runtime/expr/aggregates.def": ascending,
    "shell/engine/statements/function_examples.def": ascending,
    "shell/flink/advise/flink_ratios.def": ascending,
    "shell/flink/table_options.def": ascending,
}


def rows(text):
    return [name.strip('"') for _, name in ROW.findall(text)]


def definitions(root):
    for folder in TOP:
        for directory, _, names in sorted(os.walk(os.path.join(root, folder))):
            yield from (os.path.relpath(os.path.join(directory, name), root)
                        for name in sorted(names) if name.endswith(".def"))


def violations(root):
    for path in definitions(root):
        if path not in ORDERS:
            yield f"{path}: tests/lint/rows.py knows no order of its rows"
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            names = rows(file.read())
        if len(set(names)) != len(names):
            yield f"{path}: two rows have one name"
        yield from ORDERS[path](root, path, names)
