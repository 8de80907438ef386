"""The data sets, as rows: a question, the sentences around its answer, and where the answer is.

Three are read: QAMR (uwnlp/qamr, MIT), the sentence pairs of SQuAD 1.1 (xinyadu/nqg) and SQuAD's
own form (rajpurkar/SQuAD-explorer), both CC BY-SA 4.0.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from index import Span
from index.text import split_sentences
from qa.training.words import Text, Vocabulary

_BRACKETS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "``": '"', "''": '"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`context`: sentences. `answers`: `(sentence, first word, last word)`, all of them right.

    Where only the sentence is known, `answers` is empty and `place` names it; where nothing
    answers, `place` is None. `group` is what the context was taken from: an article, a list.
    """

    question: Text
    context: tuple[Text, ...]
    place: int | None
    answers: tuple[tuple[int, int, int], ...] = ()
    title: Text | None = None
    group: str = ""


def read_qamr(folder: Path, vocabulary: Vocabulary) -> list[Row]:
    """One row a question, its sentence alone as the context."""
    sentences: dict[str, tuple[Text, list[int]]] = {}
    with (folder / "wiki-sentences.tsv").open(encoding="utf-8") as file:
        for line in file:
            name, _, written = line.rstrip("\n").partition("\t")
            sentences[name] = _tokenised(written.split(" "), vocabulary)
    rows: list[Row] = []
    for part in ("dev.tsv", "test.tsv"):
        with (folder / part).open(encoding="utf-8") as file:
            for line in file:
                fields = line.rstrip("\n").split("\t")
                name, written = fields[0], fields[5]
                sentence, first_words = sentences[name]
                given = [fields[6], *(field.partition(":")[2] for field in fields[7:])]
                answers = {span for one in given if (span := _answer(one, first_words, sentence))}
                if answers:
                    rows.append(
                        Row(
                            question=vocabulary.text(written)[0],
                            context=(sentence,),
                            place=0,
                            answers=tuple((0, *span) for span in sorted(answers)),
                            group=name,
                        )
                    )
    return rows


def read_wiki_sentences(folder: Path, vocabulary: Vocabulary) -> list[Text]:
    """The sentences that QAMR asks of, and the others of the same list."""
    with (folder / "wiki-sentences.tsv").open(encoding="utf-8") as file:
        return [
            _tokenised(line.rstrip("\n").partition("\t")[2].split(" "), vocabulary)[0]
            for line in file
        ]


def read_sentence_pairs(path: Path, vocabulary: Vocabulary) -> tuple[list[Row], list[Text]]:
    """Rows whose answer is somewhere in a sentence, and each sentence in the order of the file.

    `Row.group` is the sentence's number in that order: neighbours come from one article.
    """
    asked: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            pair = json.loads(line)
            asked.setdefault(" ".join(pair["sentence"].split()), []).append(pair["question"])
    rows: list[Row] = []
    sentences: list[Text] = []
    for written, questions in asked.items():
        sentence = _tokenised(written.split(" "), vocabulary)[0]
        rows.extend(
            Row(
                question=vocabulary.text(question)[0],
                context=(sentence,),
                place=0,
                group=str(len(sentences)),
            )
            for question in questions
        )
        sentences.append(sentence)
    return rows, sentences


def read_squad(path: Path, vocabulary: Vocabulary) -> list[Row]:
    """One row a question, the paragraph's sentences as the context."""
    rows: list[Row] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        title = vocabulary.text(article["title"].replace("_", " "))[0]
        for paragraph in article["paragraphs"]:
            written = paragraph["context"]
            spans = split_sentences(written)
            texts = [vocabulary.text(written[slice(*span)]) for span in spans]
            for asked in paragraph["qas"]:
                found = {
                    place
                    for answer in asked["answers"]
                    if (place := _place(answer["answer_start"], answer["text"], spans, texts))
                }
                if bool(found) == bool(asked.get("is_impossible")):
                    continue  # an answer that crosses two sentences
                rows.append(
                    Row(
                        question=vocabulary.text(asked["question"])[0],
                        context=tuple(text for text, _ in texts),
                        place=min(found)[0] if found else None,
                        answers=tuple(sorted(found)),
                        title=title,
                        group=article["title"],
                    )
                )
    return rows


def _tokenised(tokens: list[str], vocabulary: Vocabulary) -> tuple[Text, list[int]]:
    """A sentence given in tokens, and for each token (and the end) the number of its first word."""
    plain = [_BRACKETS.get(token.lower(), token) for token in tokens]
    text, spans = vocabulary.text(" ".join(plain))
    first_words: list[int] = []
    position = word = 0
    for token in plain:
        while word < len(spans) and spans[word].start < position:
            word += 1
        first_words.append(word)
        position += len(token) + 1
    return text, [*first_words, len(spans)]


def _answer(indices: str, first_words: list[int], sentence: Text) -> tuple[int, int] | None:
    """The words of an answer in token numbers, where they follow one another."""
    tokens = sorted(int(one) for one in indices.split())
    if not tokens or tokens[-1] - tokens[0] != len(tokens) - 1 or tokens[-1] + 2 > len(first_words):
        return None
    first, last = first_words[tokens[0]], first_words[tokens[-1] + 1] - 1
    return (first, last) if first <= last < len(sentence) else None


def _place(
    start: int, answer: str, spans: list[Span], texts: list[tuple[Text, list[Span]]]
) -> tuple[int, int, int] | None:
    end = start + len(answer)
    for number, (span, (_, words)) in enumerate(zip(spans, texts, strict=True)):
        if span.start <= start and end <= span.end:
            inside = [
                place
                for place, word in enumerate(words)
                if word.start < end - span.start and word.end > start - span.start
            ]
            return (number, inside[0], inside[-1]) if inside else None
    return None
