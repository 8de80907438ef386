"""The terms of the passages in SQLite: FTS5 without content of its own."""

from collections.abc import Iterable, Iterator, Sequence

from index.storage.protocol import Tables, TermRow

_COLUMNS = ("headline", "passage")


class Fts:
    """A `Lexicon`: FTS5's tables, which `index.search` asks what matches."""

    def __init__(self, database: Tables) -> None:
        self._database = database

    def put(self, rows: Iterable[TermRow]) -> None:
        for row in rows:
            self._database.execute(
                "INSERT INTO terms (rowid, headline, passage) VALUES (?,?,?)", row
            )

    def take_out(self, rows: Iterable[TermRow]) -> None:
        for row in rows:
            self._database.execute(
                "INSERT INTO terms (terms, rowid, headline, passage) VALUES ('delete', ?, ?, ?)",
                row,
            )

    def clear(self) -> None:
        self._database.execute("INSERT INTO terms (terms) VALUES ('delete-all')")

    def optimize(self) -> None:
        self._database.execute("INSERT INTO terms (terms) VALUES ('optimize')")

    def is_made_of(self, rows: Iterable[TermRow]) -> bool:
        kept = sum(
            hash((term, passage, column, place))
            for term, passage, column, place in self._database.stream(
                "SELECT term, doc, col, offset FROM term_places"
            )
        )
        made = sum(
            hash((term, row.passage, column, place))
            for row in rows
            for column, stored in zip(_COLUMNS, (row.headline, row.text), strict=True)
            for place, term in enumerate(stored.split())
        )
        return kept == made

    def occurrences(self, terms: Sequence[str]) -> dict[str, int]:
        if not terms:
            return {}
        rows = self._database.execute(
            f"SELECT term, cnt FROM vocabulary WHERE term IN ({', '.join('?' * len(terms))})",
            tuple(terms),
        )
        return dict(rows)

    def beginning(self, letters: Sequence[str]) -> Iterator[str]:
        for letter in letters:
            for (term,) in self._database.stream(
                "SELECT term FROM vocabulary WHERE term >= ? AND term < ?",
                (letter, chr(ord(letter) + 1)),
            ):
                yield term
