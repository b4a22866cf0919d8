-- A result as one compressed file, which is there when it is complete: its name says the format.
COPY (SELECT departure, origin, delay FROM 'examples/data/flights.csv' WHERE delay > 200 ORDER BY delay DESC)
TO '/tmp/weir-long-delays.csv.gz';

SELECT COUNT(*) AS written, MIN(delay) AS least FROM '/tmp/weir-long-delays.csv.gz';

-- prints
-- written,least
-- 49,201
