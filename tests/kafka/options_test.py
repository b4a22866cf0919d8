#!/usr/bin/env python3
"""options.tsv: the options of `kafka` and `upsert-kafka` (../shell/connector_options.py)."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "shell")]
import connector_options  # noqa: E402

NEEDED = {"topic": "t", "properties.bootstrap.servers": "h:1", "key.format": "json", "value.format": "json"}

if __name__ == "__main__":
    connector_options.Options(
        HERE, 6,
        {"connector", "format", "value.format", "properties.bootstrap.servers", "properties.group.id", "scan.parallelism", "sink.parallelism"},
        {"kafka": "a INT", "upsert-kafka": "a INT PRIMARY KEY NOT ENFORCED"},
        {"kafka": {**NEEDED, "key.fields": "a"}, "upsert-kafka": NEEDED}).run()
