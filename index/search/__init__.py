"""A query's words and vector → the passages that fit best.

Reading order: `candidates` (by words, by vectors), `retriever` (both fused, into hits), `vectors`
(FAISS), `tiers` (which kind of index when), `snapshots` (its files), `retraining` (a larger one in
the background), `spelling` (words that no article has). Follows Lucene and FAISS; leaves out
reading, which is `qa`'s, and the tables (`index.storage`).
"""
