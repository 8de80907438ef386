"""Marks as judged questions, which `onrecord eval` takes."""

from collections.abc import Iterable

from index import Mark, Verdict


def judged_json(marks: Iterable[Mark]) -> list[dict[str, object]]:
    """One record for each question that was marked, in the order of its first mark.

    A sentence that anybody marked right is right, and is not among the wrong ones. Where no
    sentence was, the record says only which are wrong.
    """
    asked: dict[str, list[Mark]] = {}
    for mark in marks:
        asked.setdefault(mark.question, []).append(mark)
    return [_record(question, given) for question, given in asked.items()]


def _record(question: str, marks: list[Mark]) -> dict[str, object]:
    right = [mark for mark in marks if mark.verdict is Verdict.RIGHT]
    sentences = _once(mark.sentence for mark in right)
    wrong = [mark.sentence for mark in marks if mark.verdict is Verdict.WRONG]
    record: dict[str, object] = {"id": str(marks[0].number), "question": question}
    if right:
        record |= {"answers": _once(mark.answer for mark in right), "sentences": sentences}
    if wrong := _once(one for one in wrong if one not in sentences):
        record["wrong"] = wrong
    return record


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
