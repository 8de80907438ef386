"""The archive as a LlamaIndex retriever."""

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index import Archive, Filters
from qa.adapters.passages import facts_of, name_of

_FOR_PROGRAMS = ["id", "start", "end", "path", "sha256", "rank", "score"]


class ArchiveRetriever(BaseRetriever):
    """The passages that fit a query best, the best of each article first.

    Args:
        archive: an open archive.
        similarity_top_k: at most this many passages.
        filters: which documents to search.
    """

    def __init__(
        self, archive: Archive, *, similarity_top_k: int = 10, filters: Filters | None = None
    ) -> None:
        self._archive = archive
        self._top_k = similarity_top_k
        self._filters = filters
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._archive.search(
            query_bundle.query_str, top_k=self._top_k, filters=self._filters, spread=True
        )
        return [
            NodeWithScore(
                node=TextNode(
                    id_=name_of(hit),
                    text=hit.passage.text,
                    start_char_idx=hit.passage.start,
                    end_char_idx=hit.passage.end,
                    metadata=facts_of(hit),
                    excluded_embed_metadata_keys=_FOR_PROGRAMS,
                    excluded_llm_metadata_keys=_FOR_PROGRAMS,
                ),
                score=hit.score,
            )
            for hit in found.hits
        ]
