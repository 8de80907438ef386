"""Answers, hits and articles as JSON: the records that the commands and the server give."""

from dataclasses import asdict

from index import Document, SearchResult, Status, VerifyReport
from qa.datatypes import Answer, Citation, NoAnswer, UnknownWord, Way


def answer_json(answer: Answer | NoAnswer) -> dict[str, object]:
    """The record that `onrecord ask --json` prints; every key is always there."""
    found: dict[str, object] = {"answered": False, "reason": None, "answer": None}
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    unknown: tuple[UnknownWord, ...] = ()
    ways: tuple[Way, ...] = ()
    if isinstance(answer, Answer):
        citations = answer.citations
        found["answered"] = True
        found["answer"] = {
            "text": answer.text,
            "sentence": answer.sentence,
            "start": answer.start,
            "end": answer.end,
            "confidence": round(answer.confidence, 4),
            "sentence_confidence": round(answer.sentence_confidence, 4),
        }
    else:
        nearest, unknown, ways = answer.nearest, answer.unknown, answer.ways
        found["reason"] = answer.reason.value
    return {
        "id": answer.question.id,
        "question": answer.question.text,
        "interpreted": answer.interpreted,
        **found,
        "citations": [_citation_json(one) for one in citations],
        "nearest": [_citation_json(one) for one in nearest],
        "searched": {
            "documents": answer.searched.documents,
            "sentences": answer.searched.sentences,
            "undated": answer.searched.undated,
            "partial": answer.searched.is_partial,
        },
        "elapsed_ms": round(answer.elapsed_ms, 1),
        "unknown": [asdict(one) for one in unknown],
        "ways": [_way_json(way) for way in ways],
    }


def _way_json(way: Way) -> dict[str, object]:
    filters = way.question.filters
    return {
        "change": way.change.value,
        "question": way.question.text,
        "after": None if filters.after is None else filters.after.isoformat(),
        "before": None if filters.before is None else filters.before.isoformat(),
        "sources": list(filters.sources),
    }


def search_json(result: SearchResult, *, query_id: str | int | None) -> dict[str, object]:
    """The record that `onrecord search --json` prints."""
    return {
        "id": query_id,
        "query": result.query,
        "hits": [
            {
                "rank": hit.rank,
                "score": round(hit.score, 4),
                "document": document_json(hit.document, hit.copies),
                "passage": {
                    "text": hit.passage.text,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                },
            }
            for hit in result.hits
        ],
    }


def document_json(document: Document, copies: tuple[str, ...] = ()) -> dict[str, object]:
    """What a citation says of its article."""
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "url": document.url,
        "published": None if document.published is None else document.published.isoformat(),
        "authors": list(document.authors),
        "path": document.path,
        "sha256": document.sha256,
        "copies": list(copies),
        "details": document.details,
    }


def export_json(document: Document) -> dict[str, object]:
    """The record that `onrecord export` prints, which `onrecord add` takes back."""
    record = document_json(document)
    del record["copies"], record["details"]
    record |= document.details
    return record | {"text": document.text}


def _citation_json(citation: Citation) -> dict[str, object]:
    return {
        "role": citation.role.value,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "page": citation.document.page(citation.start),
        "score": round(citation.score, 4),
        "document": document_json(citation.document, citation.copies),
    }


def status_json(status: Status) -> dict[str, object]:
    """The record that `onrecord status --json` prints."""
    return asdict(status)


def verify_json(report: VerifyReport) -> dict[str, object]:
    """The record that `onrecord verify --json` prints."""
    return {"clean": report.is_clean, **asdict(report)}
