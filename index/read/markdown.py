"""Markdown: the article is what a reader sees, without the marks; front matter is metadata."""

import itertools
import re
from collections.abc import Iterator

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.datatypes import Document
from index.errors import UnreadableFile
from index.read.decode import decode
from index.read.metadata import Metadata, metadata_from
from index.read.record import document_of
from index.read.source import Source

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


def read_markdown(source: Source) -> Iterator[Document]:
    """One article: its blocks as paragraphs, its first heading as title where none is given."""
    said, body = _parted(decode(source.read()))
    tokens = _parser.parse(body)
    blocks = [block for token in tokens if (block := _visible(token).strip())]
    if not blocks:
        raise UnreadableFile("the file holds no text")
    yield document_of(
        source,
        "\n\n".join(blocks),
        metadata_from(said, origin="front matter"),
        Metadata(title=_first_heading(tokens), origin="first heading"),
    )


def _parted(raw: str) -> tuple[dict[str, object], str]:
    """What the front matter says, and the rest. Between two rules there may also be mere text."""
    found = _FRONT_MATTER.match(raw)
    if found is None:
        return {}, raw
    try:
        fields = _yaml(found[1]) or {}
    except (yaml.YAMLError, RecursionError) as error:
        first = str(error).splitlines()[0]
        raise UnreadableFile(f"the front matter is not YAML: {first}") from error
    if isinstance(fields, dict):
        return fields, raw[found.end() :]
    return {}, raw


def _yaml(block: str) -> object:
    """What `block` says; values that are none of their kind, like the 31st of June, as text."""
    try:
        return yaml.safe_load(block)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - it makes text of everything


def _visible(token: Token) -> str:
    if token.type in ("fence", "code_block"):
        return token.content
    return "".join(_visible_inline(child) for child in token.children or ())


def _visible_inline(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return token.content


def _first_heading(tokens: list[Token]) -> str:
    for token, following in itertools.pairwise(tokens):
        if token.type == "heading_open":
            return " ".join(_visible(following).split())
    return ""
