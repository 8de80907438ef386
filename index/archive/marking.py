"""What users say of answers, kept in the archive: that they are right, or wrong."""

import datetime as dt

from index.archive.opened import Opened
from index.datatypes import Mark, Verdict
from index.storage import marks

_MARKING_SECONDS = 2.0


class Marking(Opened):
    """An open archive that keeps marks."""

    def mark(
        self,
        verdict: Verdict,
        *,
        question: str,
        document_id: str,
        start: int,
        end: int,
        answer: str,
        who: str = "",
    ) -> Mark:
        """Keep that an answer is right, or wrong; a user's later verdict replaces the former.

        Args:
            verdict: what the user says.
            question: what was asked, as it stands alone.
            document_id: the document or former version that is cited.
            start: where its sentence begins in the text.
            end: where it ends.
            answer: the words of the sentence that were given for the answer.
            who: the user's name, where there are users.

        Raises:
            InvalidInput: there is no such sentence, or the answer is no part of it.
            NoDocument: there is no such document.
            ArchiveLocked: another process has been writing for longer than two seconds.
        """
        document = self.document(document_id)
        mark = Mark(
            number=0,
            question=question,
            document=document_id,
            sha256=document.sha256,
            start=start,
            end=end,
            sentence=document.text[start:end],
            answer=answer,
            verdict=verdict,
            who=who,
            marked_at=dt.datetime.now(dt.UTC).replace(microsecond=0),
        )
        with (
            self._writing(timeout_seconds=_MARKING_SECONDS) as store,
            store.database.writing(),
        ):
            store.path_of(document_id)  # it may have been removed meanwhile
            return marks.put(store.database, mark)

    def marks(self, *, who: str | None = None) -> list[Mark]:
        """The marks of one user, or of all, in the order in which they were made."""
        return marks.listed(self._store().database, who=who)

    def withdraw(self, number: int, *, who: str | None = None) -> None:
        """Forget a mark; with `who`, only if it is that user's.

        Raises:
            NoMark: there is none of that number.
        """
        with (
            self._writing(timeout_seconds=_MARKING_SECONDS) as store,
            store.database.writing(),
        ):
            marks.withdraw(store.database, number, who=who)
