"""What an archive finds beside numpy, which compares every vector."""

import numpy as np

from index import Archive, Filters
from index.models.encoder import Vector

TOP_K = 10
SAME_SCORE = 1e-5


def recall(archive: Archive, queries: Vector, filters: Filters) -> tuple[float, int]:
    """The share of the ten nearest that are found among ten, and how many passages there are.

    What is as near as the tenth is as good.
    """
    store = archive._store()
    backend = archive._backend
    with store.database.reading():
        parts = list(store.vectors_after(0))
        ids = np.concatenate([some for some, _ in parts])
        vectors = np.concatenate([rows for _, rows in parts])
        if filters:
            admitted = np.isin(ids, store.passage_ids(filters))
            ids, vectors = ids[admitted], vectors[admitted]
        place = {int(one): row for row, one in enumerate(ids)}
        shares = []
        for query in queries:
            scores = vectors @ query
            tenth = np.sort(scores)[-min(TOP_K, len(scores))]
            finder = backend.finder(store, lambda: archive.encoder.identity)
            found = finder.nearest(query, filters, k=TOP_K)
            right = sum(scores[place[one]] >= tenth - SAME_SCORE for one in {*found} & {*place})
            shares.append(right / min(TOP_K, len(scores)))
    return float(np.mean(shares)), len(ids)
