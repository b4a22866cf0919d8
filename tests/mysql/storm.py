#!/usr/bin/env python3
"""A job from tables of MySQL into tables of MySQL, exactly once, while the engine or the server is killed: the client counts
each row once, and each key's last count. Sources are a table with a primary key and a view, which has none.
The options are those of ../jdbc/storms.py."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "jdbc"), os.path.join(HERE, "..", "shell")]
import server as servers  # noqa: E402
import storms  # noqa: E402
from storms import KEYS, ROWS  # noqa: E402


class Round(storms.Round):
    def make(self):
        n = self.number
        self.server.sql(f"CREATE TABLE source_{n} (k INT, id INT, v INT, PRIMARY KEY (k, id)); "
                        f"INSERT INTO source_{n} SELECT seq % {KEYS}, seq, seq * 7 % 1000 FROM seq_1_to_{ROWS}; "
                        f"CREATE VIEW seen_{n} AS SELECT k, v % 3 AS v FROM source_{n}; "
                        f"CREATE TABLE rows_{n} (k INT, id INT, v INT); CREATE TABLE bare_{n} (k INT, v INT); "
                        f"CREATE TABLE counts_{n} (k INT PRIMARY KEY, n BIGINT, total BIGINT)")


if __name__ == "__main__":
    storms.Storm(HERE, servers, Round, "mysql").main()
