"""What a word, a sentence, a copy is: the same for articles and for questions.

Reading order: `analysis` (text → terms), `sentences` (text → sentences and passages), `calendar`
(the names of months and days), `weights` (what a term counts for), `near_duplicates` (which texts
are nearly the same). Follows Lucene's analysis, BM25 and MinHash; leaves out what needs a network
(`index.models`) or a database.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
