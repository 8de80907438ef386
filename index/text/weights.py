"""How much each term of a query weighs: its share of the query's inverse document frequency.

    idf(t) = ln(1 + (n + 50 − f(t) + 0.5) / (f(t) + 0.5))

where n is the number of sentences, f(t) how often the term occurs, and 50 imagined sentences
without it keep the figure sane in an archive of one passage. Source: Robertson & Zaragoza 2009,
with sentences as the documents.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from index.text.analysis import terms
from index.text.sentences import split_sentences

_PRIOR = 50
_K1, _B, _MEAN_LENGTH = 1.2, 0.75, 120.0


def idf_shares(
    query_terms: Sequence[str], *, occurrences: Mapping[str, int], sentences: int
) -> dict[str, float]:
    """Each term's share of the idf of all of them. The shares sum to 1."""
    imagined = sentences + _PRIOR
    idf = {
        term: math.log(
            1 + (imagined - min(often := occurrences.get(term, 0), imagined) + 0.5) / (often + 0.5)
        )
        for term in query_terms
    }
    total = sum(idf.values())
    return {term: value / total for term, value in idf.items()} if total else {}


def bm25_weight(often: int, length: int) -> float:
    """What a term counts for that stands so often among so many: less and less, 2.2 at the most.

    Source: BM25, Robertson & Zaragoza 2009, with a fixed mean length.
    """
    stretch = _K1 * (1 - _B + _B * length / _MEAN_LENGTH)
    return often * (_K1 + 1) / (often + stretch)


def term_shares(query_terms: Sequence[str], text: str) -> dict[str, float]:
    """The shares that the terms have when `text` is all there is."""
    return idf_shares(
        query_terms, occurrences=Counter(terms(text)), sentences=len(split_sentences(text))
    )
