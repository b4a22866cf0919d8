WITH p AS (SELECT DISTINCT id, name, ms / 10000 AS slot FROM person),
a AS (SELECT DISTINCT seller, ms / 10000 AS slot FROM auction)
SELECT p.id, p.name, moment(p.slot * 10000) FROM p JOIN a ON p.id = a.seller AND p.slot = a.slot
