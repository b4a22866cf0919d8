// Scripts to start from. They need nothing but the server.

const SOURCE = `CREATE TABLE example_orders (
  id BIGINT,
  item INT,
  price DOUBLE,
  ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '20',
  'fields.item.min' = '1',
  'fields.item.max' = '8',
  'fields.price.min' = '1',
  'fields.price.max' = '100'
);
`;

export const EXAMPLES = [
  {
    name: "Totals that change as rows come",
    sql: `-- A source that makes rows up. "Run all" runs every statement, Ctrl+Enter the one at the cursor.
${SOURCE}
SELECT item, COUNT(*) AS n, ROUND(AVG(price), 2) AS mean
FROM example_orders
GROUP BY item;
`,
  },
  {
    name: "Rows of ten seconds each",
    sql: `-- A window is put out when the watermark has passed its end.
${SOURCE}
SELECT window_start, item, COUNT(*) AS n, MAX(price) AS dearest
FROM TABLE(TUMBLE(TABLE example_orders, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, item;
`,
  },
  {
    name: "The three best",
    sql: `${SOURCE}
SELECT item, total, place
FROM (
  SELECT item, total, ROW_NUMBER() OVER (ORDER BY total DESC) AS place
  FROM (SELECT item, SUM(price) AS total FROM example_orders GROUP BY item)
)
WHERE place <= 3;
`,
  },
  {
    name: "A job that runs on",
    sql: `-- An INSERT is a job: it goes on when this page is closed. Edit its query while it runs.
${SOURCE}
CREATE TABLE example_totals (
  item INT,
  n BIGINT,
  total DOUBLE
) WITH ('connector' = 'blackhole');

CREATE JOB example AS
INSERT INTO example_totals
SELECT item, COUNT(*) AS n, SUM(price) AS total
FROM example_orders
GROUP BY item;
`,
  },
];
