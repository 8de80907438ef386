from .analysis import (
    FUNCTION_WORDS,
    PLAIN_LETTERS,
    Word,
    content_terms,
    find_phrase,
    parse_query,
    terms,
    words,
)
from .sentences import split_sentences
from .weights import term_shares

__all__ = [
    "FUNCTION_WORDS",
    "PLAIN_LETTERS",
    "Word",
    "content_terms",
    "find_phrase",
    "parse_query",
    "split_sentences",
    "term_shares",
    "terms",
    "words",
]
