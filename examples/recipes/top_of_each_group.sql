-- The two most delayed flights of each airport: a Top-N keeps two rows an airport, not all.
SELECT origin, destination, delay
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY origin ORDER BY delay DESC, departure) AS place
      FROM 'examples/data/flights.csv' WHERE origin IN ('ATL', 'ORD'))
WHERE place <= 2
ORDER BY origin, delay DESC;

-- prints
-- origin,destination,delay
-- ATL,EWR,365
-- ATL,BUF,289
-- ORD,PDX,259
-- ORD,BTV,181
