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
    "meaning-of-second-keys": "another second key of an order",
    # What rows pass, and meet.
    "meaning-of-filters": "another WHERE",
    "meaning-of-call-filters": "another FILTER of a call",
    "meaning-of-conditions": "another further condition of a join",
    "meaning-of-join-types": "LEFT JOIN for JOIN",
    "meaning-of-windows": "another size of windows",
    "meaning-of-intervals": "a wider interval of a join",
    "meaning-of-lookups": "another file that is looked up",
    "meaning-of-lookup-places": "columns of a file that is looked up in another order",
    "meaning-of-source-types": "another type of a column that is read",
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
    "meaning-of-sink-types": "another type of a column of the sink",
    "meaning-of-overwrite": "INSERT INTO for INSERT OVERWRITE",
    "meaning-of-sink-keys": "another PRIMARY KEY of the sink",
    "meaning-of-directories": "another PARTITIONED BY",
    "meaning-of-watching": "a table that is not watched any more",
    "meaning-of-zone": "table.local-time-zone where an expression depends on it",
    "meaning-of-calls": "table.local-time-zone where an aggregate's argument depends on it",
    "meaning-of-output": "an output expression over an aggregate",
    # Refused, or ignored, without a reason.
    "meaning-of-values": "VALUES beside state: a restore of unchanged SQL is refused",
    "meaning-of-allow-drop": "ALLOW DROP of an operator that fits is ignored",
    "meaning-of-truth": "WHERE 1 = 1",
    "meaning-of-mirrored": "2 < qty for qty > 2",
    "meaning-of-paths": "a path spelled otherwise",
    "meaning-of-headers": "columns in another order where a header names them",
    "meaning-of-aliases": "an alias renamed below a join or Top-N",
    "meaning-of-sides": "sides of a join exchanged",
    # Names that change.
    "paths-as-written": "a source knows its files by how the table's path is written",
    "mapping-of-all-tables": "a mapping of one table's column renames those of other tables, too",
    "moves-without-fields": "state that goes on under other names loses the columns that have them",
}

# The operators under which a defect can show, where these are few. Edits of others count, and need not be run to know that
# they show nothing.
RANKS = ("topn", "agg-topn", "limit", "agg-limit")
CALLS = ("agg", "wagg", "session", "join-agg", "lookup")
OPERATORS = {
    "meaning-of-joins": ("join", "semi", "join-agg", "sums", "set"),
    "meaning-of-interval-joins": ("ijoin",),
    "meaning-of-window-joins": ("wjoin",),
    "meaning-of-intervals": ("ijoin",),
    "meaning-of-ranks": RANKS,
    "meaning-of-window-ranks": ("wtopn",),
    "meaning-of-limit": (*RANKS, "wtopn"),
    "meaning-of-offset": (*RANKS, "wtopn"),
    "meaning-of-direction": (*RANKS, "wtopn", "dedup"),
    "meaning-of-second-keys": (*RANKS, "wtopn"),
    "meaning-of-call-filters": CALLS,
    "meaning-of-conditions": ("join", "semi", "join-agg"),
    "meaning-of-join-types": ("join", "semi", "ijoin", "wjoin", "join-agg", "sums", "set"),
    "meaning-of-windows": ("wagg", "session"),
    "meaning-of-lookups": ("lookup",),
    "meaning-of-lookup-places": ("lookup",),
    "meaning-of-branches": ("agg", "list", "agg-topn", "agg-limit"),
    "meaning-of-overwrite": ("wagg", "session", "wtopn", "ijoin", "wjoin", "plain"),
    "meaning-of-values": ("agg", "list", "distinct", "plain", *RANKS, "join", "semi", "set"),
    "meaning-of-sides": ("join", "ijoin", "wjoin", "join-agg"),
    "seeded-twice": ("agg", "list", "distinct", "dedup", "set", "join-agg", "lookup", *RANKS),
    "seeded-everyone": ("agg", "list", "distinct", "dedup", "set", "join-agg", "lookup", *RANKS),
}
