"""The archive as a component of a Haystack pipeline."""

import datetime as dt
import os
from typing import Any

from haystack import Document, component

from index import Archive, Filters, InvalidInput
from qa.adapters.passages import facts_of, name_of

_FILTERS = {"after", "before", "sources"}


@component
class ArchiveRetriever:
    """The passages that fit a query best, the best of each article first.

    Args:
        archive: the archive's folder; None is the platform's folder for a user's data.
        top_k: at most this many passages.
    """

    def __init__(self, archive: str | None = None, top_k: int = 10) -> None:
        self.archive = None if archive is None else os.fspath(archive)
        self.top_k = top_k
        self._opened: Archive | None = None

    def warm_up(self) -> None:
        """Open the archive and load its encoder."""
        self._archive().encoder  # noqa: B018 - it is loaded when it is first asked for

    def _archive(self) -> Archive:
        if self._opened is None:
            self._opened = Archive.open(self.archive, create=False)
        return self._opened

    def close(self) -> None:
        """Close the archive."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """Find passages.

        Args:
            query: words, a "quoted phrase", or a question.
            filters: `after` and `before`, dates like 2019-11-27, and `sources`, names of outlets.
            top_k: at most this many passages, for this once.

        Raises:
            InvalidInput: there is another filter, or a date is none.
        """
        found = self._archive().search(
            query,
            top_k=self.top_k if top_k is None else top_k,
            filters=_filters(filters or {}),
            spread=True,
        )
        return {
            "documents": [
                Document(
                    id=name_of(hit), content=hit.passage.text, meta=facts_of(hit), score=hit.score
                )
                for hit in found.hits
            ]
        }


def _filters(given: dict[str, Any]) -> Filters:
    if other := sorted(set(given) - _FILTERS):
        raise InvalidInput(f"no filter is called {other[0]!r}; there are after, before and sources")
    dates = {}
    for name in ("after", "before"):
        try:
            dates[name] = dt.date.fromisoformat(given[name]) if given.get(name) else None
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"{name} takes a date like 2019-11-27, got {given[name]!r}"
            ) from error
    return Filters(
        after=dates["after"], before=dates["before"], sources=tuple(given.get("sources") or ())
    )
