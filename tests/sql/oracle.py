#!/usr/bin/env python3
"""Fills in expected rows from Apache Flink; a tool for writing tests, not a dependency of them.

usage: oracle.py ORACLE_COMMAND FILE.slt...
ORACLE_COMMAND takes `out=DIR script.sql…` and answers each script with DIR/<script>.changelog, JSON lines. `inline` tables become CSV files. Every query block's expected
part is rewritten; files that Flink cannot run are reported and left alone. An oracle that goes on behind a
query that fails writes {"statement": n, "error": "…"} for it: such a block becomes a `statement error` with
Flink's message in it, to be replaced by ours.
"""
import base64
import datetime
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zoneinfo

import slt

INLINE = re.compile(r"WITH\s*\(([^)]*'connector'\s*=\s*'inline'.*?)\)\s*;?\s*$", re.S | re.I)


def split_cells(text):
    cells, cell, quoted, depth = [], "", False, 0
    for c in text:
        if c == "'":
            quoted = not quoted
        if not quoted:
            depth += (c in "[({") - (c in "])}")
        if c == "," and not quoted and depth == 0:
            cells.append(cell.strip())
            cell = ""
        else:
            cell += c
    return cells + [cell.strip()]


def base64_of(cell):
    """x'0102' as formats of text have BYTES."""
    return base64.b64encode(bytes.fromhex(cell[2:-1])).decode()


def csv_cell(cell):
    if cell.startswith("x'"):
        return base64_of(cell)
    if cell.startswith("'") and cell.endswith("'") and len(cell) > 1:
        cell = cell[1:-1].replace("''", "'")
        return '"' + cell.replace('"', '""') + '"'
    return cell


def json_cell(cell):
    """A cell as JSON, all scalars as text: Flink's JSON format reads numbers and times from text, too."""
    if cell == "NULL":
        return None
    if cell.startswith("x'"):
        return base64_of(cell)
    if cell.startswith("["):
        return [json_cell(c) for c in split_cells(cell[1:-1])] if cell != "[]" else []
    if cell.startswith("{"):
        return dict(json_entry(c) for c in split_cells(cell[1:-1])) if cell != "{}" else {}
    return cell[1:-1].replace("''", "'") if cell.startswith("'") else cell


def json_entry(text):
    key, value = text.split("=", 1)
    return json_cell(key), json_cell(value)


def column_names(definition):
    """Names of the physical columns in "CREATE TABLE t (a INT, b ARRAY<INT>, …)"."""
    columns = re.match(r"[^(]*\((.*)\)\s*$", definition, re.S).group(1)
    words = [c.split() for c in split_cells(columns.replace("<", "[").replace(">", "]"))]
    return [w[0].strip("`") for w in words if w[0] not in ("WATERMARK", "PRIMARY") and w[1] != "AS"]


CHANGED = re.compile(r"^(\+I|-U|\+U|-D)\[(.*)\]$")


def events(rows, names):
    """Changes as Debezium's events, which Flink reads as changes again. An update without its old row gets one:
    it is dropped where only new rows count."""
    out, before = [], None
    for line in rows.split("\n"):
        if not line.strip() or line.strip().startswith("#"):
            continue
        for text in line.split(" / "):
            kind, cells = CHANGED.match(text.strip() if text.strip()[:2] in ("+I", "-U", "+U", "-D")
                                        else f"+I[{text.strip()}]").groups()
            row = dict(zip(names, map(json_cell, split_cells(cells)), strict=True))
            if kind == "-U":
                before = row
            elif kind == "+I":
                out.append({"before": None, "after": row, "op": "c"})
            elif kind == "-D":
                out.append({"before": row, "after": None, "op": "d"})
            else:
                out.append({"before": before or row, "after": row, "op": "u"})
                before = None
    return out


def changelog_to_flink(sql, rows, folder):
    """An inline table of changes as a table over Debezium's events; one without -U as one whose events may come
    twice, which is how Flink makes a changelog of upserts in a file."""
    path = tempfile.mkstemp(suffix=".json", dir=folder)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in events(rows, column_names(sql)))
    upserts = "+U[" in rows and "-U[" not in rows
    # Without a key none can read it, and the setting would ask the other tables for theirs.
    keyed = re.search(r"PRIMARY\s+KEY", sql, re.I)
    head = "SET 'table.exec.source.cdc-events-duplicate' = 'true';\n" if upserts and keyed else ""
    return f"{head}{sql}WITH ('connector'='filesystem', 'path'='file://{path}', 'format'='debezium-json')"


def written(rows, names, folder):
    """The path of a new file with the rows: JSON lines with these names, or CSV where there are none."""
    path = tempfile.mkstemp(suffix=".json" if names else ".csv", dir=folder)[1]
    with open(path, "w", encoding="utf-8") as file:
        for line in rows.split("\n"):
            if line.strip() and not line.strip().startswith("#"):
                for row in line.split(" / "):
                    cells = split_cells(re.sub(r"^\+I\[(.*)\]$", r"\1", row.strip()))
                    file.write(json.dumps(dict(zip(names, map(json_cell, cells), strict=True))) if names
                               else ",".join(csv_cell(c) for c in cells))
                    file.write("\n")
    return path


ALTERED = re.compile(r"(ALTER\s+TABLE\s+\S+\s+SET\s*\()\s*'rows'\s*=\s*'((?:[^']|'')*)'\s*\)\s*$", re.I)


def altered_to_flink(sql, folder):
    """Other inline rows for a table as another CSV file; any other statement unchanged."""
    match = ALTERED.match(sql)
    if not match:
        return sql
    path = written(match.group(2).replace("''", "'"), None, folder)
    return f"{match.group(1)}'path'='file://{path}')"


def to_flink(sql, folder):
    """An inline table as a filesystem table over a CSV file, over JSON lines when it has collections, over
    Debezium's events when it has changes; anything else unchanged."""
    match = INLINE.search(sql)
    if not match:
        return altered_to_flink(sql, folder)
    rows = re.search(r"'rows'\s*=\s*'((?:[^']|'')*)'", match.group(1), re.S).group(1).replace("''", "'")
    if re.search(r"'changelog'\s*=\s*'true'", match.group(1), re.I):
        return changelog_to_flink(sql[:match.start()], rows, folder)
    names = column_names(sql[:match.start()]) if re.search(r"(ARRAY|MAP)<", sql[:match.start()]) else None
    path = written(rows, names, folder)
    options = f"'connector'='filesystem', 'path'='file://{path}', 'format'='" + (
        "json'" if names else "csv', 'csv.null-literal'='NULL'")
    return sql[:match.start()] + f"WITH ({options})"


def cell_text(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, list):
        return "[" + ", ".join(cell_text(v) for v in value) + "]"
    if isinstance(value, dict) and "row" in value:
        return "(" + ", ".join(cell_text(v) for v in value["row"]) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{cell_text(k)}={cell_text(v)}" for k, v in value["map"]) + "}"
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-f]*", value):
        return f"x'{value[2:]}'"
    return str(value)


def typed_text(value, sql_type, zone):
    """As cell_text; a TIME keeps its seconds, which Java leaves out when they are zero, and an instant
    is written in the session's zone."""
    text = cell_text(value)
    instant = re.fullmatch(r"(\S+ \d\d:\d\d:\d\d)(\.\d+)?Z", text)
    if sql_type.startswith("TIMESTAMP_LTZ") and instant:
        moment = datetime.datetime.fromisoformat(instant.group(1) + "+00:00").astimezone(zone)
        return f"{moment.year:04d}{moment:-%m-%d %H:%M:%S}{instant.group(2) or ''}"
    if sql_type.startswith("FLOAT") and isinstance(value, float):
        return java_double(shortest_float(value))
    return text + ":00" if sql_type.startswith("TIME(") and re.fullmatch(r"\d\d:\d\d", text) else text


def shortest_float(value):
    """The double with the fewest digits that is the same FLOAT: Java 17 writes more than it needs (docs)."""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        try:
            same = struct.unpack("f", struct.pack("f", float(text))) == struct.unpack("f", struct.pack("f", value))
        except OverflowError:
            continue
        if same:
            return float(text)
    return value


def java_double(value):
    """Double.toString: plain between 1e-3 and 1e7, else computerised scientific notation."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return text if "." in text else text + ".0"
    mantissa, exponent = f"{value!r}e0".split("e")[:2] if "e" in repr(value) else (None, None)
    if mantissa is None:
        text = f"{value:.17g}"
        for digits in range(1, 18):
            text = f"{value:.{digits}e}"
            if float(text) == value:
                break
        mantissa, exponent = text.split("e")
    if "." not in mantissa:
        mantissa += ".0"
    mantissa = re.sub(r"(\.\d+?)0+$", r"\1", mantissa)
    return f"{mantissa}E{int(exponent)}"


def answers(path, zone):
    """The changes of each query of a script, in order, or the text of its error; instants in `zone`."""
    queries, types = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if "error" in entry:
                queries[entry["statement"] - 1:] = [entry["error"]]
            elif "statement" in entry:
                queries.append([])
                types = entry["types"]
            else:
                row = ", ".join(typed_text(v, t, zone) for v, t in zip(entry["row"], types, strict=True))
                queries[-1].append(f"{entry['op']}[{row}]")
    return queries


def zone_of(test):
    """The zone that the file sets, UTC if none."""
    sets = re.findall(r"'table.local-time-zone'\s*=\s*'([^']*)'", "\n".join(block.sql for block in test.blocks))
    zone = sets[-1] if sets else "UTC"
    return datetime.datetime.strptime(zone, "%z").tzinfo if zone[0] in "+-" else zoneinfo.ZoneInfo(zone)


def main():
    command, paths = sys.argv[1], sys.argv[2:]
    tests = [slt.parse(path) for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        scripts = {}
        for i, test in enumerate(tests):
            script = os.path.join(folder, f"t{i}.sql")
            with open(script, "w", encoding="utf-8") as file:
                for block in test.blocks:
                    if block.kind != "statement error":
                        file.write(to_flink(block.sql.rstrip().rstrip(";"), folder) + ";\n")
            scripts[script] = test
        subprocess.run(command.split() + [f"out={folder}"] + list(scripts), check=False, stdout=subprocess.DEVNULL)
        failures = 0
        for script, test in scripts.items():
            error = script[:-4] + ".error"
            if os.path.exists(error):
                failures += 1
                print(f"{test.path}: {open(error, encoding='utf-8').read().strip()[-700:]}")
                continue
            changes = answers(script[:-4] + ".changelog", zone_of(test))
            queries = [b for b in test.blocks if b.kind.startswith("query")]
            for block, answer in zip(queries, changes, strict=True):
                if isinstance(answer, str):
                    block.kind, block.expected = "statement error", answer.strip().split("\n")[-1:]
                else:
                    block.expected = answer if block.kind == "query changelog" else slt.fold(answer)
            slt.write(test)
        print(f"{len(tests) - failures} answered, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
