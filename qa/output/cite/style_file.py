"""A CSL style as citeproc-py reads it, with what stands in for missing names printed once.

CSL says so of substituted variables ("suppressed in the rest of the output"); citeproc-py keeps to
it where a substitute names its variable, and not where it calls a macro, as most styles do: an
article without an author had its title twice.

Source: CSL 1.0.2, "Substitute".
"""

from pathlib import Path
from typing import Any

from citeproc import CitationStylesStyle
from citeproc.model import CitationStylesElement, Substitute, Text
from lxml import etree

_NAMESPACE = "http://purl.org/net/xbiblio/csl"
_TEXT = f"{{{_NAMESPACE}}}text"
_PRINTED = "printed"
"""Where a layout's `repressed` has the variables printed so far; the other keys are tags."""


class _NotedText(Text):  # type: ignore[misc]
    """A text that notes which variable it prints."""

    def _variable(self, item: Any, context: Any) -> Any:
        text = super()._variable(item, context)
        if text:
            context.get_layout().repressed.setdefault(_PRINTED, []).append(self.get("variable"))
        return text


class _Substitute(Substitute):  # type: ignore[misc]
    """What stands in for missing names, and is not printed again."""

    def render(self, item: Any, context: Any = None, **kwargs: Any) -> Any:
        context.get_layout().repressed[_PRINTED] = []
        return super().render(item, context=context, **kwargs)

    def add_to_repressed_list(self, child: Any, context: Any) -> None:
        super().add_to_repressed_list(child, context)
        repressed = context.get_layout().repressed
        repressed.setdefault(_TEXT, []).extend(repressed[_PRINTED])


class Style(CitationStylesStyle):  # type: ignore[misc]
    """The style of a .csl file."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), validate=False)
        lookup = etree.ElementNamespaceClassLookup()
        classes = lookup.get_namespace(_NAMESPACE)
        classes[None] = CitationStylesElement
        for element in CitationStylesElement.__subclasses__():
            classes[element.__name__.replace("_", "-").lower()] = element
        classes.update({"text": _NotedText, "substitute": _Substitute})
        self.parser.set_element_class_lookup(lookup)
        self.xml = etree.parse(str(path), self.parser)
        self.root = self.xml.getroot()
        self.root.set_locale_list(self.root.get("default-locale", "en-US"), validate=False)
