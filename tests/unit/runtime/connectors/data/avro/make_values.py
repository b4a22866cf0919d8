#!/usr/bin/env python3
"""Writes values.tsv: values of every type as fastavro writes them by the schemas that Flink derives (schemas.tsv), for
tests/unit/runtime/connectors/avro_reference_test.cc. A line: type, mapping of timestamps, bytes, the cell as Weir prints it.

usage: make_values.py DIRECTORY (needs fastavro)."""
import datetime
import decimal
import io
import json
import math
import os
import random
import sys

import fastavro

LONGER = {-2**(8 * count - 1) for count in range(1, 17)}
UTC = datetime.timezone.utc
LONG = "a text that is longer than twelve bytes, \u20ac"


def at(text, zone=None):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


def real(value):
    """As Java prints a double of few digits."""
    return repr(float(value)) if value not in (math.inf, -math.inf) else "Infinity" if value > 0 else "-Infinity"


def moment(digits):
    def text(value):
        fraction = f"{value.microsecond:06d}"[:digits]
        return f"{value.year:04d}-{value:%m-%d %H:%M:%S}" + ("." + fraction if fraction else "")
    return text


def clock(digits):
    return lambda value: f"{value:%H:%M:%S}" + ("." + f"{value.microsecond:06d}"[:digits] if digits else "")


def plain(value):
    return str(value)


def bits(value):
    return f"x'{value.hex()}'"


def instants(*texts, zone):
    return [at(text, zone) for text in texts]


MILLIS = ["1970-01-01T00:00:00", "2026-11-27T18:36:59.123", "1969-12-31T23:59:59.999", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999"]
MICROS = ["2026-11-27T18:36:59.123456", "1969-12-31T23:59:59.999999"]
# type -> (values, how each is printed)
TYPES = {
    "BOOLEAN": ([True, False], lambda value: str(value).upper()),
    "TINYINT": ([0, 127, -128], plain),
    "SMALLINT": ([0, 32767, -32768], plain),
    "INT": ([0, 1, -1, 63, 64, -64, -65, 2**31 - 1, -2**31], plain),
    "BIGINT": ([0, 1, -1, 2**31, -2**31 - 1, 2**63 - 1, -2**63], plain),
    "FLOAT": ([0.0, 1.5, -2.25, math.inf], real),
    "DOUBLE": ([0.0, 1.5, -2.25, 0.1, math.inf, -math.inf], real),
    "STRING": (["", "a", "twelve bytes", "thirteen byte", LONG, "\u20ac\U0001f600"], plain),
    "BYTES": ([b"", b"\x00", b"\xff\xfe", b"a longer value than twelve"], bits),
    "DECIMAL(5, 2)": ([decimal.Decimal(text) for text in ("0.00", "1.00", "-0.01", "1.27", "1.28", "-1.28", "-1.29", "999.99", "-999.99")], plain),
    "DECIMAL(38, 0)": ([decimal.Decimal(text) for text in ("0", "255", "-256", "9" * 38, "-" + "9" * 38)], plain),
    "DATE": ([datetime.date(1970, 1, 1), datetime.date(1969, 12, 31), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)], str),
    "TIME(0)": ([datetime.time(0, 0), datetime.time(23, 59, 59)], clock(0)),
    "TIME(3)": ([datetime.time(0, 0), datetime.time(23, 59, 59, 999000)], clock(3)),
    "ARRAY<INT>": ([[], [1], [1, None, -1], list(range(100))], lambda value: "[" + ", ".join("NULL" if each is None else str(each) for each in value) + "]"),
    "MAP<STRING, BIGINT>": ([{}, {"k": 1}, {"": 2, LONG: None}], lambda value: "{" + ", ".join(f"{key}={'NULL' if each is None else each}" for key, each in value.items()) + "}"),
    "MULTISET<STRING>": ([{}, {"a": 1, "b": 2}], lambda value: "{" + ", ".join(f"{key}={each}" for key, each in value.items()) + "}"),
    "ROW<`x` INT, `y` ROW<`z` STRING NOT NULL>>": ([{"x": 1, "y": {"z": "t"}}, {"x": None, "y": None}, {"x": 2, "y": {"z": ""}}],
                                                   lambda value: f"({'NULL' if value['x'] is None else value['x']}, {'NULL' if value['y'] is None else '(' + value['y']['z'] + ')'})"),
    "ARRAY<ROW<`x` INT>>": ([[], [{"x": 1}, None, {"x": None}]],
                            lambda value: "[" + ", ".join("NULL" if each is None else f"({'NULL' if each['x'] is None else each['x']})" for each in value) + "]"),
}


def types(mapping):
    """Those of a mapping of timestamps: for TIMESTAMP without a zone, as the schema is local or an instant."""
    zone = UTC if mapping == "legacy" else None
    found = dict(TYPES)
    found["TIMESTAMP(3)"] = (instants(*MILLIS, zone=zone), moment(3))
    if mapping == "local":
        found["TIMESTAMP(0)"] = (instants(MILLIS[0], "2026-11-27T18:36:59", zone=None), moment(0))
        found["TIMESTAMP(6)"] = (instants(*MILLIS, *MICROS, zone=None), moment(6))
        found["TIMESTAMP_LTZ(3)"] = (instants(*MILLIS, zone=UTC), moment(3))
        found["TIMESTAMP_LTZ(6)"] = (instants(*MILLIS, *MICROS, zone=UTC), moment(6))
    return found


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "schemas.tsv"), encoding="utf-8") as file:
        schemas = {tuple(line.split("\t")[:2]): line.rstrip("\n").split("\t")[2] for line in file}
    chance = random.Random(20)
    with open(os.path.join(folder, "values.tsv"), "w", encoding="utf-8") as out:
        for mapping in ("legacy", "local"):
            for name, (values, text) in types(mapping).items():
                for suffix in ("", " NOT NULL"):
                    schema = fastavro.parse_schema(json.loads(schemas[name + suffix, mapping]))
                    extra = []
                    if name == "BIGINT":
                        extra = [chance.getrandbits(bit) - 2**(bit - 1) for bit in range(2, 64)]
                    if name == "DECIMAL(38, 0)":
                        extra = [decimal.Decimal(chance.getrandbits(bit) - 2**(bit - 1)) for bit in range(2, 126)]
                    for value in values + extra + ([] if suffix else [None]):
                        bytes_ = io.BytesIO()
                        fastavro.schemaless_writer(bytes_, schema, {"a": value})
                        # Of -128, -32768, … fastavro writes a byte more than Java does and it takes.
                        longer = isinstance(value, decimal.Decimal) and int(value.scaleb(-value.as_tuple().exponent)) in LONGER
                        out.write("\t".join((name + suffix, mapping, bytes_.getvalue().hex(), "NULL" if value is None else text(value)) + ("longer",) * longer) + "\n")


main()
