"""On Record, and what one might take instead, each behind the same few methods.

`benchmarks/peers.py` starts this for each step, in a process of its own and with the interpreter
of the contestant's environment; what is measured is printed as JSON, an object a line. Every
contestant is as its own documentation sets it up, with the settings that it has when none are
given; only the models are named, which are the same for all.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

TOP_K = 10
ASKING_AT_ONCE = 4

Articles = list[dict[str, str]]


class Contestant(Protocol):
    """Made with its models loaded."""

    def index(self, articles: Articles, place: Path) -> None:
        """Take in all articles and keep them in the folder `place`."""

    def open(self, place: Path) -> None:
        """Make ready to answer from what `index` kept."""

    def ask(self, question: str) -> object:
        """What is found for a question."""


class OnRecord:
    """Passages and sentences, both searches, and reading."""

    def __init__(self, _encoder: str, _reader: str) -> None:
        from index.models import SentenceTransformerEncoder
        from qa.reading.reader import Reader

        self.encoder = SentenceTransformerEncoder.load()
        self.reader = Reader.load()

    def index(self, articles: Articles, place: Path) -> None:
        from index import Archive, Document

        documents = [
            Document(id=one["id"], text=one["text"], path=f"/{one['id']}", title=one["title"])
            for one in articles
        ]
        with Archive.open(place, encoder=self.encoder) as archive:
            report = archive.add_documents(documents)
        print(json.dumps({"sentences": report.sentences}))

    def open(self, place: Path) -> None:
        from qa import Assistant

        self.assistant = Assistant.open(place, encoder=self.encoder, reader=self.reader)

    def ask(self, question: str) -> object:
        from qa import Question

        return self.assistant.inquire(Question(text=question)).answer


class OnRecordSearch(OnRecord):
    """The same archive, searched, and not read."""

    def ask(self, question: str) -> object:
        return self.assistant.archive.search(question, top_k=TOP_K).hits


class Haystack:
    """Passages in its own store, a retriever, and an extractive reader."""

    def __init__(self, encoder: str, reader: str) -> None:
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )
        from haystack_integrations.components.readers.transformers import (
            TransformersExtractiveReader,
        )

        self.documents = SentenceTransformersDocumentEmbedder(model=encoder, progress_bar=False)
        self.questions = SentenceTransformersTextEmbedder(model=encoder, progress_bar=False)
        self.reader = TransformersExtractiveReader(model=reader)
        for part in (self.documents, self.questions, self.reader):
            part.warm_up()

    def index(self, articles: Articles, place: Path) -> None:
        from haystack import Document
        from haystack.components.preprocessors import DocumentSplitter
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore()
        documents = [Document(id=one["id"], content=whole(one)) for one in articles]
        passages = DocumentSplitter().run(documents=documents)["documents"]
        store.write_documents(self.documents.run(documents=passages)["documents"])
        store.save_to_disk(str(place / "store.json"))

    def open(self, place: Path) -> None:
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore.load_from_disk(str(place / "store.json"))
        self.retriever = InMemoryEmbeddingRetriever(document_store=store, top_k=TOP_K)

    def ask(self, question: str) -> object:
        vector = self.questions.run(text=question)["embedding"]
        found = self.retriever.run(query_embedding=vector)["documents"]
        return self.reader.run(query=question, documents=found)["answers"]


class LlamaIndex:
    """Passages in its own store, and a retriever."""

    def __init__(self, encoder: str, _reader: str) -> None:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self.encoder = HuggingFaceEmbedding(model_name=encoder)

    def index(self, articles: Articles, place: Path) -> None:
        from llama_index.core import Document, VectorStoreIndex

        documents = [Document(doc_id=one["id"], text=whole(one)) for one in articles]
        index = VectorStoreIndex.from_documents(documents, embed_model=self.encoder)
        index.storage_context.persist(str(place))

    def open(self, place: Path) -> None:
        from llama_index.core import StorageContext, load_index_from_storage

        context = StorageContext.from_defaults(persist_dir=str(place))
        index = load_index_from_storage(context, embed_model=self.encoder)
        self.retriever = index.as_retriever(similarity_top_k=TOP_K)

    def ask(self, question: str) -> object:
        return self.retriever.retrieve(question)


class Txtai:
    """Articles in its own database, and a search."""

    def __init__(self, encoder: str, _reader: str) -> None:
        from txtai import Embeddings

        self.embeddings = Embeddings(path=encoder, content=True)
        self.turn = Lock()  # threads that share its database end the process

    def index(self, articles: Articles, place: Path) -> None:
        self.embeddings.index([(one["id"], whole(one), None) for one in articles])
        self.embeddings.save(str(place / "index"))

    def open(self, place: Path) -> None:
        self.embeddings.load(str(place / "index"))

    def ask(self, question: str) -> object:
        with self.turn:
            return self.embeddings.search(question, TOP_K)


class SentenceTransformersAndFaiss:
    """Articles' vectors in FAISS, by hand."""

    def __init__(self, encoder: str, _reader: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.encoder = SentenceTransformer(encoder, device="cpu")

    def index(self, articles: Articles, place: Path) -> None:
        import faiss

        texts = [whole(one) for one in articles]
        vectors = self.encoder.encode(texts, normalize_embeddings=True)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(place / "index.faiss"))
        (place / "texts.json").write_text(json.dumps(texts), encoding="utf-8")

    def open(self, place: Path) -> None:
        import faiss

        self.found = faiss.read_index(str(place / "index.faiss"))
        self.texts = json.loads((place / "texts.json").read_text(encoding="utf-8"))

    def ask(self, question: str) -> object:
        vector = self.encoder.encode([question], normalize_embeddings=True)
        return [self.texts[place] for place in self.found.search(vector, TOP_K)[1][0]]


CONTESTANTS: dict[str, Callable[[str, str], Contestant]] = {
    "On Record": OnRecord,
    "On Record, search alone": OnRecordSearch,
    "Haystack": Haystack,
    "LlamaIndex": LlamaIndex,
    "txtai": Txtai,
    "sentence-transformers + FAISS": SentenceTransformersAndFaiss,
}


def whole(article: dict[str, str]) -> str:
    """An article as one text, its headline first."""
    return f"{article['title']}\n{article['text']}"


def index(contestant: Contestant, articles: Articles, place: Path) -> None:
    """Index all articles; models are loaded already, and nothing was encoded yet."""
    place.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    contestant.index(articles, place)
    print(json.dumps({"index_seconds": time.perf_counter() - started, **_memory()}))


def ask(contestant: Contestant, questions: list[str], place: Path) -> None:
    """Answer the first question, which ends a cold start; the others one by one, and at once."""
    contestant.open(place)
    if not contestant.ask(questions[0]):
        raise SystemExit("nothing was found for the first question")
    print(json.dumps({"is_first": True}), flush=True)
    elapsed = []
    for question in questions[1:]:
        started = time.perf_counter()
        contestant.ask(question)
        elapsed.append(1000 * (time.perf_counter() - started))
    memory = _memory()
    started, turns = time.perf_counter(), _under_load(contestant, questions[1:])
    a_second = (len(questions) - 1) / (time.perf_counter() - started)
    print(json.dumps({"elapsed_ms": elapsed, "a_second": a_second, "by_turns": turns, **memory}))


def _under_load(contestant: Contestant, questions: list[str]) -> int:
    """Ask from several threads, then one by one what failed so. How many did."""
    failed = []

    def one(question: str) -> None:
        try:
            contestant.ask(question)
        except Exception:  # noqa: BLE001 - whatever a peer says when threads share it
            failed.append(question)

    with ThreadPoolExecutor(ASKING_AT_ONCE) as threads:
        list(threads.map(one, questions))
    for question in failed:
        contestant.ask(question)
    return len(failed)


def _memory() -> dict[str, int]:
    return {"memory_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def main(arguments: list[str]) -> None:
    """`index` or `ask`, the contestant's name, both models, what is given, and the folder."""
    step, name, encoder, reader, given, place = arguments
    steps: dict[str, Callable[..., Any]] = {"index": index, "ask": ask}
    read = json.loads(Path(given).read_text(encoding="utf-8"))
    steps[step](CONTESTANTS[name](encoder, reader), read, Path(place))


if __name__ == "__main__":
    main(sys.argv[1:])
