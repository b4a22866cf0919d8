-- Ask a file a question: in quotes it is a table, whose columns are found out from its first records.
SELECT origin, COUNT(*) AS flights, MAX(delay) AS worst
FROM 'examples/data/flights.csv'
GROUP BY origin
ORDER BY flights DESC
LIMIT 3;

-- prints
-- origin,flights,worst
-- DFW,1103,298
-- ORD,1095,259
-- ATL,846,365
