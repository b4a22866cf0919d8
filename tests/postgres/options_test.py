#!/usr/bin/env python3
"""options.tsv: the options of `jdbc` and `postgres-cdc` (../shell/connector_options.py)."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "shell")]
import connector_options  # noqa: E402

if __name__ == "__main__":
    connector_options.Options(
        HERE, 12, {"connector", "scan.parallelism", "sink.parallelism", "lookup.cache", "lookup.max-retries"}, {"jdbc": "a INT", "postgres-cdc": "a INT"},
        {"jdbc": {"url": "jdbc:postgresql://h/d", "table-name": "t"},
         "postgres-cdc": {"hostname": "h", "database-name": "d", "table-name": "t"}}).run()
