"""Citations in the forms that people paste: footnote, Markdown, BibTeX, CSL-JSON, a CSL style.

Nothing that is not known is written: no date stands for an unknown one, and of addresses only
those that a browser opens, `http` and `https`.

Reading order: `articles` (what every form needs), `notes`, `bibtex` and `csl` (the forms), `styles`
and `style_file` (APA, Chicago, MLA, or the file of any other style).
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

from qa.datatypes import Citation
from qa.output.cite.bibtex import bibtex
from qa.output.cite.csl import csl_json
from qa.output.cite.notes import footnotes, markdown

__all__ = ["Form", "cite"]


class Form(StrEnum):
    """A form that citations are written in."""

    FOOTNOTE = "footnote"
    MARKDOWN = "markdown"
    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"


_WRITERS: dict[Form, Callable[[Sequence[Citation]], str]] = {
    Form.FOOTNOTE: footnotes,
    Form.MARKDOWN: markdown,
    Form.BIBTEX: bibtex,
    Form.CSL_JSON: csl_json,
}


def cite(citations: Sequence[Citation], form: Form) -> str:
    """The citations, in order, ending in a line end; nothing for none.

    Footnote and Markdown have one for each quotation; BibTeX and CSL-JSON one for each article,
    with all of its quotations.
    """
    return _WRITERS[form](citations) if citations else ""
