"""CSL-JSON items, which Zotero, Pandoc and every CSL processor read.

Source: the schema `csl-data.json` of CSL 1.0.2. Names are literal: which part of a name is the
family's cannot be told from a byline, and an agency has none.
"""

import datetime as dt
import json
from collections.abc import Sequence

from index import Document
from qa.datatypes import Citation
from qa.output.cite.articles import by_article, text_id, web_address
from qa.output.wording import document_name


def csl_json(citations: Sequence[Citation]) -> str:
    """A JSON list of one item for each article; its quotations are in `custom`, to the letter."""
    items = [
        csl_item(document)
        | {
            "note": f"On Record {text_id(document)}",
            "custom": {
                "sha256": document.sha256,
                "quotes": [
                    {
                        "quote": one.quote,
                        "start": one.start,
                        "end": one.end,
                        "page": document.page(one.start),
                    }
                    for one in quotes
                ],
            },
        }
        for document, quotes in by_article(citations)
    ]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def csl_item(document: Document) -> dict[str, object]:
    """What CSL knows of an article, without the fields that are unknown."""
    item = {
        "id": document.id,
        "type": "article-newspaper",
        "title": document_name(document),
        "container-title": document.source,
        "author": [{"literal": name} for name in document.authors],
        "issued": _date(document.published),
        "accessed": _date(document.retrieved) if web_address(document) else None,
        "URL": web_address(document),
        "language": document.language,
    }
    return {name: value for name, value in item.items() if value}


def _date(date: dt.date | None) -> dict[str, object] | None:
    return None if date is None else {"date-parts": [[date.year, date.month, date.day]]}
