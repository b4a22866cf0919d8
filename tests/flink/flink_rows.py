"""Rows of changelogs as the connector print and our format changelog write them."""


def folded(changes):
    """The rows that are left of changes like "+U[1, a]", sorted."""
    counts = {}
    for change in changes:
        kind, row = change[:2], change[2:]
        counts[row] = counts.get(row, 0) + (1 if kind in ("+I", "+U") else -1)
    return sorted(row for row, count in counts.items() for _ in range(max(count, 0)))
