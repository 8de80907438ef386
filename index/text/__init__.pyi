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
from .calendar import day_names, month_names, short_month_names
from .sentences import split_sentences
from .weights import term_shares

__all__ = [
    "FUNCTION_WORDS",
    "PLAIN_LETTERS",
    "Word",
    "content_terms",
    "day_names",
    "find_phrase",
    "month_names",
    "parse_query",
    "short_month_names",
    "split_sentences",
    "term_shares",
    "terms",
    "words",
]
