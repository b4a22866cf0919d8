#!/usr/bin/env python3
"""A window's slice that was dropped while a checkpoint copied it was copied again, from memory that was free: SIGSEGV, where
memory was short. Windows fire between many small checkpoints under a small limit here; the models of state tables
(tests/unit/state/model_test.cc) meet the moment far more often."""
from weir import check, equal

ROWS = 200_000  # a millisecond apart
SQL = f"""SET 'state.memory.limit' = '1 mb'; SET 'parallelism.default' = '2'; SET 'execution.checkpointing.interval' = '10 ms';
CREATE TABLE n (id BIGINT, t BIGINT, ts AS TO_TIMESTAMP_LTZ(t, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen',
  'rows-per-second' = '100000000', 'number-of-rows' = '{ROWS}',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{ROWS}',
  'fields.t.kind' = 'sequence', 'fields.t.start' = '1', 'fields.t.end' = '{ROWS}');
CREATE TABLE out_rows (id BIGINT, c BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', 'format' = 'csv');
INSERT INTO out_rows SELECT id, COUNT(*) FROM TABLE(HOP(TABLE n, DESCRIPTOR(ts), INTERVAL '4' SECOND, INTERVAL '20' SECOND))
GROUP BY window_start, window_end, id;
"""


def body(weir):
    weir.ok(SQL, seconds=120)
    lines = [line for path in weir.path("out").glob("part-*") for line in path.read_text(encoding="ascii").splitlines()]
    equal(len(lines), 5 * ROWS, "every row is in five windows")
    equal(set(lines), {f"{id},1" for id in range(1, ROWS + 1)})


check(body)
