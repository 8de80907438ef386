"""An encoder that remembers, in one file, what it has encoded: the same vectors, made once.

What is measured with it is what an archive takes beside its encoder.
"""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from index.models import Encoder, PassageText, PassageVectors
from index.models.encoder import Vector

_QUESTIONS = 10_000


class Remembering:
    """An `Encoder` that asks another for what is not in its file yet.

    Sentences are kept as an archive keeps them, as float16; passages as float32. Of sentences that
    it was told of it makes passages by itself: the mean of their vectors.
    """

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self._encoder = encoder
        self._sentences: dict[str, Vector] = {}
        self.identity = encoder.identity
        self.languages = encoder.languages
        file.parent.mkdir(parents=True, exist_ok=True)
        self._kept = sqlite3.connect(file)
        self._kept.execute(
            "CREATE TABLE IF NOT EXISTS passages"
            " (key BLOB PRIMARY KEY, passage BLOB, sentences BLOB) WITHOUT ROWID"
        )
        self.encode_question = lru_cache(_QUESTIONS)(encoder.encode_question)

    def learn(self, sentences: Mapping[str, Vector]) -> None:
        self._sentences.update(sentences)

    def window(self, headline: str) -> int:
        return self._encoder.window(headline)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def encode_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        known = [self._look_up(one) or self._of_sentences(one) for one in passages]
        unknown = [one for one, found in zip(passages, known, strict=True) if found is None]
        made = iter(self._encoded(unknown) if unknown else ())
        return [found or next(made) for found in known]

    def _look_up(self, passage: PassageText) -> PassageVectors | None:
        row = self._kept.execute(
            "SELECT passage, sentences FROM passages WHERE key = ?", (self._key(passage),)
        ).fetchone()
        if row is None:
            return None
        vector, sentences = _numbers(row[0], "<f4"), _numbers(row[1], "<f2")
        return PassageVectors(passage=vector, sentences=sentences.reshape(-1, len(vector)))

    def _of_sentences(self, passage: PassageText) -> PassageVectors | None:
        texts = [passage.text[start:end] for start, end in passage.sentences]
        if not all(one in self._sentences for one in texts):
            return None
        rows = np.stack([self._sentences[one] for one in texts])
        mean = rows.mean(axis=0)
        return PassageVectors(passage=mean / np.linalg.norm(mean), sentences=rows)

    def _encoded(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        made = self._encoder.encode_passages(passages)
        with self._kept:
            self._kept.executemany(
                "INSERT OR IGNORE INTO passages VALUES (?, ?, ?)",
                [
                    (
                        self._key(passage),
                        one.passage.astype("<f4").tobytes(),
                        one.sentences.astype("<f2").tobytes(),
                    )
                    for passage, one in zip(passages, made, strict=True)
                ],
            )
        return made

    def _key(self, passage: PassageText) -> bytes:
        told = repr((self.identity.sha256, passage.headline, passage.text, passage.sentences))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()


def _numbers(kept: bytes, form: str) -> Vector:
    return np.frombuffer(kept, dtype=form).astype(np.float32)
