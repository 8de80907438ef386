"""XML that declares neither a document type nor entities, which is where bombs are made."""

import io
from collections.abc import Mapping
from typing import Any, Protocol
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from index.errors import UnreadableFile

_DEEPEST = 1000
_MOST_TAGS = 1_000_000
_MOST_ATTRIBUTES = 1000


class Target(Protocol):
    """Told of each element and text, in order. A name is `{namespace}local`, or `local`."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


def parse_plain(raw: bytes, target: Target | None = None) -> bool:
    """Whether `raw` is well-formed XML. `target` is told of it, up to where it is ill-formed.

    Raises:
        UnreadableFile: it declares a document type or entities, or has elements that are very
            many, very deep or with very many attributes.
    """
    if raw.count(b"<") > _MOST_TAGS:
        raise UnreadableFile(f"its XML has more than {_MOST_TAGS} tags; save it in parts")
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)  # noqa: FBT003 - SAX's
    parser.setContentHandler(_Handler(target))
    try:
        parser.parse(io.BytesIO(raw))
    except DefusedXmlException as error:
        raise UnreadableFile(
            "its XML declares a document type or entities, which no article needs"
        ) from error
    except (SAXException, LookupError, UnicodeError):
        return False
    return True


class _Handler(ContentHandler):
    def __init__(self, target: Target | None) -> None:
        super().__init__()
        self._target = target
        self._depth = 0

    def startElementNS(self, name: Any, _written: Any, attributes: Any) -> None:  # noqa: N802
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableFile(f"its XML is nested more than {_DEEPEST} elements deep")
        if len(attributes) > _MOST_ATTRIBUTES:
            raise UnreadableFile("its XML has elements with very many attributes")
        if self._target is not None:
            named = {_tag(each): value for each, value in attributes.items()}
            self._target.start(_tag(name), named)

    def endElementNS(self, name: Any, _written: Any) -> None:  # noqa: N802
        self._depth -= 1
        if self._target is not None:
            self._target.end(_tag(name))

    def characters(self, content: str) -> None:
        if self._target is not None:
            self._target.data(content)


def _tag(name: tuple[str | None, str]) -> str:
    namespace, local = name
    return f"{{{namespace}}}{local}" if namespace else local
