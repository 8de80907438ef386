"""The questions over news that are trained on: their form, and the rows that are made of them."""

import datetime as dt
import importlib
import json
import lzma
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from index import Document, Span
from qa.evaluation.judged_questions import JudgedQuestion
from qa.evaluation.words import folded
from qa.reading.contexts import Context
from qa.reading.fitted import Logistic
from qa.training import news
from qa.training.reuters import dispatches
from qa.training.rows import Row
from tests.skips import NO_DATA

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
LAST_STORY = 12_000
"""The last of the first twelve files of Reuters-21578."""

BY_WORDS = Logistic(0.0, {"cosine": 1.0})


@pytest.fixture(name="questions", scope="module")
def _questions():
    """Every question that comes with the project."""
    return [one for kept_apart in (True, False) for one in news.questions(kept_apart=kept_apart)]


def is_of_reuters(article):
    return article.startswith("reuters-")


# The questions


def test_ids_are_unique(questions):
    """No two questions have one id."""
    assert len({one.id for one in questions}) == len(questions) > 10_000


def test_articles_are_kept_apart_whole():
    """All questions of an article are on one side, three of fifteen that follow one another."""
    sides = [
        {news.article_of(one) for one in news.questions(kept_apart=kept_apart)}
        for kept_apart in (True, False)
    ]
    assert not sides[0] & sides[1]
    for article in sides[0] | sides[1]:
        number = int(re.search(r"\d+$", article)[0])
        assert (article in sides[0]) is (number % 15 < 3)
    assert 0.15 < len(sides[0]) / len(sides[0] | sides[1]) < 0.25


def test_a_question_has_all_or_says_that_it_has_none(questions):
    """A question names articles, answers and clauses, or says by its type that it has none."""
    for one in questions:
        is_answerable = not one.type.startswith("none-")
        given = (one.documents, one.answers, one.sentences)
        assert [bool(some) for some in given] == [is_answerable] * 3, one.id
        assert news.article_of(one) in one.documents or not is_answerable, one.id
    share = sum(not one.is_answerable for one in questions) / len(questions)
    assert 0.1 < share < 0.5


def is_said(one, texts):
    """Whether each clause stands in an article, each article has one, and the words in one."""
    said = [folded(texts[document]) for document in one.documents]
    clauses = [folded(clause) for clause in one.sentences]
    return (
        all(any(clause in text for text in said) for clause in clauses)
        and all(any(clause in text for clause in clauses) for text in said)
        and all(any(folded(words) in clause for clause in clauses) for words in one.answers)
    )


def test_what_answers_stands_in_the_invented_articles(questions):
    """Clauses word for word in their articles, and the answering words in the clauses."""
    texts = {
        one["id"]: one["text"]
        for line in (news._FOLDER / "articles.jsonl").read_text("utf-8").splitlines()
        for one in [json.loads(line)]
    }
    over = [one for one in questions if not is_of_reuters(news.article_of(one))]
    assert {news.article_of(one) for one in over} == set(texts)
    assert [one.id for one in over if one.is_answerable and not is_said(one, texts)] == []


@pytest.fixture(name="told", scope="module")
def _told(test_data):
    """The texts of Reuters' stories by id, as they are put into the archive."""
    if not (test_data / "reuters21578").is_dir():
        pytest.skip(f"{NO_DATA} in {test_data}: no reuters21578")
    every = map(news._document, dispatches(test_data / "reuters21578"))
    return {one.id: one.text for one in every}


def test_what_answers_stands_in_reuters_stories(questions, told):
    """As in those that were invented."""
    over = [one for one in questions if is_of_reuters(news.article_of(one))]
    assert len(over) > 1_000
    assert {news.article_of(one) for one in over} <= set(told)
    assert [one.id for one in over if one.is_answerable and not is_said(one, told)] == []


def test_what_is_reported_on_is_not_trained_on(questions, monkeypatch):
    """No question is about a story that `tests/news` names, or of the last ten files."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    program = importlib.import_module("news_archive")
    named = {one for part in program.PARTS for one in program.named(part)}
    about = {article for one in questions for article in (news.article_of(one), *one.documents)}
    assert len(named & about) == 0
    numbers = [int(one.partition("-")[2]) for one in about if is_of_reuters(one)]
    assert 0 < max(numbers) <= LAST_STORY


# The archive


def sgml(number, body):
    return (
        f'<REUTERS NEWID="{number}"><DATE>26-FEB-1987 15:01:01.79</DATE><TEXT>'
        f"<TITLE>NEWS\n   {number}</TITLE><DATELINE>ZUWARA, </DATELINE>"
        f"<BODY>{body} Reuter\x03</BODY></TEXT></REUTERS>"
    )


@pytest.fixture(name="data")
def _data(tmp_path, monkeypatch):
    """An invented article, a question over story 3, and Reuters' stories: 2 and 3 are short."""
    folder = tmp_path / "news"
    folder.mkdir()
    article = {"id": "tarn-1", "title": "Fair", "published": "2014-08-03", "text": "It rained."}
    (folder / "articles.jsonl").write_text(json.dumps(article) + "\n")
    asked = {"id": "reuters-3/1", "question": "Who fled?", "type": "none-other"}
    (folder / "questions.jsonl").write_text(json.dumps(asked) + "\n")
    monkeypatch.setattr(news, "_FOLDER", folder)
    (tmp_path / "reuters21578").mkdir()
    for name, numbers in (("000", range(1, 31)), ("012", range(12_001, 12_031))):
        written = (
            sgml(number, "Ali fled." if number in {2, 3} else f"No {number} rained. " * 40)
            for number in numbers
        )
        packed = lzma.compress("".join(written).encode("latin-1"))
        (tmp_path / "reuters21578" / f"reut2-{name}.sgm.xz").write_bytes(packed)
    return tmp_path


def test_the_archive_has_what_is_asked_about_and_others(data):
    """The invented articles, the stories that are asked about, and every twelfth long one."""
    found = list(news.articles(data))
    assert [one.id for one in found] == ["tarn-1", "reuters-3", "reuters-14", "reuters-26"]
    assert (found[0].title, found[0].published) == ("Fair", dt.date(2014, 8, 3))
    assert (found[1].title, found[1].published) == ("NEWS 3", dt.date(1987, 2, 26))
    assert found[1].text.startswith("ZUWARA,")
    assert found[1].text.endswith("Ali fled. Reuter")


# Rows

TARN = (
    "The fair at Tarn opened. Ada Quill\nleads the harbour of Tarn. It rained on the stalls. "
    "Nobody won."
)
OTHERS = {
    "kell-2": "Snow fell. The harbour of Tarn was led by Ada Quill, they say in Kell.",
    "kell-3": "The harbour of Tarn froze. Fish was dear.",
    "reuters-4": "The harbour of Tarn was sold. Ships left.",
}
LEADS = JudgedQuestion(
    id="tarn-1/1",
    text="Who leads the harbour of Tarn?",
    answers=("Ada Quill",),
    sentences=("Ada Quill leads the harbour of Tarn",),
    documents=("tarn-1",),
    type="who",
)
SANK = JudgedQuestion(id="tarn-1/2", text="What sank in the harbour of Tarn?", type="none-other")


@pytest.fixture(name="small")
def _small(archive):
    """An archive of four articles, one of which answers."""
    archive.add_documents(
        Document(id=name, text=text, path=name, title="Tarn", published=dt.date(1987, 3, 31))
        for name, text in {"tarn-1": TARN, **OTHERS}.items()
    )
    return archive


def rows_of(archive, question, monkeypatch):
    """The rows of a question, by the ids of their articles, none moved."""
    monkeypatch.setattr(news, "_MOVED", 0.0)
    ids = {folded(text): name for name, text in {"tarn-1": TARN, **OTHERS}.items()}
    rows = list(news.rows(archive, [question], BY_WORDS, random.Random(1)))
    return [(ids[folded(row.context.text)], row) for row in rows]


def test_a_window_that_answers_is_right(small, monkeypatch):
    """Where the clause stands in the article, whatever breaks its lines; the day is told."""
    (right,) = [row for name, row in rows_of(small, LEADS, monkeypatch) if name == "tarn-1"]
    assert [right.context.text[slice(*span)] for span in right.answers] == ["Ada Quill"]
    assert right.question == LEADS.text
    assert right.context.published == dt.date(1987, 3, 31)


def test_a_window_with_the_words_in_another_article_is_left_out(small, monkeypatch):
    """It may answer, or not; one without them does not."""
    rows = rows_of(small, LEADS, monkeypatch)
    assert {name for name, row in rows if row.answers} == {"tarn-1"}
    assert {name for name, row in rows if not row.answers} == {"kell-3", "reuters-4"}


def test_an_unanswerable_question_is_not_read_in_what_nobody_judged(small, monkeypatch):
    """In its own article and in Reuters' it has no answer; in another invented one it may."""
    rows = rows_of(small, SANK, monkeypatch)
    assert {name for name, _ in rows} == {"tarn-1", "reuters-4"}
    assert not any(row.answers for _, row in rows)


@pytest.mark.parametrize(("wrong", "expected"), [(0, [True]), (1, [True, False])])
def test_few_windows_of_a_question_are_wrong(small, monkeypatch, wrong, expected):
    """One that is right, and so many that are not."""
    monkeypatch.setattr(news, "_WRONG", wrong)
    assert [bool(row.answers) for _, row in rows_of(small, LEADS, monkeypatch)] == expected


def test_what_was_not_looked_at_is_right_all_the_same(small, monkeypatch):
    """The sentence that answers is read though the first look did not put it first."""
    monkeypatch.setattr(news, "_WINDOWS", 0)
    ((name, row),) = rows_of(small, LEADS, monkeypatch)
    assert name == "tarn-1"
    assert [row.context.text[slice(*span)] for span in row.answers] == ["Ada Quill"]


def test_half_of_the_stories_of_1987_are_moved(small):
    """To years that are drawn, the same again for the same seed; those of other years stay."""
    asked = [LEADS] * 60
    first, again = (list(news.rows(small, asked, BY_WORDS, random.Random(1))) for _ in range(2))
    assert first == again
    years = Counter(row.context.published.year for row in first)
    assert 0.3 < years[1987] / len(first) < 0.7
    assert len(years) > 10
    assert {*years} - {1987} <= set(range(1995, 2026))


# Other years

TEXT = "In 1986 Ali sold 1,950 of 1987 boats, 19870 nets and 19 oars. In 1912 he was 2000."


def moved_by(years, published=dt.date(1987, 3, 31)):
    spans = (Span(0, 61), Span(62, len(TEXT)))
    context = Context("Best of 1987", TEXT, spans, published)
    answers = (Span(3, 7), Span(24, 34))
    row = Row(question="Who sold boats in 1987?", context=context, answers=answers)
    return row, news.moved(row, years)


def test_all_is_moved_alike():
    """Question, headline, text and day; nothing but years of the century's second half."""
    _, row = moved_by(20)
    assert row.question == "Who sold boats in 2007?"
    assert row.context.headline == "Best of 2007"
    assert row.context.text == TEXT.replace("1986", "2006").replace("of 1987", "of 2007")
    assert row.context.published == dt.date(2007, 3, 31)


@pytest.mark.parametrize("years", [8, 38])
def test_what_is_moved_stands_where_it_stood(years):
    """Sentences and answers have the same places, and but for the years the same words."""
    before, row = moved_by(years)
    assert row.context.sentences == before.context.sentences
    assert row.answers == before.answers
    assert len(row.context.text) == len(TEXT)
    assert row.context.text[slice(*row.answers[0])] == str(1986 + years)


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (None, None),
        (dt.date(1988, 2, 29), dt.date(2005, 2, 28)),
        (dt.date(1987, 12, 31), dt.date(2004, 12, 31)),
    ],
)
def test_the_day_stays_in_its_month(published, expected):
    """But for one that the year does not have; and where none is known, none is told."""
    _, row = moved_by(17, published)
    assert row.context.published == expected
