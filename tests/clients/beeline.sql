CREATE TABLE described (id INT, name STRING) WITH ('connector' = 'inline', 'rows' = '
1, a
2, NULL
');
SELECT * FROM described;
!tables
!describe described
SELECT name, COUNT(*) AS n FROM described GROUP BY name;
DROP TABLE described;
