"""Articles in any number, made of Reuters-21578's sentences, with vectors that are real.

Some thousand stories are encoded in full, once, into a folder that later runs read. Some hundred
of them are asked for, by their headlines, and go into an archive as they are. The others' sentences
are recombined: an article takes its sentences from a story and those that are most like it, and its
vector is the mean of theirs. `compare` encodes some of these in full, to say how near that comes.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.intake.encoding import encode_text
from index.models import Encoder
from index.models.encoder import Vector
from index.search.vectors import Ids
from qa.training.reuters import records

_STORIES_A_PART = 50
_NEIGHBOURS = 8
_PASSAGES = 4
_SENTENCES = (3, 6)
_LEAST_TEXT = 400
_LEAST_CHARACTERS = 40
_LEAST_TITLE_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story, its sentences, and their vectors: `(sentences, dim)` float32, unit norm."""

    id: str
    title: str
    text: str
    sentences: tuple[str, ...]
    vectors: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Recombined:
    """The sentences of a passage, with the mean of their vectors, unit norm, and each."""

    sentences: tuple[str, ...]
    vector: Vector
    vectors: Vector

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def pool(folder: Path, count: int, encoder: Encoder, cache: Path) -> list[Story]:
    """`count` stories from all over Reuters-21578, encoded now where `cache` has them not."""
    cache.mkdir(parents=True, exist_ok=True)
    every = [story for story in records(folder) if len(story["text"]) > _LEAST_TEXT]
    order = np.random.default_rng(21578).permutation(len(every))[:count]
    chosen = [every[place] for place in order]
    found: list[Story] = []
    for start in range(0, len(chosen), _STORIES_A_PART):
        path = cache / f"stories-{start:06}.npz"
        if not path.exists():
            part = [_encoded(story, encoder) for story in chosen[start : start + _STORIES_A_PART]]
            _write(path, part)
            print(f"encoded {start + len(part)} of {len(chosen)} stories", flush=True)
        found.extend(_read(path))
    return found


def _encoded(story: dict[str, str], encoder: Encoder) -> Story:
    passages = encode_text(story["text"], encoder)
    return Story(
        id=story["id"],
        title=story["title"],
        text=story["text"],
        sentences=tuple(
            story["text"][span.start : span.end] for one in passages for span in one.sentences
        ),
        vectors=np.concatenate([one.vectors.sentences for one in passages]),
    )


def _write(path: Path, part: Sequence[Story]) -> None:
    told = json.dumps([(one.id, one.title, one.text, one.sentences) for one in part])
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.savez(file, told=np.array(told), vectors=np.concatenate([one.vectors for one in part]))
    temporary.replace(path)


def _read(path: Path) -> Iterator[Story]:
    with np.load(path) as kept:
        told, vectors = json.loads(str(kept["told"])), kept["vectors"]
    first = 0
    for number, title, text, sentences in told:
        end = first + len(sentences)
        yield Story(
            id=number,
            title=title,
            text=text,
            sentences=tuple(sentences),
            vectors=vectors[first:end],
        )
        first = end


def judged(found: Sequence[Story], count: int) -> tuple[list[Story], list[Story]]:
    """The stories that are asked for, whose headlines say something; and all the others."""
    titled = [one for one in found if len(one.title.split()) >= _LEAST_TITLE_WORDS]
    asked = titled[:: max(1, len(titled) // count)][:count]
    ids = {one.id for one in asked}
    return asked, [one for one in found if one.id not in ids]


class Recombiner:
    """Makes articles of the sentences of stories: the same number, the same article."""

    def __init__(self, found: Sequence[Story]) -> None:
        means = np.stack([one.vectors.mean(axis=0) for one in found])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        near = np.argsort(-(means @ means.T), axis=1)[:, :_NEIGHBOURS]
        self._sentences = [one for story in found for one in story.sentences]
        self._vectors = np.concatenate([story.vectors for story in found])
        firsts = np.cumsum([0, *(len(story.sentences) for story in found)])
        is_long = np.array([len(one) >= _LEAST_CHARACTERS for one in self._sentences])
        self._among = [
            places[is_long[places]]
            for some in near
            for places in [np.concatenate([np.arange(firsts[n], firsts[n + 1]) for n in some])]
        ]

    def make(self, number: int) -> list[Recombined]:
        """Four passages, each of three to six sentences of a story and of those most like it."""
        chance = np.random.default_rng((21578, number))
        among = self._among[int(chance.integers(len(self._among)))]
        return [self._passage(among, chance) for _ in range(_PASSAGES)]

    def _passage(self, among: Ids, chance: np.random.Generator) -> Recombined:
        count = int(chance.integers(_SENTENCES[0], _SENTENCES[1] + 1))
        taken = chance.choice(among, min(count, len(among)), replace=False)
        vectors = self._vectors[taken]
        mean = vectors.mean(axis=0)
        return Recombined(
            sentences=tuple(self._sentences[place] for place in taken),
            vector=(mean / np.linalg.norm(mean)).astype(np.float32),
            vectors=vectors,
        )


def compare(made: Sequence[Recombined], encoder: Encoder) -> Vector:
    """The cosine of each passage's vector with that of its text, encoded in full."""
    full = [encode_text(one.text, encoder)[0].vectors.passage for one in made]
    return np.array(
        [one.vector @ vector for one, vector in zip(made, full, strict=True)], dtype=np.float32
    )
