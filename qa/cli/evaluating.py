"""`onrecord eval`."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index import InvalidInput
from qa.cli.console import out, print_json, tracked
from qa.cli.files import as_new
from qa.cli.opening import assistant_over, settings_now
from qa.cli.options import ArchiveOption, JsonOption
from qa.cli.root import app

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.evaluation.judged_questions import Judged, JudgedQuestion
    from qa.evaluation.report import Figures


@app.command("eval", epilog="Example: onrecord eval dev-v2.0.json --plot confidence.png")
def evaluate_questions(
    file: Annotated[Path, typer.Argument(help="Judged questions: SQuAD JSON, or JSONL.")],
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    limit: Annotated[int, typer.Option(help="Ask only this many questions; 0 for all.", min=0)] = 0,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="K/N", help="Ask only about every N-th article, beginning with the K-th."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="Draw the reliability diagram and the risk–coverage curve."
        ),
    ] = None,
    reading: Annotated[
        bool,
        typer.Option(
            "--reading", help="Measure reading alone: give each question its own paragraph."
        ),
    ] = False,
    without_article: Annotated[
        bool,
        typer.Option(
            "--without-article",
            help="Measure refusals: ask with and without the question's article.",
        ),
    ] = False,
) -> None:
    """Measure answers to judged questions. Accuracy, refusals, and what the confidence is worth.

    SQuAD's paragraphs are put into a temporary archive; JSONL is asked of --archive. A line of
    JSONL has a “question”, and an “answer” or a “sentence”, or neither when nothing answers it. It
    may have “documents”, the ids of the articles that answer; a “type”, for figures by type; and
    “denies”, the sentences that say that there is no answer. A line with “turns” is a dialogue,
    whose follow-ups are asked one after the other: tests/news/README.md.
    """
    from qa.evaluation import dialogues, evaluate, judged_questions, plots, report
    from qa.reading.reader import Reader

    if sum((plot is not None, reading, without_article)) > 1:
        raise InvalidInput("give one of --plot, --reading and --without-article")
    if plot is not None:
        _check_plot(plot)
    if talks := dialogues.load(file):
        if plot is not None or part is not None or reading or without_article:
            raise InvalidInput(
                "dialogues are asked as they are: of the options, give --limit alone"
            )
        with assistant_over(archive) as assistant:
            asked = tracked(talks[:limit] if limit else talks, "Asking")
            _print(dialogues.evaluate(assistant, asked), as_json=as_json)
        return
    judged = judged_questions.load(file)
    if without_article:
        judged.need_articles(2)
    judged = judged if part is None else judged.part(part)
    judged = judged.first(limit) if limit else judged
    if reading:
        found = evaluate.read_alone(Reader.load(settings_now().reader), judged, shown=_asking)
    else:
        with _judged_assistant(judged, archive) as assistant:
            if without_article:
                found = evaluate.without_article(assistant, judged, shown=_asking)
            else:
                found = evaluate.evaluate(assistant, _asking(judged.questions))
    _print(found, as_json=as_json)
    if plot is not None and isinstance(found, report.Evaluation):
        drawn = plots.draw(found.confidence)
        with as_new(plot), plot.open("xb") as stream:
            stream.write(drawn)


def _print(found: "Figures", *, as_json: bool) -> None:
    from qa.evaluation import report

    if as_json:
        print_json(found.as_json())
        return
    for number, one in enumerate(report.tables(found)):
        out.print(*([""] if number else []), one, sep="\n")


@contextlib.contextmanager
def _judged_assistant(judged: "Judged", archive: Path | None) -> "Iterator[Assistant]":
    """Over the documents that came with the questions, for as long; else over the archive."""
    from index import Archive

    with contextlib.ExitStack() as stack:
        if judged.articles:
            archive = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-")))
            with Archive.open(archive, encoder=settings_now().encoder) as opened:
                opened.add_documents(tracked(judged.documents, "Adding"))
        yield stack.enter_context(assistant_over(archive))


def _asking(
    questions: "Sequence[JudgedQuestion]",
) -> "Iterable[JudgedQuestion]":
    return tracked(questions, "Asking")


def _check_plot(path: Path) -> None:
    """Refuse now what could not be written after a long evaluation."""
    if path.suffix.lower() != ".png":
        raise InvalidInput(f"--plot draws a PNG: name it like confidence.png, not {path.name!r}")
    with as_new(path):
        path.open("xb").close()
    path.unlink()
