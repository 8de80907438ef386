"""FAISS finds what numpy finds: all of it when it is exact, nearly all of it in lists."""

import io
import lzma
import re

import faiss
import numpy as np
import pytest

from index.errors import ArchiveDamaged
from index.intake.encoding import encode_text
from index.search.tiers import Tier
from index.search.vectors import VectorIndex

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


def written(index):
    """What the index writes."""
    file = io.BytesIO()
    index.write(file)
    return file.getvalue()


def read(raw, *, dimension=DIMENSION):
    return VectorIndex.read(io.BytesIO(raw), dimension=dimension)


def test_same_after_a_round_trip(index, vectors):
    """What is read back finds the same, and can be added to and removed from."""
    copy = read(written(index))
    for one, two in zip(index.search(vectors[7], k=50), copy.search(vectors[7], k=50), strict=True):
        np.testing.assert_array_equal(one, two)
    copy.add(np.array([9_999]), unit(1, seed=6))
    copy.remove(copy.ids()[:1])
    assert (len(copy), len(index)) == (300, 300)
    assert 9_999 in copy.ids()


def test_empty_round_trip():
    """An empty index is read back empty."""
    assert len(read(written(VectorIndex(DIMENSION)))) == 0


def test_other_dimension_is_refused(index):
    """An index of another dimension is refused with both numbers."""
    with pytest.raises(ArchiveDamaged, match="16 numbers, not 8"):
        read(written(index), dimension=8)


@pytest.mark.parametrize("raw", [b"", b"IxMp", b"\x00" * 64, b"nothing of the kind" * 9])
def test_what_is_no_index_is_refused(raw):
    """Bytes that FAISS did not write are refused."""
    with pytest.raises(ArchiveDamaged):
        read(raw)


def test_other_kind_of_index_is_refused():
    """An index of a kind that an archive never writes is refused."""
    file = io.BytesIO()
    faiss.write_index(faiss.IndexFlatL2(DIMENSION), faiss.PyCallbackIOWriter(file.write))
    with pytest.raises(ArchiveDamaged, match="IndexFlat"):
        read(file.getvalue())


# Lists


def clustered_about(centres, count, *, seed):
    """Vectors about some of the centres each."""
    numbers = np.random.default_rng(seed)
    near = centres[numbers.integers(len(centres), size=count)]
    rows = near + 0.15 * numbers.standard_normal(near.shape).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(name="clustered", scope="module")
def _clustered():
    """Four thousand vectors about 80 centres, with ids that have gaps."""
    ids = np.cumsum(np.random.default_rng(7).integers(1, 4, 4_000)).astype(np.int64)
    return ids, clustered_about(unit(80, seed=8), 4_000, seed=7)


@pytest.fixture(name="lists", params=["lists", "mapped"])
def _lists(request, clustered, monkeypatch, tmp_path):
    """An index of 128 lists, few of which are searched: in memory, and left on disk.

    Of the one on disk, the last thousand vectors were added after it was written.
    """
    monkeypatch.setattr("index.search.vectors._LEAST_PROBED", 8)
    monkeypatch.setattr("index.search.vectors._PROBED_A_ROOT", 0)
    ids, vectors = clustered
    index = VectorIndex.trained(vectors[:3_000], lists=128)
    index.add(ids[:3_000], vectors[:3_000])
    if request.param == "mapped":
        path = tmp_path / "lists.faiss"
        path.write_bytes(written(index))
        index = VectorIndex.map(path, dimension=DIMENSION)
    index.add(ids[3_000:], vectors[3_000:])
    assert index.tier == request.param
    return index


def recall(index, ids, vectors, queries, *, allowed=None, k=10, found=40):
    """The share of the `k` nearest that are among those `found`."""
    shares = []
    for query in queries:
        places = np.arange(len(ids)) if allowed is None else np.flatnonzero(np.isin(ids, allowed))
        expected, _ = best(ids[places], vectors[places], query, k)
        got = index.search(query, k=found, allowed=allowed).ids
        shares.append(np.isin(expected, got).mean())
    return np.mean(shares)


def test_lists_find_nearly_all(lists, clustered):
    """Of the ten nearest, lists give at least .97 to be scored again, with nearly their cosines."""
    ids, vectors = clustered
    queries = vectors[::40]
    assert recall(lists, ids, vectors, queries) >= 0.97
    found = lists.search(queries[3], k=10)
    exact = dict(zip(ids.tolist(), vectors @ queries[3], strict=True))
    np.testing.assert_allclose(found.scores, [exact[one] for one in found.ids.tolist()], atol=0.02)
    assert (np.diff(found.scores) <= 0).all()


@pytest.mark.parametrize("count", [1, 30, 1_000, 3_900])
def test_lists_find_what_is_allowed(lists, clustered, count):
    """However few ids are allowed, lists find as many as are asked for, and the nearest of them."""
    ids, vectors = clustered
    allowed = np.sort(np.random.default_rng(9).choice(ids, count, replace=False))
    for query in vectors[::400]:
        found = lists.search(query, k=40, allowed=allowed).ids
        assert len(found) == min(40, count)
        assert np.isin(found, allowed).all()
    assert recall(lists, ids, vectors, vectors[::80], allowed=allowed) >= 0.97


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_lists_are_looked_through_wider_for_a_deeper_search(lists, clustered, share):
    """So it finds the nearest of some of the ids, which are further down."""
    ids, vectors = clustered
    places = np.flatnonzero(np.random.default_rng(9).random(len(ids)) < share)
    kept = []
    for query in vectors[::80]:
        exact = ids[places[np.argsort(-(vectors[places] @ query), kind="stable")[:10]]]
        found = lists.search(query, k=round(40 / share), nprobe_factor=round(1 / share)).ids
        kept.append(np.isin(exact, found).mean())
    assert np.mean(kept) >= 0.97


def test_lists_lose_what_is_removed(lists, clustered):
    """What is removed from lists is not found, whether it was written out or added since."""
    ids, vectors = clustered
    gone = ids[[*range(500), *range(3_500, 4_000)]]
    lists.remove(np.append(gone, 99_999))
    assert len(lists) == 3_000
    assert sorted(lists.ids()) == sorted(ids[500:3_500])
    for query in vectors[::100]:
        assert not np.isin(lists.search(query, k=4_000).ids, gone).any()
    assert recall(lists, ids[500:3_500], vectors[500:3_500], vectors[500:3_500:40]) >= 0.97
    allowed = ids[400:600]
    assert np.isin(lists.search(vectors[450], k=200, allowed=allowed).ids, ids[500:600]).all()


def test_lists_give_all_that_there_is(lists, clustered):
    """More than there is in the nearest lists is looked for in the others."""
    ids, vectors = clustered
    assert sorted(lists.search(vectors[0], k=5_000).ids) == sorted(ids)


def test_lists_that_grew_with_other_vectors(clustered, monkeypatch):
    """Vectors of a kind that the lists were not trained on are found among as many again."""
    monkeypatch.setattr("index.search.vectors._LEAST_PROBED", 8)
    monkeypatch.setattr("index.search.vectors._PROBED_A_ROOT", 0)
    ids, vectors = clustered
    index = VectorIndex.trained(vectors[:2_600], lists=64)
    index.add(ids, vectors)
    others = clustered_about(unit(80, seed=10), 4_000, seed=11)
    more = ids[-1] + 1 + np.arange(4_000)
    index.add(more, others)
    everything = np.concatenate([ids, more]), np.concatenate([vectors, others])
    assert recall(index, *everything, vectors[::40]) >= 0.97
    assert recall(index, *everything, others[::40]) >= 0.9


def test_lists_after_a_round_trip(clustered):
    """Lists that are read back find the same, and can be added to."""
    ids, vectors = clustered
    index = VectorIndex.trained(vectors, lists=32)
    index.add(ids, vectors)
    copy = read(written(index))
    assert (copy.tier, copy.lists, len(copy)) == (Tier.LISTS, 32, 4_000)
    for one, two in zip(index.search(vectors[7], k=50), copy.search(vectors[7], k=50), strict=True):
        np.testing.assert_array_equal(one, two)
    copy.add(np.array([99_999]), unit(1, seed=6))
    assert copy.search(unit(1, seed=6)[0], k=1).ids.tolist() == [99_999]


def test_mapped_lists_are_not_written(clustered, tmp_path):
    """What is left on disk is not written again: the file that it lies in may be the target."""
    _, vectors = clustered
    path = tmp_path / "lists.faiss"
    path.write_bytes(written(VectorIndex.trained(vectors, lists=32)))
    with pytest.raises(ValueError, match="mapped"):
        written(VectorIndex.map(path, dimension=DIMENSION))


def test_exact_snapshot_is_not_mapped(index, tmp_path):
    """Only lists are searched on disk."""
    path = tmp_path / "exact.faiss"
    path.write_bytes(written(index))
    with pytest.raises(ArchiveDamaged, match="exact"):
        VectorIndex.map(path, dimension=DIMENSION)


@pytest.mark.slow
def test_lists_of_real_vectors(test_data, real_encoder, monkeypatch):
    """Sentences of Reuters-21578 in lists: .97 of the ten nearest are found, few lists searched."""
    monkeypatch.setattr("index.search.vectors._LEAST_PROBED", 1)
    path = test_data / "reuters21578" / "reut2-003.sgm.xz"
    found = re.findall("<BODY>(.*?)</BODY>", lzma.decompress(path.read_bytes()).decode(), re.DOTALL)
    vectors = np.concatenate(
        [one.vectors.sentences for body in found[:140] for one in encode_text(body, real_encoder)]
    )
    assert len(vectors) > 1_000
    ids = np.arange(1, len(vectors) + 1)
    index = VectorIndex.trained(vectors, lists=64)
    index.add(ids, vectors)
    queries = [
        real_encoder.encode_question(" ".join(body.split()[5:20])) for body in found[140:340]
    ]
    assert recall(index, ids, vectors, queries, found=80) >= 0.97
