#!/usr/bin/env python3
"""The keys of Flink's options: which there are, and that Weir knows every one of them.

usage: options.py keys                     writes conf/flink_keys.def from the lists beside this file
       options.py check --weir PROGRAM     fails when conf/flink_keys.def is another, or when PROGRAM does not know a key
       options.py older NEW OLD            prints the keys of the list OLD that the list NEW lacks, for older.tsv

flink-2.3.0.tsv is what Options.java has found in Flink's jars: class, key, type, default, other keys. older.tsv has the
keys of older releases that scripts still set, and those that Flink documents without a field for them. A class of
TABLES has options of a table: WITH takes them, SET does not. A key with a name in it, or a map, is open: `a.<name>.b`
and the map `a` are `a.*` in conf/flink_keys.def.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOUND = os.path.join(HERE, "flink-2.3.0.tsv")
OLDER = os.path.join(HERE, "older.tsv")
KEYS = os.path.join(HERE, "../../conf/flink_keys.def")
CLASSES = os.path.join(HERE, "../../conf/flink_options.def")
TABLE_CLASSES = os.path.join(HERE, "../../planner/catalog/flink_table_options.def")
# Those of connectors and formats that are here; that their options are known is checked, too.
OF_OURS = {"CanalJsonFormatOptions", "CsvFormatOptions", "DataGenConnectorOptions", "DebeziumJsonFormatOptions",
           "FactoryUtil", "FileSystemConnectorOptions", "JsonFormatOptions", "LookupOptions", "MaxwellJsonFormatOptions",
           "OggJsonFormatOptions", "PrintConnectorOptions"}
TABLES = {
    "ArrowTableSourceOptions", "AsyncSinkConnectorOptions", "CanalJsonFormatOptions", "CommonCatalogOptions",
    "CommonModuleOptions", "CommonSecretOptions", "CsvFormatOptions", "DataGenConnectorOptions",
    "DebeziumJsonFormatOptions", "FileCatalogStoreFactoryOptions", "FileSystemConnectorOptions",
    "GenericInMemoryCatalogFactoryOptions", "JsonFormatOptions", "LegacyCsvDynamicTableSinkOptions",
    "LookupJoinHintOptions", "LookupOptions", "MLPredictRuntimeConfigOptions", "MaxwellJsonFormatOptions",
    "OggJsonFormatOptions", "PrintConnectorOptions", "PythonDynamicTableOptions", "RawFormatOptions",
    "SavepointConnectorOptions", "SqlGatewayRestOptions", "VectorSearchRuntimeConfigOptions"}
# Some classes have options of tables and of the whole in one.
OF_TABLES = re.compile(r"(FactoryUtil (connector|format|property-version|provider|scan\..*|sink\.parallelism)"
                       r"|MaterializedTableConfigOptions partition\..*)")
HEAD = """// Every key of Flink's configuration: WEIR_FLINK_KEY(key); one that ends in '*' stands for all that begin so.
// Made by tests/flink_options/options.py from what Flink's jars say; what they mean here: flink_options.def.
"""


def rows(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


def is_of_table(name, key):
    return name in TABLES or OF_TABLES.fullmatch(f"{name} {key}") is not None


def forms(key, kind):
    """How the product's list spells a key."""
    if "<" in key:
        return [key[:key.index("<")] + "*"]
    if key.endswith("."):
        return [key + "*"]
    return [key, key + ".*"] if kind == "Map" else [key]


def configuration_keys():
    keys = set()
    for name, key, kind, _, others in rows(FOUND):
        if not is_of_table(name, key):
            for one in [key] + others.split():
                keys.update(forms(one, kind))
    for key, _ in rows(OLDER):
        keys.update(forms(key, ""))
    opened = [key[:-1] for key in keys if key.endswith("*")]
    return sorted(key for key in keys if not any(key != start + "*" and key.startswith(start) for start in opened))


def definition():
    return HEAD + "".join(f'WEIR_FLINK_KEY("{key}")\n' for key in configuration_keys())


def older(new, old):
    known = {key for row in rows(new) for key in [row[1]] + row[4].split()}
    for key in sorted({key for row in rows(old) if row[0] not in TABLES for key in [row[1]] + row[4].split()}):
        if key not in known:
            print(f"{key}\tuntil 1.20")


def run(weir, statements):
    """Lines of standard output and of standard error of a script, which ends at its first error."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.writelines(statement + ";\n" for statement in statements)
        script.flush()
        ran = subprocess.run([weir, "run", script.name], capture_output=True, text=True, check=False)
    return ran.stdout.splitlines(), ran.stderr.splitlines()


def classes():
    """Of each row of the table in the product its key, whether it is refused, and the reason."""
    with open(CLASSES, encoding="utf-8") as file:
        text = re.sub(r'",\n\s+"', '", "', file.read())
    return [(key, kind == "REFUSED", reason)
            for kind, key, reason in re.findall(r'^WEIR_(NO_EFFECT|REFUSED)\("([^"]+)", (?:"[^"]*", )?"([^"]+)"\)', text, re.M)]


def of(key, table):
    """The row of a key: the longest that fits."""
    fits = [row for row in table if row[0] == key or (row[0].endswith("*") and key.startswith(row[0][:-1]))]
    return max(fits, key=lambda row: len(row[0]), default=None)


def wrong_classes(weir):
    """Asks for every key and sets those without effect in one script, each refused one in one of its own, to a value that
    no option has; what is said must be what the table says."""
    table = classes()
    keys = [key.replace("*", "x") for key in configuration_keys()]
    helped, _ = run(weir, [f"HELP '{key}'" for key in keys])
    if len(helped) != len(keys):
        yield f"HELP of {len(keys)} keys has {len(helped)} lines"
        return
    others = [(key, text, of(key, table)) for key, text in zip(keys, helped) if "of Flink's" in text]
    for key, text, (_, refused, reason) in others:
        if not (text.startswith(f"{key}, of Flink's, {'is refused' if refused else 'has no effect'} here")
                and text.endswith(f": {reason}.")):
            yield f"{key}: {text!r} is not what the table says"
    for row in set(table) - {row for _, _, row in others}:
        yield f"{row[0]}: no key of Flink's fits this row"
    _, notices = run(weir, [f"SET '{key}' = '?'" for key, _, row in others if not row[1]])
    expected = [f"NOTICE: options of Flink's without effect here: {key} ({row[2]})" for key, _, row in others if not row[1]]
    yield from set(expected).symmetric_difference(line for line in notices if line != "Set.")
    for key, _, (_, refused, reason) in others:
        if not refused:
            continue
        value = "0" if key == "pipeline.auto-watermark-interval" else "?"  # the one that takes most values
        said = run(weir, [f"SET '{key}' = '{value}'"])[1][0]
        if "ERROR E1002" not in said or not said.endswith(": " + reason):
            yield f"{key}: is not refused as the table says, but {said!r}"


def wrong_places(weir):
    """A notice for each place that sets keys without effect, however many they are."""
    with tempfile.TemporaryDirectory() as folder:
        def said(arguments):
            ran = subprocess.run([weir, "--data-dir", os.path.join(folder, "data")] + arguments, capture_output=True,
                                 text=True, cwd=folder, check=False)
            return [line.split(" (")[0] for line in ran.stderr.splitlines() if line.startswith("NOTICE")]
        conf = os.path.join(folder, "flink.yaml")
        with open(conf, "w", encoding="utf-8") as file:
            file.write("rest.port: 8081\ntaskmanager:\n  numberOfTaskSlots: 4\n")
        here = "options of Flink's without effect here:"
        job = ("CREATE TABLE b (x INT) WITH ('connector' = 'blackhole');"
               "CREATE JOB j WITH ('pipeline.object-reuse' = 'true') AS INSERT INTO b VALUES (1);")
        for arguments, expected in (
                (["--conf", conf, "-c", "SELECT 1"], [f"NOTICE: {conf}: {here} rest.port"]),
                (["-D", "rest.port=1", "-D", "web.timeout=2", "-c", "SELECT 1"], [f"NOTICE: {here} rest.port, web.timeout"]),
                (["-c", "SET 'web.timeout' = '1'; ADD JAR 'a.jar'"],
                 [f"NOTICE: {here} web.timeout", "NOTICE: ADD JAR 'a.jar' has no effect here: connectors, formats and "
                  "functions are built in"]),
                (["--no-catalog", "-c", job], [f"NOTICE: {here} pipeline.object-reuse"])):
            if said(arguments) != expected:
                yield f"{arguments}: says {said(arguments)}, not {expected}"


def unknown_of_tables(weir):
    """Options of the connectors and formats that are here: descriptors have them, or flink_table_options.def."""
    with open(TABLE_CLASSES, encoding="utf-8") as file:
        known = set(re.findall(r'^WEIR_TABLE_\w+\("\w*[\w-]*:([^"]+)"', file.read(), re.M))
    known.add("scan.watermark.idle-timeout")  # planner/catalog/option_check.h
    out, _ = run(weir, ["HELP CONNECTORS", "HELP FORMATS"])
    for line in out:
        for key in re.findall(r"^    '([^'<]+)'", line):
            known.update((key, key.split(".", 1)[-1]))  # those of formats have the format's name in front
    for name, key, *_ in rows(FOUND):
        if name in OF_OURS and "#" not in key and key not in ("connector", "format", "provider") and key not in known:
            if name != "FactoryUtil" or is_of_table(name, key):
                yield f"{name}: {key} is known neither to a descriptor nor to flink_table_options.def"


def check(weir):
    wrong = list(wrong_classes(weir)) + list(wrong_places(weir)) + list(unknown_of_tables(weir))
    with open(KEYS, encoding="utf-8") as file:
        if file.read() != definition():
            wrong.append("conf/flink_keys.def is not what `options.py keys` writes")
    for text in wrong:
        print(text)
    print(f"{len(configuration_keys())} keys of Flink's, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["keys", "check", "older"])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--weir")
    arguments = parser.parse_args()
    if arguments.command == "older":
        older(*arguments.files)
        return 0
    if arguments.command == "check":
        return check(os.path.abspath(arguments.weir))
    with open(KEYS, "w", encoding="utf-8") as file:
        file.write(definition())
    return 0


if __name__ == "__main__":
    sys.exit(main())
