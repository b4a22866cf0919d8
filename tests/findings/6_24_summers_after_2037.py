#!/usr/bin/env python3
"""From 2038 on no zone had daylight saving: what files of zones list ends there, and the rule behind it was not read."""
import datetime
import random
import zoneinfo

from weir import check, equal

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Europe/Dublin", "America/Santiago",
         "Africa/Casablanca", "Asia/Gaza", "Asia/Tokyo")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def body(weir):
    chance = random.Random(2038)
    last = int((datetime.datetime(9999, 12, 1, tzinfo=datetime.timezone.utc) - EPOCH).total_seconds())
    instants = [chance.randrange(2 ** 31, end) for end in (4 * 10 ** 9, 17 * 10 ** 9, last) for _ in range(100)]
    weir.write("in/a.csv", "".join(f"{at}\n" for at in instants))
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        done = weir.ok("CREATE TABLE t (s BIGINT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv');"
                       "SELECT s, CAST(TO_TIMESTAMP_LTZ(s * 1000, 3) AS STRING) AS l, UNIX_TIMESTAMP(DATE_FORMAT("
                       "TO_TIMESTAMP_LTZ(s * 1000, 3), 'yyyy-MM-dd HH:mm:ss')) AS u FROM t;", "--format", "csv",
                       "-D", f"table.local-time-zone={name}", "-D", "parallelism.default=1")
        want = ["s,l,u"]
        for at in instants:
            local = (EPOCH + datetime.timedelta(seconds=at)).astimezone(zone)
            back = int((local.replace(fold=0).astimezone(datetime.timezone.utc) - EPOCH).total_seconds())
            want.append(f"{at},{local:%Y-%m-%d %H:%M:%S}.000,{back}")
        equal(done.out.splitlines(), want, name)


check(body)
