-- Windows of processing time fall as they will: only the totals are known.
SELECT bidder, COUNT(*) FROM bid GROUP BY bidder
