"""Old wrong verdicts that are planted back (DefectPlanted), each at the place that decides it: what the wrong one was."""
PLANTS = {
    # Rows that are kept, known by the names of their columns.
    "meaning-of-joins": "another expression under a name that a join keeps",
    "meaning-of-interval-joins": "another expression under a name that an interval join keeps",
    "meaning-of-window-joins": "another expression under a name that a window join keeps",
    "meaning-of-ranks": "another expression under a name that a Top-N keeps",
    "meaning-of-window-ranks": "another expression under a name that a window Top-N keeps",
    "meaning-of-deduplication": "another expression under a name that a deduplication keeps",
    "meaning-of-swapped": "two aliases swapped",
    "meaning-of-computed": "a computed column changed",
    # ORDER BY … LIMIT.
    "meaning-of-limit": "more rows than were kept",
    "meaning-of-offset": "another OFFSET",
    "meaning-of-direction": "DESC to ASC",
    # Of several.
    "meaning-of-branches": "an expression changed in one branch of a UNION ALL",
    "meaning-of-readers": "a second sink over a result that goes on",
    "meaning-of-new-aggregates": "a new aggregate over it",
    "meaning-of-new-ranks": "a new Top-N over it",
    "seeded-twice": "a new reader is given the result so far twice",
    "seeded-everyone": "old readers are given it, too",
    # What a table is.
    "meaning-of-places": "columns of a positional format in another order",
    "meaning-of-metadata": "METADATA FROM another key",
    "meaning-of-sink-columns": "a column of the sink added",
    "meaning-of-sink-order": "columns of the sink in another order",
    "meaning-of-overwrite": "INSERT INTO for INSERT OVERWRITE",
    "meaning-of-zone": "table.local-time-zone where an expression depends on it",
    "meaning-of-calls": "table.local-time-zone where an aggregate's argument depends on it",
    "meaning-of-output": "an output expression over an aggregate",
    # Refused, or ignored, without a reason.
    "meaning-of-values": "VALUES beside state: a restore of unchanged SQL is refused",
    "meaning-of-allow-drop": "ALLOW DROP of an operator that fits is ignored",
    "meaning-of-truth": "WHERE 1 = 1",
    "meaning-of-mirrored": "2 < qty for qty > 2",
    "meaning-of-paths": "a path spelled otherwise",
    "meaning-of-aliases": "an alias renamed below a join or Top-N",
    "meaning-of-sides": "sides of a join exchanged",
}
