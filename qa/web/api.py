"""What programs can ask for: the four operations of the command line, with its JSON.

Each is one function, which gradio offers as an endpoint of its API and, when the site has them,
as an MCP tool. Its docstring and its types are what the documentation of both is made of.

One thing is otherwise than on the command line: where a file lies is the server's own affair. In
place of its `path`, which is null, a record has its name, as `file`.
"""

import datetime as dt
import functools
import inspect
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pydantic
from gradio.block_function import BlockFunction
from gradio.events import api as add_operation

from index import UPLOADS, Filters, InvalidInput, OnRecordError
from qa.assistant import Assistant
from qa.datatypes import MAX_QUESTION, NoAnswer, Question
from qa.output.json import answer_json, search_json, status_json
from qa.web.environment import prepare
from qa.web.gate.bodies import is_uploaded
from qa.web.gate.routes import operations_of
from qa.web.site import Site
from qa.web.uploads import keep

MAX_HITS = 100

Record = dict[str, Any]

_LOGGER = logging.getLogger(__name__)


def offer(site: Site) -> None:
    """Add the operations to the `gr.Blocks` that is open."""
    operations = Operations(site)
    for name in operations_of(site):
        add_operation(_offered(getattr(operations, name)), api_name=name, queue=False)


class Blocks(gr.Blocks):
    """Gradio's, which tells a program that it has to give more, and no log what it gave."""

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """Refuse a request with too few parameters.

        Raises:
            gr.Error: with what to do about it.
        """
        needed, given = len(block_fn.inputs), len(inputs)
        if given < needed:
            raise gr.Error(
                f"{block_fn.api_name} takes {needed} parameters, got {given}; "
                "give all, null for those that have a default",
                print_exception=False,
            )


class Operations:
    """The operations over a site's archives."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def ask(  # noqa: PLR0917 - gradio gives all by their place
        self,
        question: str,
        after: str | None = None,
        before: str | None = None,
        source: list[str] | None = None,
        top_k: int = 5,
        archive: str = "",
    ) -> Record:
        """Find the sentence in the news archive that answers a question, quoted and cited.

        The answer's words are a part of a sentence that is quoted character for character, with its
        article, outlet and date. When no sentence answers, "answered" is false, "reason" says why,
        and "nearest" has the closest sentences, which are no answers. Nothing is generated.

        Args:
            question: The question, in whole words; a "quoted phrase" must stand in the article.
            after: Only articles published on this day or later, like 2019-11-25.
            before: Only articles published on this day or earlier, like 2019-11-27.
            source: Only articles of these outlets; case is ignored.
            top_k: At most this many citations.
            archive: The archive to ask, by its name; the first when empty.

        Returns:
            The record that `onrecord ask --json` prints.
        """
        filters = _filters(after, before, source)
        asked = Question(text=question, filters=filters, top_k=_count(top_k))
        assistant = self._assistant(archive)
        with self._site.turns:
            answer = assistant.ask(asked)
            if isinstance(answer, NoAnswer):
                answer = assistant.suggest(answer)
        return answer_json(answer)

    def search(  # noqa: PLR0917 - as above
        self,
        query: str,
        after: str | None = None,
        before: str | None = None,
        source: list[str] | None = None,
        top_k: int = 10,
        archive: str = "",
    ) -> Record:
        """List the articles of the news archive that fit best, each by its best passage.

        Args:
            query: Words, or a "quoted phrase" that must stand in the article.
            after: Only articles published on this day or later, like 2019-11-25.
            before: Only articles published on this day or earlier, like 2019-11-27.
            source: Only articles of these outlets; case is ignored.
            top_k: At most this many passages.
            archive: The archive to search, by its name; the first when empty.

        Returns:
            The record that `onrecord search --json` prints.
        """
        if len(query) > MAX_QUESTION:
            raise InvalidInput(f"a query has at most {MAX_QUESTION} characters")
        searched = self._assistant(archive).archive
        filters = _filters(after, before, source)
        with self._site.turns:
            result = searched.search(query, top_k=_count(top_k), filters=filters, spread=True)
        return search_json(result, query_id=None)

    def status(self, archive: str = "") -> Record:
        """Say what is in the news archive: articles, sentences, outlets, dates, and the encoder.

        Args:
            archive: The archive, by its name; the first when empty.

        Returns:
            The record that `onrecord status --json` prints.
        """
        return status_json(self._assistant(archive).archive.status())

    def add(
        self,
        files: list[dict[str, Any]] | None = None,
        paths: list[str] | None = None,
        archive: str = "",
    ) -> Record:
        """Take articles into the news archive; what is unchanged is passed over.

        Args:
            files: Files that were uploaded to this server; gradio's client does so by itself.
            paths: Files and folders on the server, within the folders that its owner named.
            archive: The archive to add to, by its name; the first when empty.

        Returns:
            The record that `onrecord add --json` prints.
        """
        uploaded = [_uploaded(file) for file in files or ()]
        try:
            return self._add(uploaded, paths or [], self._assistant(archive))
        finally:
            for file in uploaded:
                file.unlink(missing_ok=True)

    def _add(self, uploaded: list[Path], paths: list[str], assistant: Assistant) -> Record:
        if not uploaded and not paths:
            raise InvalidInput("nothing to add: give files, or paths")
        named = [self._named(path) for path in paths]
        archive = assistant.archive
        kept = keep(uploaded, archive.folder / UPLOADS)
        report = archive.add([*kept, *named])
        archive.drop_uploads(report.failed)
        return report.as_json()

    def _named(self, path: str) -> Path:
        """A path that may be added from; of another is not even said whether it is there."""
        folders = [folder.resolve() for folder in self._site.folders]
        if "\0" not in path and Path(path).is_absolute():
            found = Path(os.path.realpath(path))  # no error where a link leads back to itself
            if any(found.is_relative_to(folder) for folder in folders):
                return found
        named = ", ".join(map(str, self._site.folders)) or "none"
        raise InvalidInput(f"{path} is in no folder that this server adds from ({named})")

    def _assistant(self, name: str) -> Assistant:
        if not name:
            return self._site.first
        if name not in self._site.assistants:
            known = ", ".join(filter(None, self._site.assistants)) or "one without a name"
            raise InvalidInput(f"there is no archive {name!r} here; there are: {known}")
        return self._site.assistants[name]


def _offered(operation: Callable[..., Record]) -> Callable[..., Record]:
    """An operation as gradio calls it: what is wrong becomes an error that its clients are told."""
    checked = pydantic.validate_call(operation)
    signature = inspect.signature(operation)

    @functools.wraps(operation)
    def offered(*given: Any) -> Record:
        arguments = signature.bind(*given).arguments
        try:
            told: Record = _without_paths(
                checked(**{name: one for name, one in arguments.items() if one is not None})
            )
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise gr.Error(f"{name}: {first['msg']}", print_exception=False) from error
        except OnRecordError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            _LOGGER.exception("an operation failed")
            raise gr.Error("something went wrong; see the server's log") from error
        return told

    return offered


def _uploaded(file: dict[str, Any]) -> Path:
    """Where an uploaded file lies; it is deleted once it is added, so no other file may be named.

    Raises:
        InvalidInput: it is none of the uploaded.
    """
    path = file.get("path")
    if not is_uploaded(path, Path(prepare())):
        raise InvalidInput("a file must be one that was uploaded")
    return Path(str(path))


def _without_paths(value: Any) -> Any:
    """Files by their names; gradio's client would take what has a path for a file to fetch."""
    if isinstance(value, dict):
        told = {key: _without_paths(one) for key, one in value.items()}
        if isinstance(path := value.get("path"), str):
            told |= {"path": None, "file": Path(path).name}
        return told
    return [_without_paths(one) for one in value] if isinstance(value, list | tuple) else value


def _filters(after: str | None, before: str | None, source: list[str] | None) -> Filters:
    return Filters(after=_day(after), before=_day(before), sources=tuple(source or ()))


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"a date is like 2019-11-27, got {text!r}") from error


def _count(top_k: int) -> int:
    if not 1 <= top_k <= MAX_HITS:
        raise InvalidInput(f"top_k is a number from 1 to {MAX_HITS}, got {top_k}")
    return top_k
