#!/usr/bin/env python3
"""options.tsv: the options of `mysql` (../shell/connector_options.py); those of `jdbc` are in ../postgres."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "shell")]
import connector_options  # noqa: E402

if __name__ == "__main__":
    connector_options.Options(HERE, 0, {"connector", "scan.parallelism", "sink.parallelism", "lookup.cache", "lookup.max-retries"}, {"mysql": "a INT"},
                              {"mysql": {"url": "jdbc:mysql://h/d", "table-name": "t"}}).run()
