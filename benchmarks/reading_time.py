"""What reading costs: the time of a question's reading, against one encoder pass over the same.

The paragraphs of SQuAD 2.0 lie in one archive, and some of the questions are asked of it. After
each, the very texts that its reading was given (the question, the headline, the sentences) go
through the encoder in one pass, so that both meet the same noise.

    python benchmarks/reading_time.py [FILE] [--questions N] [--json FILE]
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index import Archive
from index.models import Encoder, PassageText
from qa import Assistant, Question, Reader
from qa.evaluation import judged_questions
from qa.reading.fitted import Fitted
from qa.reading.span_model import PACKAGED, Context, LocalSpanModel, SpanModel, SpanPrediction

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ONRECORD_TEST_DATA", ROOT.parent / "shared" / "data"))

SEED = 1
WARM = 20


@dataclass
class Heard:
    """A model, and what it was given since the last look."""

    model: SpanModel
    texts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def languages(self) -> str:
        """Those of the model."""
        return self.model.languages

    def read(self, question: str, contexts: Sequence[Context]) -> list[list[SpanPrediction]]:
        """Read, and note what was read."""
        self.texts += [(question, context.under_headline) for context in contexts]
        return self.model.read(question, contexts)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one question, in milliseconds: its reading, and an encoder pass over the same texts."""

    reading: float
    encoding: float
    windows: int


def measure(assistant: Assistant, heard: Heard, questions: Sequence[str]) -> list[Cost]:
    """The cost of each question."""
    costs = []
    for question in questions:
        heard.texts.clear()
        inquiry = assistant.inquire(Question(text=question))
        reading = next(one for one in inquiry.answer.stages if one.name == "read")
        began = time.perf_counter()
        encode(assistant.archive.encoder, heard.texts)
        encoding = 1000 * (time.perf_counter() - began)
        costs.append(Cost(reading.milliseconds, encoding, len(heard.texts)))
    return costs


def encode(encoder: Encoder, texts: Sequence[tuple[str, str]]) -> None:
    """One pass over pairs of a question and what was read for it."""
    encoder.encode_passages(
        [PassageText(headline=question, text=text, sentences=()) for question, text in texts]
    )


def main() -> None:
    """Ask, print the medians, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "squad2" / "dev-half.json")
    parser.add_argument("--questions", type=int, default=300, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    judged = judged_questions.load(given.file)
    asked = [one.text for one in random.Random(SEED).sample(judged.questions, given.questions)]
    heard = Heard(LocalSpanModel.load())
    with tempfile.TemporaryDirectory() as place, Archive.open(place) as archive:
        archive.add_documents(judged.documents)
        assistant = Assistant(archive, Reader(heard, Fitted.load(PACKAGED)))
        measure(assistant, heard, asked[:WARM])
        costs = measure(assistant, heard, asked)
    read = [one for one in costs if one.windows]
    reading = float(np.median([one.reading for one in read]))
    encoding = float(np.median([one.encoding for one in read]))
    ratio = float(np.median([one.reading / one.encoding for one in read]))
    windows = float(np.mean([one.windows for one in read]))
    print(f"{len(read)} questions, {windows:.1f} windows read for one; medians")
    print(f"reading                      {reading:8.1f} ms")
    print(f"an encoder pass over the same{encoding:8.1f} ms")
    print(f"ratio, question by question  {ratio:8.2f}")
    if given.json:
        figures = {"reading_ms": reading, "encoding_ms": encoding, "ratio": ratio}
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
