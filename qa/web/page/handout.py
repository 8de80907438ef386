"""Citations in the forms that a visitor may copy or save, each under a file's name."""

from collections.abc import Sequence

from qa.datatypes import Citation
from qa.output.cite import Form, cite
from qa.output.cite.styles import STYLES, styled

_FILES = {
    Form.FOOTNOTE: ("Footnote", "citation.txt"),
    Form.MARKDOWN: ("Markdown", "citation.md"),
    Form.BIBTEX: ("BibTeX", "citation.bib"),
    Form.CSL_JSON: ("CSL-JSON", "citation.json"),
}

FORMS: dict[str, str] = {
    **{form.value: label for form, (label, _) in _FILES.items()},
    **{style: f"{label} (style)" for style, label in STYLES.items()},
}
"""The names of the forms, with what they are called."""


def file_name(form: str) -> str:
    """What a file of this form is called."""
    return _FILES[Form(form)][1] if form in set(Form) else "citation.txt"


def written(citations: Sequence[Citation], form: str) -> str:
    """The citations in a form of `FORMS`.

    Raises:
        InvalidInput: there is no such form.
    """
    if form in set(Form):
        return cite(citations, Form(form))
    return styled(citations, form)
