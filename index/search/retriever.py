"""A query and filters → ranked hits: dense passages and BM25, fused.

The score is a sum on one scale for every archive, of one passage or a million:

    score = cos(passage) + max cos(sentence) + 0.4 · bm25 + 0.3 · coverage

`bm25` and `coverage` weigh each term of the query by its share of the query's whole idf, so that
coverage is 1 at the most, and bm25 2.2. Source: BM25, Robertson & Zaragoza 2009, with a fixed mean
length. The weights were chosen on 13 articles of SQuAD 1.1, and measured on SQuAD 2.0 dev;
`docs/adr/0005-fusion.md` has what else was tried.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from index.datatypes import Document, Filters, Hit, Passage, Searched, SearchResult, Span
from index.models.encoder import Encoder, Vector
from index.search.candidates import Finder
from index.storage.documents import StoredText
from index.storage.passages import StoredPassage
from index.storage.store import Store
from index.text import analysis
from index.text.sentences import sentences_in
from index.text.weights import bm25_weight, idf_shares

_BEST_SENTENCE = 1.0
_BM25 = 0.4
_COVERAGE = 0.3
_LEXICAL = _BM25 + _COVERAGE

_CANDIDATES = 40
_SCORED = 40
_PHRASE_CANDIDATES = 10_000
_OCCURRENCES = 50_000
"""Of the terms of a query, the rarest that occur so often together are looked up."""


class _Scored(NamedTuple):
    score: float
    cosine: float
    bm25: float
    coverage: float
    sentence_cosines: tuple[float, ...]
    passage: StoredPassage


class Retriever:
    """Finds the passages of one state of an archive."""

    def __init__(self, store: Store, finder: Finder, encoder: Encoder) -> None:
        self._store = store
        self._finder = finder
        self._encoder = encoder
        self._texts: dict[int, StoredText] = {}
        """Of the contents that were looked at, each read and checked once a search."""

    def search(self, text: str, *, top_k: int, filters: Filters, spread: bool) -> SearchResult:
        """The `top_k` best passages, best first; ties go to the one that came first."""
        everything = self._store.totals(Filters())
        totals = self._store.totals(filters)
        searched = Searched(
            documents=totals.documents, sentences=totals.sentences, undated=totals.undated
        )
        query = analysis.parse_query(text)
        terms = analysis.content_terms(query.words)
        occurrences = self._store.database.lexicon.occurrences(terms)
        weights = idf_shares(terms, occurrences=occurrences, sentences=everything.sentences)
        hits: tuple[Hit, ...] = ()
        if totals.sentences:
            vector = self._encoder.encode_question(query.words)
            telling = {
                term: weights[term]
                for term in analysis.telling(weights, occurrences, most=_OCCURRENCES)
            }
            candidates = self._candidates(query, vector, telling, filters, max(_SCORED, 2 * top_k))
            scored = self._score(candidates, vector, weights)
            if spread:
                scored = _spread(scored)
            hits = self._hits(scored, filters, top_k)
        return SearchResult(
            query=text,
            hits=hits,
            searched=replace(searched, is_partial=self._finder.is_partial),
            weights=weights,
        )

    def _candidates(
        self,
        query: analysis.Query,
        vector: Vector,
        terms: Mapping[str, float],
        filters: Filters,
        count: int,
    ) -> list[StoredPassage]:
        """The passages worth scoring: the best of both searches, or those with the phrases."""
        if query.phrases:
            return self._with_phrases(query.phrases, filters, count)
        nearest = self._finder.nearest(vector, filters, k=_CANDIDATES + count)
        lexically = self._finder.with_any(terms, filters, k=_CANDIDATES + count)
        ids = list(dict.fromkeys([*nearest, *lexically]))
        most = max(lexically.values(), default=0.0) or 1.0

        def promise(passage: StoredPassage) -> float:
            best = float((passage.sentence_vectors @ vector).max())
            matched = lexically.get(passage.id, 0.0) / most
            return float(passage.vector @ vector) + _BEST_SENTENCE * best + _LEXICAL * matched

        found = self._store.passages(ids).values()
        return sorted(found, key=lambda passage: (-promise(passage), passage.id))[:count]

    def _with_phrases(
        self, phrases: Sequence[str], filters: Filters, count: int
    ) -> list[StoredPassage]:
        """Passages that hold every phrase word for word; the finder narrows, the text decides."""
        matches = self._finder.with_phrases(phrases, filters, k=_PHRASE_CANDIDATES)
        kept: list[StoredPassage] = []
        for start in range(0, len(matches), count):
            some = matches[start : start + count]
            found = self._store.passages(some).values()
            self._look_at(found)
            kept.extend(
                passage
                for passage in found
                if all(analysis.find_phrase(self._read(passage), one) for one in phrases)
            )
            if len(kept) >= count:
                break
        return kept

    def _look_at(self, passages: Iterable[StoredPassage]) -> None:
        """Read the texts of passages, as far as they have not been read."""
        contents = dict.fromkeys(passage.content for passage in passages)
        new = [content for content in contents if content not in self._texts]
        self._texts |= self._store.texts(new)

    def _read(self, passage: StoredPassage) -> str:
        """What the passage is searched by: the headline, and its own text."""
        headline, text, _ = self._texts[passage.content]
        return f"{headline}\n{text[passage.spans[0].start : passage.spans[-1].end]}"

    def _score(
        self,
        candidates: Sequence[StoredPassage],
        vector: Vector,
        weights: Mapping[str, float],
    ) -> list[_Scored]:
        scored = []
        self._look_at(candidates)
        for passage in candidates:
            cosine = float(passage.vector @ vector)
            sentences = passage.sentence_vectors @ vector
            terms = analysis.terms(self._read(passage))
            counts = Counter(terms)
            bm25 = sum(
                weight * bm25_weight(counts[term], len(terms))
                for term, weight in weights.items()
                if term in counts
            )
            coverage = sum(weight for term, weight in weights.items() if term in counts)
            score = (
                cosine
                + _BEST_SENTENCE * float(sentences.max())
                + _BM25 * bm25
                + _COVERAGE * coverage
            )
            scored.append(
                _Scored(score, cosine, bm25, coverage, tuple(map(float, sentences)), passage)
            )
        return self._in_order(scored)

    def _in_order(self, scored: Sequence[_Scored]) -> list[_Scored]:
        """Best first; of those that fit equally well, as near-copies do, what came first."""
        scores = Counter(one.score for one in scored)
        tied = {one.passage.content for one in scored if scores[one.score] > 1}
        came = self._store.first_documents(sorted(tied))
        return sorted(
            scored,
            key=lambda one: (-one.score, came.get(one.passage.content, 0), one.passage.id),
        )

    def _hits(self, scored: Sequence[_Scored], filters: Filters, top_k: int) -> tuple[Hit, ...]:
        """The best `top_k`; of near-copies only the one that fits best."""
        clusters = self._store.clusters(list(dict.fromkeys(one.passage.content for one in scored)))
        best: list[_Scored] = []
        taken: dict[int, int] = {}
        for one in scored:
            content = one.passage.content
            if taken.setdefault(clusters[content], content) == content:
                best.append(one)
            if len(best) == top_k:
                break
        texts = {one.passage.content: self._texts[one.passage.content] for one in best}
        documents = self._store.documents_of(texts, filters)
        members = self._store.documents_in([clusters[content] for content in texts])
        around = self._store.around([one.passage.id for one in best])
        return tuple(
            _hit(
                one,
                rank,
                document := documents[one.passage.content],
                around=around[one.passage.id],
                copies=tuple(
                    copy for copy in members[clusters[one.passage.content]] if copy != document.id
                ),
            )
            for rank, one in enumerate(best, start=1)
        )


def _hit(
    scored: _Scored,
    rank: int,
    document: Document,
    *,
    around: tuple[Span | None, Span | None],
    copies: tuple[str, ...],
) -> Hit:
    passage = scored.passage
    start, end = passage.spans[0].start, passage.spans[-1].end
    first = passage.first_sentence
    before, after = (
        () if span is None else sentences_in(document.text, [span], first=ordinal)
        for span, ordinal in zip(around, (first - 1, first + len(passage.spans)), strict=True)
    )
    return Hit(
        rank=rank,
        score=scored.score,
        document=document,
        passage=Passage(
            id=passage.id,
            start=start,
            end=end,
            text=document.text[start:end],
            sentences=sentences_in(document.text, passage.spans, first=first),
        ),
        cosine=scored.cosine,
        bm25=scored.bm25,
        coverage=scored.coverage,
        sentence_cosines=scored.sentence_cosines,
        before=next(iter(before), None),
        after=next(iter(after), None),
        copies=copies,
    )


def _spread(scored: Sequence[_Scored]) -> list[_Scored]:
    """The best passage of each text first, in order; then all the others, in order."""
    seen: set[int] = set()
    first: list[_Scored] = []
    others: list[_Scored] = []
    for one in scored:
        (others if one.passage.content in seen else first).append(one)
        seen.add(one.passage.content)
    return [*first, *others]
