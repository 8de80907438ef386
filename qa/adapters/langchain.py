"""The archive as a LangChain retriever."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from index import Archive, Filters
from qa.adapters.passages import facts_of, name_of


class ArchiveRetriever(BaseRetriever):
    """The passages that fit a query best, the best of each article first.

    Attributes:
        archive: an open archive.
        k: at most this many passages.
        filters: which documents to search.
    """

    archive: Archive
    k: int = Field(default=10, ge=1)
    filters: Filters = Filters()

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain hands it over
    ) -> list[Document]:
        found = self.archive.search(query, top_k=self.k, filters=self.filters, spread=True)
        return [
            Document(id=name_of(hit), page_content=hit.passage.text, metadata=facts_of(hit))
            for hit in found.hits
        ]
