"""The data sets, as rows: a question, what is read for it, and the words there that answer.

Read are SQuAD's own form (rajpurkar/SQuAD-explorer), in which SQuADShifts is too, and QAMR
(uwnlp/qamr).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index import Span
from index.text import split_sentences
from qa.reading.contexts import Context

_BRACKETS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "``": '"', "''": '"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A question over a context. `answers`: in the context's text; none where nothing answers."""

    question: str
    context: Context
    answers: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question over a whole paragraph, with all of its sentences."""

    question: str
    article: str
    text: str
    sentences: tuple[Span, ...]
    answers: tuple[Span, ...]


def read_squad(
    path: Path, *, but_for: Iterable[str] = (), only: Iterable[str] = ()
) -> list[Judged]:
    """One a question; those are left out whose answer crosses two sentences.

    Args:
        path: of a file in SQuAD's form.
        but_for: titles of articles to leave out.
        only: titles of the articles to read; all when empty.
    """
    left_out, wanted = set(but_for), set(only)
    rows: list[Judged] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        title = article["title"]
        if title in left_out or (wanted and title not in wanted):
            continue
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            sentences = tuple(split_sentences(text))
            for asked in paragraph["qas"]:
                answers = tuple(sorted(set(_answers(asked["answers"], sentences))))
                if bool(answers) != bool(asked.get("is_impossible", False)):
                    rows.append(
                        Judged(
                            question=asked["question"],
                            article=title.replace("_", " "),
                            text=text,
                            sentences=sentences,
                            answers=answers,
                        )
                    )
    return rows


def read_qamr(folder: Path) -> dict[str, list[Row]]:
    """One row a question, over its sentence alone; by sentence."""
    sentences: dict[str, tuple[str, list[Span]]] = {}
    for line in (folder / "wiki-sentences.tsv").read_text(encoding="utf-8").splitlines():
        name, _, written = line.partition("\t")
        sentences[name] = _tokenised(written.split(" "))
    rows: dict[str, list[Row]] = {}
    for part in ("dev.tsv", "test.tsv"):
        for line in (folder / part).read_text(encoding="utf-8").splitlines():
            fields = line.split("\t")
            text, tokens = sentences[fields[0]]
            given = [fields[6], *(field.partition(":")[2] for field in fields[7:])]
            answers = {span for one in given if (span := _of_tokens(one, tokens))}
            if answers:
                context = Context("", text, [Span(0, len(text))])
                row = Row(question=fields[5], context=context, answers=tuple(sorted(answers)))
                rows.setdefault(fields[0], []).append(row)
    return rows


def _tokenised(tokens: Iterable[str]) -> tuple[str, list[Span]]:
    """The text of some tokens, and where each stands."""
    plain = [_BRACKETS.get(token.lower(), token) for token in tokens]
    spans: list[Span] = []
    place = 0
    for token in plain:
        spans.append(Span(place, place + len(token)))
        place += len(token) + 1
    return " ".join(plain), spans


def _of_tokens(indices: str, tokens: list[Span]) -> Span | None:
    """The span of an answer in token numbers, where they follow one another."""
    numbers = sorted(int(one) for one in indices.split())
    if not numbers or numbers[-1] - numbers[0] != len(numbers) - 1 or numbers[-1] >= len(tokens):
        return None
    return Span(tokens[numbers[0]].start, tokens[numbers[-1]].end)


def _answers(given: Iterable[dict[str, object]], sentences: Iterable[Span]) -> Iterator[Span]:
    for answer in given:
        start, text = int(str(answer["answer_start"])), str(answer["text"])
        span = Span(start, start + len(text))
        if any(one.start <= span.start and span.end <= one.end for one in sentences):
            yield span
