"""The score of a hit is the sum that the retriever says it is, by a second reckoning."""

import hashlib
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Filters
from index.search import candidates
from index.storage.store import Store
from index.text import content_terms, terms

PLACES = "Tazerbo Kufra Sirte Benghazi Tripoli Derna Sabha".split()


@pytest.fixture(name="filled")
def _filled(archive, put):
    """Sixty articles of several passages, some with headlines."""
    numbers = np.random.default_rng(5)
    words = "army police gunmen court militants attack killed town desert nine people".split()

    def sentence():
        return " ".join([*numbers.choice(words, 8), str(numbers.choice(PLACES))]).capitalize() + "."

    put(
        *(
            {
                "id": f"d{number}",
                "title": f"News from {PLACES[number % 7]}" if number % 3 else "",
                "text": " ".join(sentence() for _ in range(int(numbers.integers(1, 14)))),
                "source": "AP" if number % 2 else "AFP",
            }
            for number in range(60)
        )
    )
    return archive


def reckon(archive, encoder, query):
    """Every passage with its score, best first, from the definition alone."""
    store = archive._store()
    question = encoder.vector(query)
    query_terms = content_terms(query)
    sentences = archive.status().sentences + 50
    counted = Counter()
    passages = []
    for content in store.content_numbers():
        headline, text, _ = store.text(content)
        for passage in store.passages_of(content):
            own = text[passage.spans[0].start : passage.spans[-1].end]
            found = Counter(terms(headline) + terms(own))
            counted.update(found)
            passages.append((passage.id, headline, own, [text[a:b] for a, b in passage.spans]))
    idf = {
        term: math.log(
            1 + (sentences - min(counted[term], sentences) + 0.5) / (counted[term] + 0.5)
        )
        for term in query_terms
    }
    total = sum(idf.values())
    scored = []
    for passage_id, headline, own, spans in passages:
        found = terms(headline) + terms(own)
        stretch = 1.2 * (0.25 + 0.75 * len(found) / 120)
        cosine = float(encoder.vector(f"{headline} {own}") @ question)
        best = max(float(encoder.vector(one) @ question) for one in spans)
        bm25 = sum(
            idf[term] / total * found.count(term) * 2.2 / (found.count(term) + stretch)
            for term in query_terms
        )
        coverage = sum(idf[term] / total for term in query_terms if term in found)
        score = cosine + best + 0.4 * bm25 + 0.3 * coverage
        scored.append((score, passage_id, cosine, bm25, coverage))
    return sorted(scored, key=lambda row: (-row[0], row[1]))


@pytest.mark.parametrize(
    "query",
    ["who attacked Tazerbo?", "court in Benghazi", "nine people killed", "police desert army town"],
)
def test_scores_are_those_of_brute_force(filled, encoder, query):
    """The best hits, with each part of their scores, are those of a full reckoning."""
    expected = reckon(filled, encoder, query)
    hits = filled.search(query, top_k=10).hits
    assert [hit.rank for hit in hits] == list(range(1, 11))
    np.testing.assert_allclose(
        [hit.score for hit in hits], [row[0] for row in expected[:10]], atol=2e-3
    )
    by_id = {row[1]: row for row in expected}
    for hit in hits:
        score, _, cosine, bm25, coverage = by_id[hit.passage.id]
        assert hit.score == pytest.approx(score, abs=2e-3)
        assert hit.cosine == pytest.approx(cosine, abs=1e-5)
        assert hit.bm25 == pytest.approx(bm25, abs=1e-9)
        assert hit.coverage == pytest.approx(coverage, abs=1e-9)
        for sentence, cosine in zip(hit.passage.sentences, hit.sentence_cosines, strict=True):
            exact = float(encoder.vector(sentence.text) @ encoder.vector(query))
            assert cosine == pytest.approx(exact, abs=2e-3)


def test_hits_are_in_order(filled):
    """Scores fall from hit to hit, and no passage comes twice."""
    hits = filled.search("gunmen attack on the town", top_k=100).hits
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.passage.id for hit in hits}) == len(hits)


def test_weights_sum_to_one(filled):
    """Each term of a query weighs its share; a rare one weighs more than a common one."""
    weights = filled.search("the army in Zanzibar").weights
    assert sum(weights.values()) == pytest.approx(1)
    assert set(weights) == {"armi", "zanzibar"}
    assert weights["zanzibar"] > weights["armi"]


def test_same_search_gives_the_same(filled):
    """One search changes nothing for the next."""
    first = filled.search("court in Derna")
    filled.search("something else", filters=Filters(sources=("AP",)))
    assert filled.search("court in Derna") == first


def test_filtered_scores_are_the_same(filled):
    """A filter leaves out; it changes no score of what it lets through."""
    everything = {
        hit.passage.id: hit.score for hit in filled.search("court in Derna", top_k=500).hits
    }
    some = filled.search("court in Derna", top_k=20, filters=Filters(sources=("ap",))).hits
    assert len(some) == 20
    for hit in some:
        assert hit.document.source == "AP"
        assert hit.score == pytest.approx(everything[hit.passage.id], abs=1e-9)


@pytest.mark.in_a_folder
@pytest.mark.parametrize("query", ["court in Derna", '"killed town"', "quagga", "gunmen attack"])
def test_a_filter_that_admits_many_finds_the_same(filled, monkeypatch, query):
    """Looking ever deeper among all finds what a search among the admitted alone does."""
    filters = Filters(sources=("ap",))
    listed = filled.search(query, top_k=30, filters=filters)
    monkeypatch.setattr(candidates, "_LISTED", 0)
    monkeypatch.setattr(candidates, "_DEEPEST", 1)
    assert filled.search(query, top_k=30, filters=filters) == listed
    monkeypatch.setattr(candidates, "_DEEPEST", 10_000)
    monkeypatch.setattr(Store, "passage_ids", None)
    assert filled.search(query, top_k=30, filters=filters) == listed


@given(
    st.lists(st.booleans(), max_size=40),
    st.integers(min_value=1, max_value=12),
    st.integers(min_value=12, max_value=30),
)
def test_looking_deeper_finds_the_best_that_are_admitted(are_admitted, k, deepest):
    """As many as are wanted, or all that there are, or word that there may be more."""
    ranked = {place: -float(place) for place in range(len(are_admitted))}

    def find(depth):
        assert depth <= deepest
        return dict(list(ranked.items())[:depth])

    def admitted(ids):
        return frozenset(one for one in ids if are_admitted[one])

    found, is_short = candidates.deepened(find, admitted, k=k, deepest=deepest)
    best = [place for place, is_admitted in enumerate(are_admitted) if is_admitted]
    assert list(found) == best[: len(found)]
    assert len(found) == min(k, len(best)) or is_short
    assert not (is_short and len(found) == k)
    assert not (is_short and len(ranked) < deepest)


def test_rare_word_is_found_among_many(archive, put):
    """A word that one article of hundreds has brings that article first."""
    put(*({"id": f"d{n}", "text": f"Gunmen attacked town {n} at dawn."} for n in range(300)))
    put(id="rare", text="A quagga was seen near a river by a farmer who told the police about it.")
    assert archive.search("quagga").hits[0].document.id == "rare"


def test_spread_puts_every_document_before_the_second_of_any(filled):
    """With `spread`, the best passage of each document comes before another's second."""
    hits = filled.search("gunmen attack", top_k=30, spread=True).hits
    seen = [hit.document.id for hit in hits]
    assert len(set(seen)) == len(seen)


def test_question_of_nothing(filled):
    """A question without a word has no weights, and finds what is nearest to its vector."""
    result = filled.search("?!", top_k=4)
    assert result.weights == {}
    assert [(hit.rank, hit.bm25) for hit in result.hits] == [(1, 0), (2, 0), (3, 0), (4, 0)]


def test_totals_follow_the_archive(archive, put):
    """A search says how much there is now, not how much there was at the last search."""
    put(id="a", text="Nine people died. Gunmen came.")
    assert archive.search("gunmen").searched.sentences == 2
    put(id="b", text="The army came.")
    assert archive.search("gunmen").searched.sentences == 3
    archive.remove(["a"])
    assert (
        archive.search("army").searched.documents,
        archive.search("army").searched.sentences,
    ) == (1, 1)


@pytest.mark.in_a_folder
@pytest.mark.parametrize(
    "filters", [Filters(), Filters(sources=("AP",))], ids=["all", "one source"]
)
@pytest.mark.parametrize("query", ["attack on the town", '"nine people" in Tazerbo'])
def test_a_search_takes_few_statements_and_looks_at_each_text_once(
    filled, monkeypatch, query, filters
):
    """At most twelve statements of SQL, and no text hashed twice, however many hits there are."""
    assert len(filled.search(query, top_k=30, filters=filters).hits) > 5
    connection = filled._store().database._connection
    statements, hashed = [], Counter()
    connection.exec_trace = lambda _, sql, bindings: statements.append(sql) or True
    digest = hashlib.sha256

    def counting(data=b"", **named):
        hashed[bytes(data)] += 1
        return digest(data, **named)

    monkeypatch.setattr(hashlib, "sha256", counting)
    hits = filled.search(query, top_k=30, filters=filters).hits
    connection.exec_trace = None
    texts = {hit.document.text.encode() for hit in hits}
    assert len(statements) <= 12, statements
    assert len(texts) > 5
    assert all(hashed[text] == 1 for text in texts)
