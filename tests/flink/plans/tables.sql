-- The tables of queries.sql, as both Weir and Flink take them.
CREATE TABLE orders (id INT, k INT, v BIGINT, name STRING, tags ARRAY<STRING>, t TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR t AS t - INTERVAL '1' SECOND) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE other (id INT, w BIGINT, t TIMESTAMP(3), WATERMARK FOR t AS t) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE rates (id INT, w BIGINT, t TIMESTAMP(3), PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR t AS t) WITH ('connector' = 'filesystem', 'path' = 'file:///tmp/weir-no-rates', 'format' = 'debezium-json');
CREATE TABLE out1 (k INT, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE out2 (k INT, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE out3 (k INT, n BIGINT, s BIGINT) WITH ('connector' = 'print');
CREATE TABLE timed (t TIMESTAMP(3), k INT, n BIGINT) WITH ('connector' = 'print');
CREATE VIEW newest AS SELECT id, w, t FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY t DESC) AS r FROM other) WHERE r = 1;
