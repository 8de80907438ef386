"""The command line: `onrecord add`, `ask`, `search`, `serve` and the rest.

JSON on standard output is only JSON; everything else goes to standard error. Exit codes: 0 done,
1 something failed and the rest was done, 2 wrong usage, 130 stopped by Ctrl-C.
"""

import contextlib
import datetime as dt
import hashlib
import io
import json
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, TextIO, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from index import InvalidInput, OnRecordError

if TYPE_CHECKING:
    from index import Archive, Failure, Filters
    from qa import judge
    from qa.assistant import Assistant
    from qa.settings import Settings

# What the commands need is imported by each of them: all of it together takes seconds.

app = typer.Typer(
    name="onrecord",
    help="Ask your news archive. Every answer is a sentence on record, quoted and cited.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_out = Console(highlight=False, soft_wrap=False)
_err = Console(stderr=True, highlight=False)


Thing = TypeVar("Thing")


_SETTLED_MS = 1_600
"""Changes of a folder are waited for until they have settled for so long."""

_ASKED_MS = 500
"""How often it is asked whether to stop watching."""


class ProgressStyle(StrEnum):
    AUTO = "auto"
    JSONL = "jsonl"
    NONE = "none"


ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        help="The archive's folder (ONRECORD_ARCHIVE; else the user's data folder).",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AfterOption = Annotated[
    str | None, typer.Option("--after", metavar="DATE", help="Published on this day or later.")
]
BeforeOption = Annotated[
    str | None, typer.Option("--before", metavar="DATE", help="Published on this day or earlier.")
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Published by this outlet; may be repeated."),
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="PATTERN",
        help="Of folders, only files like this: '*.html'; repeatable.",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="PATTERN", help="Of folders, no files like this; repeatable."
    ),
]
PruneOption = Annotated[
    bool, typer.Option("--prune", help="Remove the articles of files that have vanished.")
]
BatchOption = Annotated[
    Path | None,
    typer.Option(
        "--batch",
        metavar="FILE",
        help="A file of questions: one a line, or JSONL with “question” and “id”.",
    ),
]


@app.callback()
def _root(
    *,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; anywhere on the line.")
    ] = False,
) -> None:
    """Ask your news archive. Every answer is a sentence on record, quoted and cited."""


@app.command(epilog="Example: onrecord add ~/clippings --include '*.html' --archive my-archive")
def add(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Files and folders; - for standard input.")
    ],
    archive: ArchiveOption = None,
    *,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    prune: PruneOption = False,
    reread: Annotated[
        bool, typer.Option("--reread", help="Read files again that have not changed.")
    ] = False,
    as_json: JsonOption = False,
    progress: Annotated[
        ProgressStyle, typer.Option(help="How to show how far it is, on standard error.")
    ] = ProgressStyle.AUTO,
) -> None:
    """Take in the articles of files and folders; what is unchanged is passed over."""
    from index import UPLOADS, Archive, Silent
    from qa import render
    from qa.progress import Bar, JsonLines

    settings = _settings()
    with (
        Archive.open(archive or settings.archive, encoder=settings.encoder) as opened,
        _stopping() as is_stopped,
        contextlib.ExitStack() as stack,
    ):
        _load(opened)
        shown: Bar | JsonLines | Silent = Silent()
        if progress is ProgressStyle.JSONL:
            shown = JsonLines()
        elif progress is ProgressStyle.AUTO and _err.is_terminal:
            shown = stack.enter_context(Bar(_err))
        report = opened.add(
            [_kept_input(opened) if path == "-" else path for path in paths],
            include=include or (),
            exclude=exclude or (),
            prune=prune,
            reread=reread,
            progress=shown,
            is_cancelled=is_stopped,
        )
        for failure in report.failed:
            if failure.line is None and opened.folder / UPLOADS in Path(failure.path).parents:
                Path(failure.path).unlink(missing_ok=True)
    if as_json:
        _print_json(report.as_json())
    else:
        _out.print(Text(render.report_text(report)))
    _print_failures(report.failed, _err)
    if report.vanished and not prune:
        for path in report.vanished:
            _err.print(Text(render.plain(f"vanished: {path}")), soft_wrap=True)
        _err.print("Their articles are still in the archive; to remove them add --prune.")
    if report.interrupted:
        _err.print("Stopped. What is listed above is safe; run the same command to go on.")
        raise typer.Exit(130)
    if report.failed:
        raise typer.Exit(1)


@app.command(epilog="Example: onrecord watch ~/clippings --prune")
def watch(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="Folders of articles.")],
    archive: ArchiveOption = None,
    *,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    prune: PruneOption = False,
) -> None:
    """Take in what is in folders, and then what changes in them, until Ctrl-C."""
    import watchfiles

    from index import Archive
    from qa import render

    missing = [folder for folder in folders if not folder.is_dir()]
    if missing:
        raise typer.BadParameter(f"{missing[0]} is no folder; watch takes folders")
    settings = _settings()
    with (
        Archive.open(archive or settings.archive, encoder=settings.encoder) as opened,
        _stopping() as is_stopped,
    ):
        _load(opened)
        changes = watchfiles.watch(
            *folders,
            debounce=_SETTLED_MS,
            rust_timeout=_ASKED_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        is_first = True
        for changed in changes:  # nothing, at first: by then it is watching
            if is_stopped():
                break
            if not changed and not is_first:
                continue
            report = opened.add(
                folders,
                include=include or (),
                exclude=exclude or (),
                prune=prune,
                is_cancelled=is_stopped,
            )
            news = report.added or report.updated or report.duplicates or report.pruned
            if is_first or news or report.failed:
                _out.print(Text(f"{time.strftime('%X')} {render.report_text(report)}"))
                _print_failures(report.failed, _err)
            is_first = False


@app.command(epilog='Example: onrecord ask "who claimed the Tazerbo attack?" --after 2019-11-01')
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    top_k: Annotated[int, typer.Option(help="At most this many citations.")] = 5,
    after: AfterOption = None,
    before: BeforeOption = None,
    source: SourceOption = None,
    batch_file: BatchOption = None,
) -> None:
    """Find the sentence that answers, quote it, and cite it; or say that there is none."""
    from qa import batch, render

    filters = _filters(after, before, source)
    asked = batch.questions(question, batch_file, filters=filters, top_k=top_k)
    with _assistant(archive) as assistant:
        for one in asked:
            answer = assistant.ask(one)
            if as_json:
                _print_json(render.answer_json(answer))
            else:
                if batch_file:
                    _out.print(Text(render.plain(one.text), style="bold"))
                _out.print(render.answer_terminal(answer))


@app.command(epilog='Example: onrecord search "police station" --top-k 3')
def search(
    query: Annotated[str | None, typer.Argument(help="Words, or a “quoted phrase”.")] = None,
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    top_k: Annotated[int, typer.Option(help="At most this many passages.")] = 10,
    after: AfterOption = None,
    before: BeforeOption = None,
    source: SourceOption = None,
    batch_file: BatchOption = None,
) -> None:
    """List the articles that fit best, each by its best passage, without reading for an answer."""
    from qa import batch, render

    filters = _filters(after, before, source)
    asked = batch.questions(query, batch_file, filters=filters, top_k=top_k)
    with _open(archive) as opened:
        _load(opened)
        for one in asked:
            result = opened.search(one.text, top_k=top_k, filters=filters, spread=True)
            if as_json:
                _print_json(render.search_json(result, query_id=one.id))
            else:
                _out.print(render.search_terminal(result))


@app.command(epilog="Example: onrecord serve --port 7861")
def serve(
    archive: ArchiveOption = None,
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 7860,
    allowed_host: Annotated[
        list[str] | None, typer.Option(help="A host name that browsers may use; repeatable.")
    ] = None,
) -> None:
    """Serve the web page for one archive, which is made when it is not there."""
    from index import Archive

    settings = _settings()
    with Archive.open(archive or settings.archive):
        pass
    _serve(archive, host=host, port=port, allowed_hosts=allowed_host or (), is_demo=False)


@app.command(epilog="Example: onrecord demo --port 7861")
def demo(
    archive: ArchiveOption = None,
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 7860,
) -> None:
    """Serve the page over the article that comes with On Record, ready to be asked."""
    from index import Archive
    from qa import render
    from qa.demo import demo_folder, seeds_folder

    folder = archive or demo_folder()
    with Archive.open(folder, encoder=_settings().encoder) as opened:
        _load(opened)
        report = opened.add([seeds_folder()])
        _err.print(Text(render.report_text(report)))
    _serve(folder, host=host, port=port, allowed_hosts=(), is_demo=True)


@app.command(epilog="Example: onrecord status --json")
def status(archive: ArchiveOption = None, *, as_json: JsonOption = False) -> None:
    """Say what is in the archive, and what it was made with."""
    from rich.table import Table

    from index import status_of
    from qa import render

    found = status_of(archive or _settings().archive)
    if as_json:
        _print_json(render.status_json(found))
        return
    table = Table.grid(padding=(0, 2))
    for name, value in render.status_rows(found):
        table.add_row(Text(name, style="dim"), Text(render.plain(value)))
    _out.print(table)


@app.command(epilog="Example: onrecord verify --repair")
def verify(
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Build anew what is derived from the texts.")
    ] = False,
) -> None:
    """Check everything that the archive keeps; exit with 1 when something is wrong."""
    from qa import render

    with _open(archive) as opened:
        report = opened.verify(repair=repair)
    if as_json:
        _print_json(render.verify_json(report))
    else:
        for finding in report.findings:
            line = render.plain(f"{finding.what}; {finding.remedy}")
            _out.print(Text(line, style="red"), soft_wrap=True)
        verdict = "nothing is wrong" if report.is_clean else f"{len(report.findings)} things wrong"
        _out.print(f"{report.documents} articles, {report.passages} passages: {verdict}.")
    if not report.is_clean:
        raise typer.Exit(1)


@app.command("list", epilog="Example: onrecord list --json")
def list_documents(
    archive: ArchiveOption = None,
    *,
    failed: Annotated[
        bool, typer.Option("--failed", help="List what could not be read, and why, instead.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the articles: id, date, source, title."""
    from qa import render

    with _open(archive) as opened:
        if failed:
            for failure in opened.failures():
                if as_json:
                    _print_json(failure.as_json())
                else:
                    _print_failures([failure], _out)
            return
        for document in opened.documents():
            if as_json:
                _print_json(render.document_json(document))
            else:
                line = f"{document.id}  {render.source_line(document)}"
                _out.print(Text(render.plain(line)), soft_wrap=True)


@app.command(epilog="Example: onrecord remove 5cd58fc28da61dcc")
def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="See: onrecord list")],
    archive: ArchiveOption = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Erase articles for good: text, index, vectors. The files they came from are left alone."""
    from qa import render

    with _open(archive) as opened:
        if not yes and sys.stdin.isatty():
            for document_id in ids:
                _err.print(Text(render.plain(render.source_line(opened.document(document_id)))))
            typer.confirm(f"Erase {len(ids)} of the archive's articles?", abort=True, err=True)
        removed = opened.remove(ids)
    _err.print(f"Erased {removed}.")


@app.command(epilog="Example: onrecord export > archive.jsonl")
def export(
    archive: ArchiveOption = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", help="A file, instead of standard output.")
    ] = None,
) -> None:
    """Write every article as a JSONL record, which `onrecord add` takes back."""
    from qa import render

    with _open(archive) as opened, contextlib.ExitStack() as stack:
        stream = sys.stdout
        if output is not None:
            with _as_new(output):
                stream = stack.enter_context(output.open("x", encoding="utf-8"))
        for document in opened.documents(versions=True):
            stream.write(json.dumps(render.export_json(document), ensure_ascii=False) + "\n")


@app.command(epilog="Example: onrecord reencode --encoder ~/models/multilingual-e5-small")
def reencode(
    archive: ArchiveOption = None,
    *,
    encoder: Annotated[
        Path | None,
        typer.Option(help="The folder of a sentence-transformers model; default: the packaged."),
    ] = None,
) -> None:
    """Make all vectors anew with another encoder."""
    from qa import render

    chosen = encoder or _settings().encoder
    with _open(archive, encoder_matters=False) as opened, _err.status("Encoding…"):
        count = opened.reencode(chosen)
    _err.print(f"Encoded {count} texts.")
    if chosen is not None:
        line = render.plain(f"Name it in the settings too: ONRECORD_ENCODER={chosen}")
        _err.print(Text(line), soft_wrap=True)


@app.command("eval", epilog="Example: onrecord eval dev-v2.0.json --plot confidence.png")
def evaluate_questions(
    file: Annotated[Path, typer.Argument(help="SQuAD JSON, or JSONL of judged questions.")],
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    limit: Annotated[
        int, typer.Option(help="Only the first so many questions; 0: all.", min=0)
    ] = 0,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="K/N", help="Only the questions of every N-th article, from the K-th."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw reliability, and risk against coverage."),
    ] = None,
    reading: Annotated[
        bool, typer.Option("--reading", help="Read each question with its own paragraph instead.")
    ] = False,
    without_article: Annotated[
        bool,
        typer.Option("--without-article", help="Ask with and without the question's article."),
    ] = False,
) -> None:
    """Measure answers against judged questions: accuracy, abstention, honesty of the confidence.

    SQuAD's paragraphs are put into an archive of their own; JSONL is asked of --archive. A line
    of JSONL has “question” and “answer” or “sentence”, or neither when nothing answers it.
    """
    from qa import evaluate, findings, judge, plots
    from qa.reader import Reader

    if sum((plot is not None, reading, without_article)) > 1:
        raise InvalidInput("give one of --plot, --reading and --without-article")
    if plot is not None:
        _check_plot(plot)
    judged = judge.load(file)
    if without_article:
        judged.need_articles(2)
    judged = judged if part is None else judged.part(part)
    judged = judged.first(limit) if limit else judged
    if reading:
        found = evaluate.read_alone(Reader.load(_settings().reader), judged, shown=_asking)
    else:
        with _judged_assistant(judged, archive) as assistant:
            if without_article:
                found = evaluate.without_article(assistant, judged, shown=_asking)
            else:
                found = evaluate.evaluate(assistant, _asking(judged.questions))
    if as_json:
        _print_json(found.as_json())
    else:
        for number, one in enumerate(findings.tables(found)):
            _out.print(*([""] if number else []), one, sep="\n")
    if plot is not None and isinstance(found, findings.Evaluation):
        drawn = plots.draw(found.confidence)
        with _as_new(plot), plot.open("xb") as stream:
            stream.write(drawn)


# Parts


def _settings() -> "Settings":
    from qa.settings import Settings

    return Settings.load()


def _open(archive: Path | None, *, encoder_matters: bool = True) -> "Archive":
    from index import Archive

    settings = _settings()
    encoder = settings.encoder if encoder_matters else None
    return Archive.open(archive or settings.archive, create=False, encoder=encoder)


def _load(archive: "Archive") -> None:
    """Load the encoder, with a word about it where somebody is waiting."""
    with _err.status("Loading the encoder…") if _err.is_terminal else contextlib.nullcontext():
        archive.encoder  # noqa: B018 - it is loaded when it is first asked for


def _assistant(archive: Path | None) -> "Assistant":
    from qa.assistant import Assistant
    from qa.reader import Reader

    opened = _open(archive)
    _load(opened)
    return Assistant(opened, Reader.load(_settings().reader))


@contextlib.contextmanager
def _judged_assistant(judged: "judge.Judged", archive: Path | None) -> "Iterator[Assistant]":
    """Over the documents that came with the questions, for as long; else over the archive."""
    from index import Archive

    with contextlib.ExitStack() as stack:
        if judged.articles:
            archive = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-")))
            with Archive.open(archive, encoder=_settings().encoder) as opened:
                _load(opened)
                opened.add_documents(_tracked(judged.documents, "Adding"))
        yield stack.enter_context(_assistant(archive))


def _asking(questions: "Sequence[judge.JudgedQuestion]") -> "Iterable[judge.JudgedQuestion]":
    return _tracked(questions, "Asking")


def _tracked(things: Sequence[Thing], doing: str) -> Iterable[Thing]:
    from rich.progress import track

    return track(things, doing, console=_err, disable=not _err.is_terminal)


def _serve(
    archive: Path | None, *, host: str, port: int, allowed_hosts: Sequence[str], is_demo: bool
) -> None:
    from qa.web import serve as serve_page  # gradio takes seconds to import

    with _assistant(archive) as assistant:
        serve_page(assistant, host=host, port=port, allowed_hosts=allowed_hosts, is_demo=is_demo)


def _filters(after: str | None, before: str | None, sources: list[str] | None) -> "Filters":
    from index import Filters

    return Filters(
        after=_date("--after", after),
        before=_date("--before", before),
        sources=tuple(sources or ()),
    )


def _date(option: str, value: str | None) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput(f"{option} takes a date like 2019-11-27, got {value!r}") from error


@contextlib.contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C stop between two documents; the second stops at once."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        _err.print("Stopping after this document; press Ctrl-C again to stop at once.")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _check_plot(path: Path) -> None:
    """Refuse now what could not be written after a long evaluation."""
    if path.suffix.lower() != ".png":
        raise InvalidInput(f"--plot draws a PNG: name it like confidence.png, not {path.name!r}")
    with _as_new(path):
        path.open("xb").close()
    path.unlink()


@contextlib.contextmanager
def _as_new(path: Path) -> Iterator[None]:
    """Say what hinders a new file."""
    try:
        yield
    except FileExistsError as error:
        raise InvalidInput(f"{path} is there already; name another file") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from error


def _print_failures(failed: "Iterable[Failure]", console: Console) -> None:
    from qa import render

    for failure in failed:
        place = failure.path if failure.line is None else f"{failure.path}:{failure.line}"
        line = render.plain(f"failed: {place}: {failure.reason}")
        console.print(Text(line, style="red"), soft_wrap=True)


def _kept_input(archive: "Archive") -> Path:
    """Standard input as a file of the archive's own, named by its content."""
    from index import UPLOADS

    folder = archive.folder / UPLOADS
    folder.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".part-", dir=folder)
    try:
        with open(handle, "w+b") as file:  # noqa: PTH123 - it is open already
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        kept = folder / f"standard input {digest[:12]}"
        Path(part).replace(kept)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return kept


def _print_json(record: object) -> None:
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _write_utf8(stream: TextIO) -> None:
    """Make a pipe or file UTF-8; half a surrogate pair is then written as JSON writes it."""
    if isinstance(stream, io.TextIOWrapper):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line, and exit."""
    from qa import render

    given = list(sys.argv[1:] if args is None else args)
    debug = "--debug" in given
    _write_utf8(sys.stdout)
    _write_utf8(sys.stderr)
    try:
        app([one for one in given if one != "--debug"], prog_name="onrecord")
    except OnRecordError as error:
        if debug:
            raise
        line = render.plain(" ".join(f"onrecord: {error}".splitlines()))
        _err.print(Text(line, style="red"), soft_wrap=True)
        sys.exit(2 if isinstance(error, InvalidInput) else 1)
