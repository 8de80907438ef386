"""What a passage says of itself to other programs."""

from index import Hit


def name_of(hit: Hit) -> str:
    """A passage's own name, the same at each search: the document's id and the offsets."""
    return f"{hit.document.id}:{hit.passage.start}-{hit.passage.end}"


def facts_of(hit: Hit) -> dict[str, str | int | float | None]:
    """What is needed to cite a passage, in values that any store takes.

    `text[start:end]` of the document `id` is the passage; `sha256` is of its whole text;
    `published` is a date like 2019-11-27, or None; a higher `score` is better.
    """
    document = hit.document
    return {
        "id": document.id,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "title": document.title,
        "source": document.source,
        "url": document.url,
        "published": None if document.published is None else document.published.isoformat(),
        "path": document.path,
        "sha256": document.sha256,
        "rank": hit.rank,
        "score": hit.score,
    }
