"""What counts as a word, and what a query asks for."""

import json
import threading

import apsw
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.storage.schema import MIGRATIONS
from index.text import content_terms, terms, words
from index.text.analysis import (
    MAX_QUERY_TERMS,
    document_terms,
    find_phrase,
    match_any,
    match_phrase,
    parse_query,
    telling,
)


@pytest.fixture(name="fts", scope="module")
def _fts():
    """The lexical tables of an archive, in memory."""
    connection = apsw.Connection(":memory:")
    connection.execute(MIGRATIONS[0].script)
    for migration in MIGRATIONS[1:]:
        connection.execute(migration.script)
    yield connection
    connection.close()


def _kept(fts, text):
    """What FTS5 makes of a text's terms."""
    fts.execute("INSERT INTO terms (terms) VALUES ('delete-all')")
    fts.execute("INSERT INTO terms (rowid, headline, passage) VALUES (1, '', ?)", (text,))
    rows = fts.execute("SELECT term FROM term_places ORDER BY offset")
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Attacks attacked ATTACKING", ["attack", "attack", "attack"]),
        ("the town’s town's towns' towns’", ["the", "town", "town", "town", "town"]),
        ("U.S. and US and U.S.", ["us", "and", "us", "and", "us"]),
        ("U.N.-backed", ["un", "back"]),
        ("155,221 and 3.5 and 2016", ["155221", "and", "35", "and", "2016"]),
        ("Café café CAFE cafe\u0301", ["cafe"] * 4),
        ("Wałęsa Walesa", ["walesa"] * 2),
        ("Sørensen Sorensen SØRENSEN", ["sorensen"] * 3),
        ("Yıldırım YILDIRIM Yıldırım’ın", ["yildirim", "yildirim", "yildirimin"]),
        ("Þórðr Thordr", ["thordr"] * 2),
        ("Əliyev Aliyev", ["aliyev"] * 2),
        ("Sæther Saether", ["saether"] * 2),
        ("al-Mismari", ["al", "mismari"]),
        ("killed kill", ["kill", "kill"]),
        ("went gone goes go", ["go"] * 4),
        ("nine 9", ["9", "9"]),
        ("O'Brien’s", ["obrien"]),
        ("Straße STRASSE", ["strass"] * 2),
        ("", []),
        (" .,;!?“”-—…", []),
        ("under_score", ["under", "score"]),
    ],
)
def test_terms(text, expected):
    """A term is a word without case, accents, possessive or English ending."""
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("攻撃者", ["攻撃", "撃者"]),
        ("米", ["米"]),
        ("ISISは攻撃", ["isi", "は攻", "攻撃"]),
        ("ประเทศ", ["ปร", "ระ", "ะเ", "เท", "ทศ"]),
    ],
)
def test_scripts_without_spaces_give_pairs(text, expected):
    """Where no spaces are written, neighbouring characters are the terms."""
    assert terms(text) == expected


def test_scripts_with_spaces_give_words():
    """Arabic, Hindi, Russian, Greek and Korean words are found without their accents."""
    assert len(terms("قتل تسعة أشخاص")) == 3
    assert len(terms("नौ लोग मारे गए")) == 4
    assert terms("Погибли") == terms("погибли")
    assert terms("Αθήνα") == terms("ΑΘΗΝΑ")
    assert len(terms("정부는 발표했다")) == 2


def test_words_have_their_places():
    """Each word is where its span says, with the term that `terms` gives."""
    text = "The town’s U.S. envoy, 155,221 people; 攻撃者."
    assert [word.term for word in words(text)] == terms(text)
    assert [text[word.start : word.end] for word in words(text)][:4] == [
        "The",
        "town’s",
        "U.S.",
        "envoy",
    ]


@given(text=st.text())
def test_words_of_any_text(text):
    """Words of any text are in order within it, one for each term."""
    found = words(text)
    assert [word.term for word in found] == terms(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert [word.start for word in found] == sorted(word.start for word in found)


def test_content_terms_leave_function_words_out():
    """A question's terms are what it is about, each once."""
    assert content_terms("Who claimed the Tazerbo attack, the attacks?") == [
        "claim",
        "tazerbo",
        "attack",
    ]


def test_content_terms_of_function_words_alone():
    """A question of nothing but function words keeps them."""
    assert content_terms("who are they") == ["who", "are", "they"]


def test_content_terms_are_limited():
    """A query has at most so many terms."""
    text = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(500))
    assert len(content_terms(text)) == MAX_QUERY_TERMS


# FTS5 keeps just what this module makes


@pytest.mark.parametrize(
    "text",
    [
        "Rates rose ½ point to 2½ percent.",
        "𝐁𝐨𝐥𝐝 𝒯𝓮𝔵𝕥 ﬁne ﬂour Ⅻ ①② ²³",
        "E=mc² and 10⁵ and ₃",
        "l·l col·lecció ŀ",
        "ςίγμας ΣΊΣΥΦΟΣ ϒ",
        "Ꭰꭰ ᏸ ẞ ß İ ı",
        "x" * 50_000,
        "é" * 40_000,
        "पाकिस्तान में ৳৫০০ ৲",
        "a\x00b \ufeff \u200bword\u200d",
        "\U0001f600 emoji \U0001d7ca \U00016e40 \U00010d50",
    ],
    ids=range(11),
)
def test_fts5_keeps_these_terms(fts, text):
    """What FTS5 stores of hard text is what `terms` made, no more and no less."""
    assert _kept(fts, document_terms(text)) == terms(text)


@given(text=st.text())
@example("x¼y")
def test_fts5_keeps_any_terms(fts, text):
    """What FTS5 stores of any text is what `terms` made."""
    assert _kept(fts, document_terms(text)) == terms(text)


@pytest.mark.slow
def test_fts5_keeps_every_character(fts):
    """Every character there is, within a word, is kept by FTS5 as it is by `terms`."""
    fts.execute("INSERT INTO terms (terms) VALUES ('delete-all')")
    made = {}
    with fts:
        for first in range(0, 0x33800, 2048):  # beyond are no letters
            if first in range(0xD800, 0xE000):
                continue
            text = " ".join(f"x{chr(code)}y" for code in range(first, first + 2048))
            made[first + 1] = terms(text)
            fts.execute(
                "INSERT INTO terms (rowid, headline, passage) VALUES (?, '', ?)",
                (first + 1, " ".join(made[first + 1])),
            )
    kept = {first: [] for first in made}
    rows = fts.execute("SELECT term, doc, offset FROM term_places").fetchall()
    for term, first, _ in sorted(rows, key=lambda row: row[2]):
        kept[first].append(term)
    assert kept == made


@given(text=st.text())
def test_expressions_are_never_syntax(fts, text):
    """No text makes an expression that FTS5 refuses."""
    for expression in (match_any(content_terms(text)), match_phrase(text)):
        if expression:
            list(fts.execute("SELECT rowid FROM terms WHERE terms MATCH ?", (expression,)))


def test_terms_are_quoted_in_expressions():
    """Every term of an expression stands between quotation marks."""
    assert match_any(["and", "x"]) == '"and" OR "x"'
    assert match_phrase("And, then: NOT") == '"and then not"'


# Quoted phrases


@pytest.mark.parametrize(
    ("text", "expected_words", "phrases"),
    [
        ("who claimed it", "who claimed it", ()),
        ('"Belqasem al-Abaaj"', "Belqasem al-Abaaj", ("Belqasem al-Abaaj",)),
        ("who is “Belqasem  al-Abaaj” now", "who is Belqasem al-Abaaj now", ("Belqasem al-Abaaj",)),
        ('"a" and "b c"', "a and b c", ("a", "b c")),
        ('an "unpaired mark', 'an "unpaired mark', ()),
        ('""', '""', ()),
        ('" "', "", ()),
    ],
)
def test_parse_query(text, expected_words, phrases):
    """Phrases between quotation marks are taken out; their words stay words."""
    query = parse_query(text)
    assert query.words.split() == expected_words.split()
    assert query.phrases == phrases


@pytest.mark.parametrize(
    ("text", "phrase", "is_there"),
    [
        ("Nine people died.", "nine people", True),
        ("Nine\n  people died.", "nine people", True),
        ("Nine\u00a0people died.", "nine people", True),
        ("Nine peoples died.", "nine people", False),
        ("Canine people died.", "nine people", False),
        ("Nine other people died.", "nine people", False),
        ("attacks", "attack", False),
        ("The U.S. Army", "U.S. Army", True),
        ("Café", "cafe", False),
        ("It rose (by 3.5%) then", "(by 3.5%)", True),
        ("攻撃者は逃げた", "撃者", True),
        ("x.*y", ".*", True),
        ("xzzy", "x.*y", False),
    ],
)
def test_find_phrase(text, phrase, is_there):
    """A phrase is there when its very words are, side by side; no more is made of it."""
    found = find_phrase(text, phrase)
    assert (found is not None) is is_there
    if found:
        assert text[found.start : found.end].casefold().split() == phrase.casefold().split()


def test_quoted_phrase_means_exactly_that(archive, put):
    """A quoted phrase finds the passages that hold it word for word, and no others."""
    put(
        {"id": "exact", "text": "The army pursued the militants in the desert."},
        {"id": "stem", "text": "The army pursues the militant in the deserts."},
        {"id": "order", "text": "In the desert the militants pursued the army."},
        {"id": "apart", "text": "The army pursued all of the militants in the desert."},
    )
    for query in ('"pursued the militants"', "who “Pursued  THE militants” there"):
        assert [hit.document.id for hit in archive.search(query).hits] == ["exact"]


def test_every_phrase_must_be_there(archive, put):
    """Of two phrases both must be in the passage."""
    put(
        {"id": "both", "text": "Nine died in Tazerbo."},
        {"id": "one", "text": "Nine died in Kufra."},
    )
    hits = archive.search('"nine died" "in Tazerbo"').hits
    assert [hit.document.id for hit in hits] == ["both"]


def test_phrase_in_the_headline(archive, put):
    """A phrase of the headline finds the article."""
    put(id="a", title="Nine killed in Tazerbo", text="Gunmen came at dawn.")
    assert [hit.document.id for hit in archive.search('"killed in Tazerbo"').hits] == ["a"]


@pytest.mark.parametrize("query", ['"nobody said this"', '"!!!"', '"攻撃"', '"\x00"'])
def test_phrase_that_is_nowhere(archive, put, query):
    """A phrase that no passage holds finds nothing at all."""
    put(id="a", text="Nine people died in Tazerbo.")
    assert archive.search(query).hits == ()


@pytest.mark.parametrize(
    ("most", "kept"),
    [
        (0, ["gone", "quagga"]),
        (2, ["gone", "quagga"]),
        (11, ["gone", "quagga", "kufra"]),
        (1_010, ["gone", "quagga", "kufra"]),
        (1_011, ["gone", "quagga", "kufra", "said"]),
    ],
)
def test_telling_terms(most, kept):
    """The rarest terms are looked up until there are many; the rarest that occurs always is."""
    occurrences = {"said": 1_000, "quagga": 1, "kufra": 10}
    assert telling(["said", "kufra", "gone", "quagga"], occurrences, most=most) == kept


def test_everywhere_words_change_no_score(archive, put, monkeypatch):
    """A word that is everywhere is not looked up, and counts in the scores all the same."""
    put(
        *({"id": f"d{n}", "text": f"The army said that town {n} was quiet."} for n in range(50)),
        {"id": "rare", "text": "The army said that a quagga was seen."},
    )
    before = archive.search("What did the army say about the quagga?", top_k=2)
    monkeypatch.setattr("index.search.retriever._OCCURRENCES", 5)
    after = archive.search("What did the army say about the quagga?", top_k=2)
    assert after.hits[0].document.id == "rare"
    assert after.hits == before.hits


# Hostile queries

_HOSTILE = [
    *('"', '""', "'", "''", "`", "\\", "*", "^", "a*", "^a", "a:b", "headline:a", "passage:", "-"),
    *(
        "NOT",
        "AND",
        "OR",
        "a AND",
        "NOT a",
        "a NOT b",
        "NEAR(a b)",
        "NEAR",
        "(",
        ")",
        "(a",
        "{a b}:c",
    ),
    *(
        "a + b",
        "+",
        "terms MATCH 'x'",
        "'; DROP TABLE contents; --",
        "%",
        "_",
        "?",
        "?1",
        ":x",
        "@x",
    ),
    *("\x00", "a\x00b", "\x1b[2J", "\u202e", "\ufeff", "\U0001f600", "½", "\ud800", "a\udcffb"),
    *('"\ud800 dead"', "", " ", "\n", "0", "1e999", "x" * 20_000, "w " * 20_000, '"' * 999),
    *(
        " ".join(f"t{n}" for n in range(20_000)),
        '"' + "a b " * 5_000 + '"',
        "é" * 9_000,
        "攻" * 9_000,
    ),
]


@pytest.fixture(name="searched", scope="module")
def _searched(tmp_path_factory, make_encoder):
    """An archive to put hostile queries to."""
    from index import Archive, Document

    with Archive.open(tmp_path_factory.mktemp("hostile"), encoder=make_encoder()) as archive:
        text = "Nine people died in Tazerbo. The U.S. army pursued them, NOT alone."
        archive.add_documents([Document(id="a", text=text, path="/a.txt")])
        yield archive


@pytest.mark.parametrize("query", _HOSTILE, ids=range(len(_HOSTILE)))
def test_hostile_queries(searched, query):
    """No query raises, whatever it would mean to SQLite."""
    result = searched.search(query, top_k=3)
    assert result.query == query
    assert len(result.hits) <= 1


@given(query=st.text(st.characters()))
def test_any_query(searched, query):
    """No string raises."""
    searched.search(query, top_k=3)


def test_naughty_strings(searched, test_data):
    """None of the big list of naughty strings raises, bare or between quotation marks."""
    path = test_data / "messy" / "strings" / "blns.json"
    strings = json.loads(path.read_text(encoding="utf-8"))
    assert len(strings) > 400
    for string in strings:
        searched.search(string, top_k=1)
        searched.search(f'"{string}"', top_k=1)


def test_threads_stem_by_themselves():
    """Threads that stem at once do not spoil each other's terms."""
    text = "attacking militants pursued deserts killings " * 200
    expected = terms(text)
    wrong = []

    def stem():
        wrong.extend(1 for _ in range(20) if terms(text) != expected)

    threads = [threading.Thread(target=stem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
