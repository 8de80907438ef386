"""What office programs note of a document, less what only the program or the machine is called."""

import re

from index.read.metadata import one_line, people

_LONGEST_TITLE = 300
_NO_TITLE = re.compile(
    r"(?:untitled|unbenannt|sans titre|sin título|document|dokument|word document|title|slide|page|"
    r"presentation|newsletter|layout|template)?[\s_-]*(?:\d+|\(\d+\))?|"
    r"\S*_\S*|microsoft (?:word|powerpoint|excel) - .*|print|.*https?://.*|"
    r".*\.(?:docx?|dotx?|odt|rtf|txt|pdf|indd|qxd|qxp|pmd|p65|fm|tex|dvi|ps|eps|html?|pptx?|xlsx?|"
    r"jpe?g|tiff?|png)(?: .*)?",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:(?:microsoft|ms) ?(?:office)?(?: user)?|user|benutzer|usuario|utilisateur|owner|admin|"
    r"administrator|root|author|unknown|anonymous|n/?a|none|default|guest|staff|editor|newsroom|"
    r"windows(?: user)?|office|python-docx|apache poi|libreoffice|writer|acer|asus|dell|hp|lenovo|"
    r"toshiba|pc|(?:windows|microsoft)\W.*|.*[\\/].*|\W*|\d+)",
    re.IGNORECASE,
)


def worthy_title(noted: object) -> str:
    """The title that was noted, or nothing where it is a file's name or a program's word."""
    title = one_line(noted)
    if len(title) > _LONGEST_TITLE or _NO_TITLE.fullmatch(title):
        return ""
    return title


def worthy_authors(noted: object) -> tuple[str, ...]:
    """The people who were noted, without those whom only a machine calls so."""
    return tuple(name for name in people(noted) if not _NOBODY.fullmatch(name))
