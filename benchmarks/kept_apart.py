"""What the reader makes of the articles of SQuAD 2.0's dev set that it was not trained on.

    python benchmarks/kept_apart.py [--data FOLDER] [--json OUT.json]

The paragraph given: F1 of the words, and answerable questions against those made unanswerable, of
all four. In an archive of all paragraphs: the whole way, of the two that nothing was fitted on.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from saved_pages import DATA

from index import Archive
from qa import Assistant, Reader
from qa.evaluation.evaluate import evaluate
from qa.evaluation.metrics import auroc, words_f1
from qa.training import fit
from qa.training.recipe import KEPT_APART
from qa.training.rows import read_squad


def given_the_paragraph(reader: Reader, data: Path) -> dict[str, float]:
    """F1 and AUROC over the four articles."""
    f1: list[float] = []
    chances: dict[bool, list[float]] = {True: [], False: []}
    for one in read_squad(data / "squad2" / "dev-half.json", only=KEPT_APART):
        read = reader.read(one.question, one.text)
        chances[bool(one.answers)].append(read.answerable)
        if one.answers:
            f1.append(max(words_f1(read.text, one.text[slice(*span)]) for span in one.answers))
    return {
        "F1": float(np.mean(f1)),
        "answerable": len(f1),
        "AUROC": auroc(np.array(chances[True]), np.array(chances[False])),
        "questions": sum(map(len, chances.values())),
    }


def the_whole_way(reader: Reader, data: Path) -> list[dict[str, object]]:
    """What `onrecord eval` measures, of the two articles."""
    titles = [title for title in KEPT_APART if title not in fit.FITTED_ON]
    judged, questions = fit.of_articles(data, titles)
    with tempfile.TemporaryDirectory() as folder, Archive.open(folder) as archive:
        archive.add_documents(judged.documents)
        answerable = [one for one in questions if one.is_answerable]
        found = evaluate(Assistant(archive, reader), answerable)
    return [
        {"figure": one.name, "value": one.value, "low": one.low, "high": one.high, "of": one.count}
        for one in found.metrics
    ]


def main() -> None:
    """Measure both, and print them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="OUT.json")
    given = parser.parse_args()
    reader = Reader.load()
    alone = given_the_paragraph(reader, given.data)
    print("the paragraph given:", ", ".join(f"{name} {value:.3f}" for name, value in alone.items()))
    whole = the_whole_way(reader, given.data)
    for row in whole:
        interval = f"({row['low']:.3f}–{row['high']:.3f})"
        print(f"{row['figure']:40} {row['value']:.3f} {interval} {row['of']}")
    if given.json:
        given.json.write_text(json.dumps({"alone": alone, "whole": whole}), encoding="utf-8")


if __name__ == "__main__":
    main()
