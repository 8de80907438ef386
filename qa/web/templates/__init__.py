"""The page's HTML: a template for each part, in whose holes every text stays text.

A template is filled by `render` alone. What stands in a hole is escaped by `escape`, which knows
more signs than HTML has: gradio reads the page's messages as Markdown. Line ends of a template,
and spaces where a line begins or ends, are not in what it makes: an empty line would end the HTML
there. Where a line is to end in a space, it ends in `&#32;`.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa.output.wording import (
    copies_text,
    counted,
    document_name,
    reason_text,
    relaying,
    source_line,
)
from qa.web.escape import escape
from qa.web.templates.wording import as_milliseconds, file_name, language_tag, with_day


def _filled(value: object) -> object:
    """What a hole shows: HTML that another template made and numbers as they are; else as text."""
    if isinstance(value, Markup | int):
        return value
    return Markup(escape(str(value)))  # noqa: S704 - it has just been escaped


_ENVIRONMENT = Environment(
    loader=PackageLoader(__name__, "."),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_filled,
    auto_reload=False,
)
_ENVIRONMENT.filters |= {
    "copies": copies_text,
    "counted": counted,
    "day": with_day,
    "file_name": file_name,
    "language_tag": language_tag,
    "milliseconds": as_milliseconds,
    "name": document_name,
    "reason": reason_text,
    "relaying": relaying,
    "source_line": source_line,
}


def render(template: str, /, **values: object) -> Markup:
    """The HTML, on one line, that a template makes of these values.

    Args:
        template: the name of its file.
        values: what it shows; each that it names must be there.
    """
    filled = _ENVIRONMENT.get_template(template).render(values)
    # A space that belongs to a text is a reference by now, where it begins or ends the text.
    return Markup("".join(line.strip(" ") for line in filled.split("\n")))  # noqa: S704 - ours
