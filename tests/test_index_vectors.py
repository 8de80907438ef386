"""FAISS finds what numpy finds."""

import numpy as np
import pytest

from index.errors import ArchiveDamaged
from index.vectors import VectorIndex

DIMENSION = 16


def unit(count, *, seed=0, dimension=DIMENSION):
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def best(ids, vectors, query, k):
    """Ids and scores of the `k` nearest, by numpy alone."""
    scores = vectors @ query
    order = np.argsort(-scores, kind="stable")[:k]
    return ids[order], scores[order]


@pytest.fixture(name="ids")
def _ids():
    """Ids as an archive gives them: growing, with gaps."""
    return np.cumsum(np.random.default_rng(1).integers(1, 5, 300)).astype(np.int64)


@pytest.fixture(name="vectors")
def _vectors():
    return unit(300)


@pytest.fixture(name="index")
def _index(ids, vectors):
    index = VectorIndex(DIMENSION)
    index.add(ids, vectors)
    return index


@pytest.mark.parametrize("k", [1, 7, 299, 300])
def test_scores_are_those_of_brute_force(index, ids, vectors, k):
    """Ids and scores equal a matrix product's, best first, for any k."""
    for query in unit(20, seed=2):
        found = index.search(query, k=k)
        expected_ids, expected_scores = best(ids, vectors, query, k)
        np.testing.assert_array_equal(found.ids, expected_ids)
        np.testing.assert_allclose(found.scores, expected_scores, atol=1e-6)


def test_own_vector_scores_one(index, ids, vectors):
    """A vector finds itself first, with a score of 1."""
    found = index.search(vectors[42], k=1)
    assert found.ids[0] == ids[42]
    assert found.scores[0] == pytest.approx(1, abs=1e-6)


def test_k_beyond_the_number_of_vectors(index):
    """More than there are is all there are, with no padding."""
    found = index.search(unit(1)[0], k=10_000)
    assert len(found.ids) == len(found.scores) == 300
    assert found.ids.min() > 0


@pytest.mark.parametrize("k", [0, -1])
def test_no_k(index, k):
    """None asked for, none found."""
    assert len(index.search(unit(1)[0], k=k).ids) == 0


def test_empty_index():
    """An empty index finds nothing."""
    found = VectorIndex(DIMENSION).search(unit(1)[0], k=5)
    assert (len(found.ids), len(found.scores)) == (0, 0)


@pytest.mark.parametrize("count", [1, 5, 150])
def test_allowed_ids_are_the_only_ones(index, ids, vectors, count):
    """Of the allowed ids all k are found, though better ones are not allowed."""
    places = np.sort(np.random.default_rng(3).choice(300, count, replace=False))
    for query in unit(5, seed=4):
        found = index.search(query, k=10, allowed=ids[places])
        expected_ids, expected_scores = best(ids[places], vectors[places], query, 10)
        np.testing.assert_array_equal(found.ids, expected_ids)
        np.testing.assert_allclose(found.scores, expected_scores, atol=1e-6)


def test_allowed_ids_that_are_not_there(index, ids):
    """Allowed ids that the index lacks are not found, and leave no padding behind."""
    allowed = np.array([ids[0], 10_000, 10_001], dtype=np.int64)
    assert index.search(unit(1)[0], k=3, allowed=allowed).ids.tolist() == [ids[0]]


def test_nothing_allowed(index):
    """With nothing allowed, nothing is found."""
    assert len(index.search(unit(1)[0], k=3, allowed=np.empty(0, dtype=np.int64)).ids) == 0


def test_removed_vectors_are_gone(index, ids, vectors):
    """What is removed is not found; ids that are not there are passed over."""
    index.remove(np.array([*ids[:100], 99_999], dtype=np.int64))
    assert len(index) == 200
    query = unit(1, seed=5)[0]
    expected_ids, _ = best(ids[100:], vectors[100:], query, 200)
    np.testing.assert_array_equal(index.search(query, k=300).ids, expected_ids)


def test_same_after_a_round_trip(index, vectors):
    """What is read back finds the same, and can be added to and removed from."""
    copy = VectorIndex.from_bytes(index.to_bytes(), dimension=DIMENSION)
    for one, two in zip(index.search(vectors[7], k=50), copy.search(vectors[7], k=50), strict=True):
        np.testing.assert_array_equal(one, two)
    copy.add(np.array([9_999]), unit(1, seed=6))
    copy.remove(copy.ids()[:1])
    assert (len(copy), len(index)) == (300, 300)
    assert 9_999 in copy.ids()


def test_empty_round_trip():
    """An empty index is read back empty."""
    empty = VectorIndex(DIMENSION).to_bytes()
    assert len(VectorIndex.from_bytes(empty, dimension=DIMENSION)) == 0


def test_other_dimension_is_refused(index):
    """An index of another dimension is refused with both numbers."""
    with pytest.raises(ArchiveDamaged, match="16 numbers, not 8"):
        VectorIndex.from_bytes(index.to_bytes(), dimension=8)


@pytest.mark.parametrize("raw", [b"", b"IxMp", b"\x00" * 64, b"nothing of the kind" * 9])
def test_what_is_no_index_is_refused(raw):
    """Bytes that FAISS did not write are refused."""
    with pytest.raises(ArchiveDamaged):
        VectorIndex.from_bytes(raw, dimension=DIMENSION)
