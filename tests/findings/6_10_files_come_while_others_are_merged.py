#!/usr/bin/env python3
"""An assertion of RocksDB's version_set.h (LevelFilesBrief) ended the process when a file was ingested between a compaction's
result in the manifest and its installation. Many tables that spill at once, from all tasks, do as the storms did;
tests/unit/state/ingestion_test.cc meets the moment far more often."""
from weir import check, equal

SQL = """SET 'state.memory.limit' = '1 mb'; SET 'parallelism.default' = '4';
CREATE TABLE n (id BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '60000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '60000',
  'fields.v.kind' = 'sequence', 'fields.v.start' = '1', 'fields.v.end' = '60000');
"""


def body(weir):
    joined = "SELECT a.id FROM (SELECT id, COUNT(*) AS c FROM n GROUP BY id) AS a JOIN n AS b ON a.id = b.v"
    done = weir.ok(f"{SQL}SELECT COUNT(*) FROM ({joined} JOIN n AS c ON a.id = c.v);", "--format", "csv", seconds=120)
    equal(done.out.split()[-1], "60000", done)


check(body)
