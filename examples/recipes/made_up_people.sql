-- Rows that look real, for a demonstration or a test: the same seed gives the same rows.
CREATE TABLE people (name STRING, city STRING, age INT)
WITH ('connector' = 'faker', 'seed' = '7', 'number-of-rows' = '100',
      'fields.name.expression' = '#{Name.first_name}', 'fields.city.expression' = '#{Address.city}',
      'fields.age.expression' = '#{number.numberBetween ''18'',''66''}');

SELECT COUNT(*) AS people, MIN(age) >= 18 AND MAX(age) < 66 AS in_range FROM people;

-- prints
-- people,in_range
-- 100,TRUE
