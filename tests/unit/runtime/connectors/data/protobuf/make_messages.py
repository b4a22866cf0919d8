#!/usr/bin/env python3
"""Writes types.desc, what protoc makes of the .proto files here, and messages.tsv, random messages as Google's library
for Python writes them, for tests/unit/runtime/connectors/protobuf_reference_test.cc. A line: the message's name, whether
what is not set is read as its default, the bytes, the row as Weir prints it.

usage: make_messages.py (needs protoc, and protobuf for Python)."""
import importlib
import math
import os
import random
import subprocess
import sys
import tempfile

from google.protobuf import descriptor

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = ("everything.proto", "old.proto", "place.proto")
INNER = ("x", "s", ("next", ("x",)))
# The columns that the test has: all fields in their order, with the fields of rows.
COLUMNS = {
    "Everything": ("b", "i", "u", "si", "fi", "sfi", "l", "ul", "sl", "fl", "sfl", "f", "d", "s", "y", "color", "color_number", "oi", "os",
                   ("inner", INNER), "ri", "rs", ("rm", INNER), "re", "apart", "ms", ("mm", INNER), "mb", "number", "name", ("which", INNER),
                   ("at", ("seconds", "nanos")), ("place", ("city", "longitude"))),
    "Old": ("id", "n", "t", "flag", "plain", "packed", ("part", ("p",)), "kind", "kinds"),
}
TEXTS = ("", "a", "twelve bytes", "thirteen byte", "Zürich €", "a text that is much longer than others ")
INTEGERS = {32: (0, 1, -1, 127, 128, 2**31 - 1, -2**31), 64: (0, 1, -1, 300, 2**40, 2**63 - 1, -2**63)}
REALS = (0.0, 1.0, -1.0, 0.25, 1234.5, math.inf, -math.inf, math.nan)
Field = descriptor.FieldDescriptor
BITS = {Field.CPPTYPE_INT32: 32, Field.CPPTYPE_UINT32: 32, Field.CPPTYPE_INT64: 64, Field.CPPTYPE_UINT64: 64}


def scalar(field, chance):
    kind = field.cpp_type
    if kind == Field.CPPTYPE_BOOL:
        return chance.random() < 0.5
    if kind in BITS:
        number = chance.choice((*INTEGERS[BITS[kind]], chance.randrange(-2**31, 2**31)))
        return number % 2**BITS[kind] if kind in (Field.CPPTYPE_UINT32, Field.CPPTYPE_UINT64) else number
    if kind in (Field.CPPTYPE_FLOAT, Field.CPPTYPE_DOUBLE):
        return chance.choice((*REALS, chance.randrange(-4000, 4000) / 4))
    if kind == Field.CPPTYPE_ENUM:
        return chance.choice([value.number for value in field.enum_type.values])
    return chance.choice(TEXTS).encode() + b"\xff\0" if field.type == Field.TYPE_BYTES else chance.choice(TEXTS)


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def fill_map(field, entries, chance):
    key, value = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
    for _ in range(chance.randrange(4)):
        chosen = scalar(key, chance)
        if value.message_type is None:
            entries[chosen] = scalar(value, chance)
        else:
            fill(entries[chosen], chance, 2)


def fill(message, chance, depth=0):
    for field in message.DESCRIPTOR.fields:
        required = field.label == Field.LABEL_REQUIRED
        if not required and chance.random() < (0.4 if depth == 0 else 0.6):
            continue
        if is_map(field):
            fill_map(field, getattr(message, field.name), chance)
        elif field.label == Field.LABEL_REPEATED:
            for _ in range(chance.randrange(4)):
                items = getattr(message, field.name)
                if field.message_type is not None:
                    fill(items.add(), chance, depth + 1)
                else:
                    items.append(scalar(field, chance))
        elif field.message_type is None:
            setattr(message, field.name, scalar(field, chance))
        elif field.name == "next":  # no column has more of it
            message.next.x = scalar(field.message_type.fields_by_name["x"], chance)
        elif depth < 3:
            within = getattr(message, field.name)
            within.SetInParent()
            fill(within, chance, depth + 1)


def real(value):
    if math.isnan(value):
        return "NaN"
    return repr(float(value)) if not math.isinf(value) else "Infinity" if value > 0 else "-Infinity"


def text_of(field, value, columns, defaults):
    kind = field.cpp_type
    if kind == Field.CPPTYPE_MESSAGE:
        return "(" + ", ".join(cell(value, column, defaults) for column in columns) + ")"
    if kind == Field.CPPTYPE_BOOL:
        return str(value).upper()
    if kind in BITS:  # what is unsigned keeps its bits
        half = 2**(BITS[kind] - 1)
        return str((value + half) % (2 * half) - half)
    if kind in (Field.CPPTYPE_FLOAT, Field.CPPTYPE_DOUBLE):
        return real(value)
    if kind == Field.CPPTYPE_ENUM:
        return str(value) if field.name.endswith("_number") else field.enum_type.values_by_number[value].name
    return f"x'{value.hex()}'" if field.type == Field.TYPE_BYTES else value


def cell(message, column, defaults):
    name, columns = (column, ()) if isinstance(column, str) else column
    field, value = message.DESCRIPTOR.fields_by_name[name], getattr(message, name)
    if field.label == Field.LABEL_REPEATED:
        if not value and not defaults:
            return "NULL"
        if not is_map(field):
            return "[" + ", ".join(text_of(field, item, columns, defaults) for item in value) + "]"
        parts = field.message_type.fields_by_name
        return "{" + ", ".join(f"{text_of(parts['key'], key, (), defaults)}={text_of(parts['value'], value[key], columns, defaults)}"
                               for key in sorted(value)) + "}"
    if field.has_presence and not message.HasField(name) and not defaults:
        return "NULL"
    return text_of(field, value, columns, defaults)


def main():
    chance = random.Random(20261128)
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["protoc", "-I", HERE, f"--python_out={out}", "--include_imports", f"--descriptor_set_out={HERE}/types.desc", *FILES], check=True)
        sys.path.insert(0, out)
        types = {"Everything": importlib.import_module("everything_pb2").Everything, "Old": importlib.import_module("old_pb2").Old}
    with open(os.path.join(HERE, "messages.tsv"), "w", encoding="utf-8") as file:
        for number in range(210):
            name = "Old" if number % 3 == 2 else "Everything"
            message = types[name]()
            if number > 2:
                fill(message, chance)
            elif name == "Old":
                message.id = 0
            for defaults in (False, True):
                row = ", ".join(cell(message, column, defaults) for column in COLUMNS[name])
                data = message.SerializeToString(deterministic=True)
                file.write(f"weir.test.{name}\t{int(defaults)}\t{data.hex()}\t{row}\n")


if __name__ == "__main__":
    main()
