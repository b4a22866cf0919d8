-- Clicks that follow each other within half an hour are one visit.
CREATE TABLE clicks (person STRING, page STRING, at TIMESTAMP(3), WATERMARK FOR at AS at)
WITH ('connector' = 'inline', 'rows' = '
ann, home,  2026-01-01 10:00:00
bob, home,  2026-01-01 10:05:00
ann, cart,  2026-01-01 10:20:00
ann, home,  2026-01-01 12:00:00
');

SELECT person, window_start AS began, COUNT(*) AS clicks
FROM TABLE(SESSION(TABLE clicks PARTITION BY person, DESCRIPTOR(at), INTERVAL '30' MINUTE))
GROUP BY person, window_start, window_end
ORDER BY began, person;

-- prints
-- person,began,clicks
-- ann,2026-01-01 10:00:00.000,2
-- bob,2026-01-01 10:05:00.000,1
-- ann,2026-01-01 12:00:00.000,1
