"""Filters as SQL, over documents and over the passages of their texts."""

from index.datatypes import Filters


def passages_within(filters: Filters) -> tuple[str, tuple[str, ...]]:
    """A SELECT of the passages of the documents that the filters admit, and its values."""
    where, bindings = admitting(filters)
    select = (
        "SELECT passage FROM passages WHERE content IN"
        f" (SELECT content FROM documents d WHERE {where})"
    )
    return select, bindings


def admitting(filters: Filters) -> tuple[str, tuple[str, ...]]:
    """The filters as SQL over `documents d`. A document without a date passes no date filter."""
    parts, bindings = ["1 = 1"], []
    if filters.after is not None:
        parts.append("d.published >= ?")
        bindings.append(filters.after.isoformat())
    if filters.before is not None:
        parts.append("d.published <= ?")
        bindings.append(filters.before.isoformat())
    if filters.sources:
        parts.append(f"d.source_key IN ({', '.join('?' * len(filters.sources))})")
        bindings.extend(source.casefold() for source in filters.sources)
    if filters.documents:
        parts.append(f"d.id IN ({', '.join('?' * len(filters.documents))})")
        bindings.extend(filters.documents)
    return " AND ".join(parts), tuple(bindings)
