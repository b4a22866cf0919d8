-- Forget keys that were not seen for a day, so that state does not grow for ever.
CREATE TABLE visits (person STRING) WITH ('connector' = 'inline', 'rows' = '
ann
bob
ann
');

SELECT /*+ STATE_TTL('visits' = '1d') */ person, COUNT(*) AS visits FROM visits GROUP BY person ORDER BY person;

-- prints
-- person,visits
-- ann,2
-- bob,1
