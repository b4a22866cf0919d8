#!/usr/bin/env python3
"""How many rows a second of a core FetchResults gives: the processor time of the connection's thread in the server, over a
SELECT of (BIGINT, DOUBLE, STRING(12), TIMESTAMP(3), INT half NULL) whose bytes are read and thrown away.

    fetch_speed.py --weir PROGRAM [MILLIONS]

Runs in an environment that has PyHive, such as the one that clients_test.py makes."""
import os
import re
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "shell"))
from server_test import Server  # noqa: E402
from weir_shell import Scratch  # noqa: E402

MILLIONS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
ROWS = MILLIONS * 1_000_000
TABLE = f"""CREATE TABLE rows5 (a BIGINT, b DOUBLE, c STRING, n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '{ROWS}',
    'rows-per-second' = '1000000000', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '{ROWS}',
    'fields.c.length' = '12')"""
SELECT = """SELECT a, b, c, CAST(TIMESTAMPADD(SECOND, CAST(a AS INT), TIMESTAMP '2026-01-01 00:00:00') AS TIMESTAMP(3)) AS t,
    CASE WHEN MOD(a, 2) = 0 THEN n END AS n FROM rows5"""


def processor_seconds(process, thread):
    """Of the threads of this name."""
    seconds = 0
    for task in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{task}/stat", encoding="ascii") as file:
            name, rest = re.match(r"\d+ \((.*)\) (.*)", file.read()).groups()
        if name == thread:
            seconds += sum(map(int, rest.split()[11:13])) / os.sysconf("SC_CLK_TCK")
    return seconds


def drain(transport, frame):
    """Asks with `frame` until two answers in a row are as short as one with a row or none; bytes that came. The first
    answer of a query that has just begun may be short as well."""
    raw, total, short = transport._trans.handle, 0, 0
    buffer = bytearray(1 << 20)
    while True:
        raw.sendall(struct.pack(">I", len(frame)) + frame)
        left = length = struct.unpack(">I", raw.recv(4))[0]
        while left:
            left -= raw.recv_into(buffer, min(left, len(buffer)))
        total += length
        short = short + 1 if length < 1000 else 0
        if short == 2 and total > ROWS:
            return total


def main():
    from pyhive import hive
    from TCLIService import TCLIService, ttypes
    from thrift.protocol.TBinaryProtocol import TBinaryProtocol
    from thrift.transport.TTransport import TMemoryBuffer
    with Scratch() as scratch, Server(scratch, "-D", "server.thrift.address=127.0.0.1:0", "-D", "server.http.address=0",
                                      "-D", "parallelism.default=1") as server:
        port = re.search(r"HiveServer2's clients at 127\.0\.0\.1:(\d+)", server.log()).group(1)
        with open(os.path.join(scratch.path, "weir-data", "token"), encoding="ascii") as file:
            connection = hive.connect("127.0.0.1", int(port), username="me", auth="CUSTOM", password=file.read().strip())
        cursor = connection.cursor()
        cursor.execute(TABLE)
        cursor.execute(SELECT)
        memory = TMemoryBuffer()
        request = ttypes.TFetchResultsReq(cursor._operationHandle, ttypes.TFetchOrientation.FETCH_NEXT, 50_000)
        TCLIService.Client(TBinaryProtocol(memory)).send_FetchResults(request)
        before, begin = processor_seconds(server.process.pid, "connection"), time.monotonic()
        size = drain(connection._transport, memory.getvalue())
        took = time.monotonic() - begin
        used = processor_seconds(server.process.pid, "connection") - before
        print(f"{MILLIONS} M rows, {size / ROWS:.0f} bytes a row: {ROWS / used / 1e6:.1f} M rows/s of a core, {ROWS / took / 1e6:.1f} M rows/s in all")


if __name__ == "__main__":
    main()
