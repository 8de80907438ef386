"""Words that the archive does not have → words of it that are spelt alike.

Two words are alike when few letters differ, or when they write the same consonants, as one name in
two transcriptions does ("Gaddafi", "Kadhafi"). Source: optimal string alignment, Boytsov 2011; the
letters that sound alike are those of the transcriptions of Arabic and Russian names.

Leaves out: sounds of other scripts, and whole names of which each part is spelt in its own way.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.datatypes import Filters
from index.search.candidates import Finder
from index.storage.store import Store
from index.text.analysis import FUNCTION_WORDS, MAX_QUERY_TERMS, Word, terms, words

_SHORTEST = 4
_MOST = 3
_MOST_WORDS = 4
_SOUNDS = ("aeiouy", "bpv", "ckqg", "dt", "fpv", "gj", "jyz", "sz", "uw", "vw")
"""Letters that a word may begin with in one spelling and in the other."""

_ONE_SOUND = str.maketrans("cqgzvpjwd", "kkksffyut")
_SILENT = re.compile("(?<=.)[aeiouyh]")


def unknown_words(
    store: Store, finder: Finder, text: str, *, alike: bool
) -> dict[str, tuple[str, ...]]:
    """The first four words of `text` that no article has, each with at most three spelt alike.

    Function words and numbers are left out. The alike come nearest first, as an article has them;
    they are looked for only when `alike` says so.
    """
    asked: dict[str, str] = {}
    for word in words(text):
        surface = text[word.start : word.end]
        if surface.lower() not in FUNCTION_WORDS and word.term.isalpha():
            asked.setdefault(word.term, surface)
    known = store.database.lexicon.occurrences(list(asked)[:MAX_QUERY_TERMS])
    unknown = [term for term in list(asked)[:MAX_QUERY_TERMS] if term not in known]
    return {
        asked[term]: tuple(_surfaces(store, finder, asked[term], term)) if alike else ()
        for term in unknown[:_MOST_WORDS]
    }


def _alike(store: Store, term: str) -> list[str]:
    if len(term) < _SHORTEST or not term.isascii():
        return []
    firsts = {term[0]}.union(*(sound for sound in _SOUNDS if term[0] in sound))
    return _nearest(term, store.database.lexicon.beginning(sorted(firsts)))


def _nearest(term: str, others: Iterable[str]) -> list[str]:
    near = process.extract_iter(term, others, scorer=OSA.distance, score_cutoff=_allowed(term))
    found = [
        (distance, other)
        for other, distance, _ in near
        if other.isalpha() and (distance == 1 or _sound(term) == _sound(other))
    ]
    return [other for _, other in sorted(found)[:_MOST]]


def _allowed(word: str) -> int:
    """How many letters of a word another that is alike may have otherwise."""
    return max(1, (len(word) + 1) // 3)


def _sound(term: str) -> str:
    consonants = _SILENT.sub("", term.translate(_ONE_SOUND))
    return "".join(sound for sound, _ in groupby(consonants))


def _surfaces(store: Store, finder: Finder, word: str, term: str) -> Iterator[str]:
    """The terms alike, each as the passage that fits it best has it, where its ending fits too."""
    for other in _alike(store, term):
        for passage in finder.with_any({other: 1.0}, Filters(), k=1):
            surface = _surface(store, passage, other)
            distance = OSA.distance(word.casefold(), surface.casefold())
            if surface and distance <= _allowed(word):
                yield surface


def _surface(store: Store, passage: int, term: str) -> str:
    for one in store.passages([passage]).values():
        headline, text, _ = store.text(one.content)
        for read in (text[one.spans[0].start : one.spans[-1].end], headline):
            for word in words(read):
                if word.term == term:
                    return _bare(read, word)
    return ""


def _bare(text: str, word: Word) -> str:
    """The word without a possessive's ending."""
    surface = re.sub(r"['’]s?$", "", text[word.start : word.end])
    return surface if terms(surface) == [word.term] else text[word.start : word.end]
