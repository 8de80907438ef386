"""Text → the terms that lexical search compares, the same for articles and questions.

A term is a word without case, accents or English ending ("Attacks" → "attack"); initials run
together ("U.S." → "us"); scripts that write no spaces give pairs of neighbouring characters.
FTS5 is handed terms joined by spaces, so this module alone decides what a word is.

Leaves out: stemming of other languages, which needs to know the language first.
"""

import functools
import itertools
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import Stemmer

from index.datatypes import Span

FUNCTION_WORDS = frozenset(
    """
    a about above across after again against all along also among am an and another any are around
    as at away be because been before behind being below between beyond both but by call called can
    could d did do does doing done down during each either every few for from give had has have
    having he her here hers herself him himself his how i if in into is it its itself just least
    less ll m many may me might mine more most much must my name near neither never no nor not of
    off on only onto or other our ours out over own per please re s same shall she should since so
    some still such t tell than that the their theirs them themselves then there these they this
    those though through to too toward towards under until up upon us ve very via was we were what
    when where whether which while who whom whose why will with within without would yet you your
    yours although
    """.split()
)
"""English words that say how a question is put, not what it is about."""

_IRREGULAR = """
    beat:beaten become:became begin:began,begun break:broke,broken bring:brought build:built
    buy:bought catch:caught child:children choose:chose,chosen come:came die:died,dies,dying
    draw:drew,drawn drive:drove,driven fall:fell,fallen feel:felt fight:fought find:found
    flee:fled fly:flew,flown get:got,gotten go:went,gone,goes grow:grew,grown hear:heard hold:held
    keep:kept know:knew,known lead:led leave:left lie:lay,lain lose:lost make:made man:men
    mean:meant meet:met pay:paid person:people rise:rose,risen run:ran say:said,says see:saw,seen
    seek:sought sell:sold send:sent shoot:shot show:shown sing:sang,sung sink:sank,sunk
    speak:spoke,spoken spend:spent stand:stood steal:stole,stolen strike:struck swear:swore,sworn
    take:took,taken teach:taught tell:told think:thought throw:threw,thrown wear:wore,worn win:won
    withdraw:withdrew,withdrawn woman:women write:wrote,written
    0:zero 1:one 2:two 3:three 4:four 5:five 6:six 7:seven 8:eight 9:nine 10:ten 11:eleven 12:twelve
"""
_BASE = {
    form: base
    for base, _, forms in (entry.partition(":") for entry in _IRREGULAR.split())
    for form in forms.split(",")
}

MAX_QUERY_TERMS = 64
_LONGEST_WORD = 200
_KEPT_CATEGORIES = frozenset("Lu Ll Lt Lm Lo Nd Nl No Mn Mc".split())

PLAIN_LETTERS = {"æ": "ae", "œ": "oe", "þ": "th"} | dict(zip("øłđðħŧıŋə", "olddhtina", strict=True))
"""Letters that Unicode does not take apart, as Lucene's ASCIIFoldingFilter writes them."""

_MARKS = (  # marks that belong to the letter before them: accents, vowel signs
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0e30-\u0e4e\u1030-\u109f"
)
_WORD = re.compile(
    r"\b[^\W\d_](?:\.[^\W\d_])+(?![^\W_])\.?"  # U.S.
    r"|\d+(?:[.,]\d+)+"  # 155,221
    rf"|(?:[^\W_]|[{_MARKS}])+(?:['’](?:[^\W_]|[{_MARKS}])+)*['’]?"  # town’s, defendants’
)
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”')
_POSSESSIVE = re.compile(r"['’]s?$")
_SEPARATORS = re.compile(r"[.,'’]")
_PLAIN = str.maketrans(PLAIN_LETTERS)
_local = threading.local()


class Word(NamedTuple):
    """A word where it stands in a text, and the term that it counts as."""

    start: int
    end: int
    term: str


def terms(text: str) -> list[str]:
    """The terms of `text`, in order, repeated as often as they occur."""
    return [term for word in _WORD.findall(text) for term in _terms_of(word)]


def words(text: str) -> tuple[Word, ...]:
    """The words of `text` with their places, in order."""
    return tuple(
        Word(match.start(), match.end(), term)
        for match in _WORD.finditer(text)
        for term in _terms_of(match.group())
    )


def content_terms(text: str) -> list[str]:
    """The terms of `text` that say what it is about: each once, function words left out.

    When there is nothing but function words, they are what there is.
    """
    bare = list(dict.fromkeys(bare for word in _WORD.findall(text) for bare in _bare(word)))
    kept = [word for word in bare if word not in FUNCTION_WORDS]
    return list(dict.fromkeys(_as_terms(kept or bare)))[:MAX_QUERY_TERMS]


def document_terms(text: str) -> str:
    """The terms of `text` as FTS5 stores them."""
    return " ".join(terms(text))


class Query(NamedTuple):
    """What a user typed: the words, and the phrases between quotation marks."""

    words: str
    phrases: tuple[str, ...]


def parse_query(text: str) -> Query:
    """Take `"quoted phrases"` out of `text`; without them the words are what remains.

    A quotation mark without its pair is a character like any other.
    """
    phrases = tuple(
        " ".join((straight or curly).split())
        for straight, curly in _QUOTED.findall(text)
        if (straight or curly).strip()
    )
    return Query(words=_QUOTED.sub(r" \1\2 ", text), phrases=phrases)


def find_phrase(text: str, phrase: str) -> Span | None:
    """Where `text` first has the very words of `phrase`; case and kind of space are ignored."""
    words = [re.escape(word) for word in phrase.split()]
    starts = r"(?<!\w)" if phrase[:1].isalnum() and not _UNSPACED.match(phrase[0]) else ""
    ends = r"(?!\w)" if phrase[-1:].isalnum() and not _UNSPACED.match(phrase[-1]) else ""
    found = re.search(starts + r"\s+".join(words) + ends, text, re.IGNORECASE)
    return Span(*found.span()) if found else None


def telling(query_terms: Iterable[str], occurrences: Mapping[str, int], *, most: int) -> list[str]:
    """The terms that say most about where to look: the rarest, which occur `most` times in all.

    FTS5 scores every passage that has any of them, so that words which are everywhere cost the
    most and tell the least. The rarest that occurs at all is always among them.
    """
    kept: list[str] = []
    total = 0
    for term in sorted(query_terms, key=lambda term: occurrences.get(term, 0)):
        often = occurrences.get(term, 0)
        if total and total + often > most:
            break
        kept.append(term)
        total += often
    return kept


def match_any(query_terms: Iterable[str]) -> str:
    """The FTS5 expression for "any of these terms"; each is quoted, none is syntax."""
    return " OR ".join(f'"{term}"' for term in query_terms)


def match_phrase(phrase: str) -> str:
    """The FTS5 expression for "these terms, side by side"; empty when it has no terms."""
    found = terms(phrase)[:MAX_QUERY_TERMS]
    return f'"{" ".join(found)}"' if found else ""


@functools.lru_cache(maxsize=100_000)
def _terms_of(word: str) -> tuple[str, ...]:
    """The terms of one word as it stands in a text."""
    return tuple(_as_terms(_bare(word)))


def _bare(word: str) -> tuple[str, ...]:
    """A word without case, accents, marks and possessive; in pairs where no spaces are written."""
    word = word[:_LONGEST_WORD].casefold()
    if word.isascii():
        return (_SEPARATORS.sub("", _POSSESSIVE.sub("", word)),)
    word = _SEPARATORS.sub("", _POSSESSIVE.sub("", _without_accents(word)))
    if word and not _UNSPACED.search(word):
        return (word,)
    return tuple(_pairs(word))


def _without_accents(word: str) -> str:
    """`word` taken apart, and of its parts those that FTS5 takes for a word's."""
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    return "".join(
        char
        for char in decomposed.translate(_PLAIN)
        if unicodedata.category(char) in _KEPT_CATEGORIES and not unicodedata.combining(char)
    )


def _pairs(word: str) -> Iterator[str]:
    position = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > position:
            yield word[position : run.start()]
        characters = run.group()
        if len(characters) == 1:
            yield characters
        for first, second in itertools.pairwise(characters):
            yield first + second
        position = run.end()
    if position < len(word):
        yield word[position:]


def _as_terms(bare: Sequence[str]) -> list[str]:
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:  # a Stemmer may serve one thread at a time
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    stemmed: list[str] = stemmer.stemWords([_BASE.get(word, word) for word in bare])
    return stemmed
