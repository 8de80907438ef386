"""The weights that join search and model, fitted on a small invented set."""

import hashlib
import json
from dataclasses import asdict

import numpy as np
import pytest

from index import Archive, Document, Span
from qa.evaluation.judged_questions import JudgedQuestion
from qa.reading.contexts import Context
from qa.reading.fitted import Fitted, Logistic
from qa.reading.reader import Reader
from qa.reading.span_model import LocalSpanModel, SpanPrediction
from qa.training import fit as fit_module
from qa.training import news
from qa.training.fit import (
    FITTED_ON,
    Asking,
    Remembering,
    fit,
    fit_chance,
    fit_choice,
    fit_first_sight,
    fit_text,
    fit_weights,
    of_articles,
    read,
    search_all,
    search_news,
)

TOWNS = "Tarby Tarton Kelby Kelton Bruby Bruton Mosby Moston Verby Verton Halby Halton".split()
TOWNS += [f"New {name}" for name in TOWNS[:6]]
LEADERS = "Quill Nash Ferro Lind Okafor Bane Roth Sands Ito".split()
FLAT = Logistic(0.0, {})
FEATURES = ("lead", "agreed")


class Telling:
    """A `SpanModel` that reads capitals and the question's words, and remembers what it read."""

    languages = "English"

    def __init__(self):
        self.read_contexts = []

    def read(self, question, contexts):
        self.read_contexts.append([one.under_headline for one in contexts])
        return [
            [self._prediction(question, one.text, span) for span in one.sentences]
            for one in contexts
        ]

    def _prediction(self, question, text, span):
        words = text[slice(*span)].rstrip(".").split()
        asked = set(question.rstrip("?").split())
        other = next((one for one in words[1:] if one[0].isupper() and one not in asked), words[-1])
        start = text.index(other, span.start)
        shared = len(asked & set(words))
        sure = 1.5 * shared - 5 + (hash_of(question + text[slice(*span)]) % 5) / 2
        return SpanPrediction(Span(start, start + len(other)), sure, min(-0.01, sure / 4 - 2))


def hash_of(text):
    return hashlib.sha256(text.encode()).digest()[0]


def town(number):
    """An article of a town, and three questions over it; nothing sank there."""
    name, leader = TOWNS[number % len(TOWNS)], LEADERS[number % len(LEADERS)]
    ident = f"town-{number}"
    leads = f"Mayor {leader} leads the harbour of {name}"
    drew = f"{900 + number} people saw the fair"
    text = f"It rained on {name}. {leads}. At last {drew} of {name}. Old trees fell."
    asked = [
        (f"Who leads the harbour of {name}?", "who", f"{leader}", leads),
        (f"How many people saw the fair of {name}?", "count", str(900 + number), drew),
    ]
    questions = [
        {
            "id": f"{ident}/{place}", "question": question, "type": kind, "documents": [ident],
            "answers": [answer], "sentences": [clause],
        }
        for place, (question, kind, answer, clause) in enumerate(asked)
    ]  # fmt: skip
    never = {"id": f"{ident}/2", "question": f"Who sank the ferry of {name}?", "type": "none-other"}
    article = {"id": ident, "title": name, "published": "2014-08-03", "text": text}
    return article, [*questions, never]


def judged(record):
    more = {name: tuple(record.get(name, ())) for name in ("documents", "answers", "sentences")}
    return JudgedQuestion(id=record["id"], text=record["question"], type=record["type"], **more)


MADE = [town(number) for number in range(len(TOWNS))]
QUESTIONS = [judged(record) for _, records in MADE for record in records]
ANSWERABLE = [one for one in QUESTIONS if one.is_answerable]


@pytest.fixture(name="towns")
def _towns(archive):
    """An archive of the towns' articles."""
    archive.add_documents(
        Document(id=one["id"], text=one["text"], path=one["id"], title=one["title"])
        for one, _ in MADE
    )
    return archive


# A model that remembers


def context_of(text, headline=""):
    return Context(headline, text, [Span(0, len(text))])


def test_the_same_is_read_once():
    """What was read is given again, in the order in which it is asked for."""
    model = Telling()
    remembering = Remembering(model)
    contexts = [context_of("Ali fled."), context_of("Eva won."), context_of("Ali fled.", "War")]
    plain = Telling()
    assert remembering.read("Who?", contexts[:2]) == plain.read("Who?", contexts[:2])
    assert remembering.read("Who?", contexts[::-1]) == plain.read("Who?", contexts[::-1])
    assert model.read_contexts == [["Ali fled.", "Eva won."], ["War: Ali fled."]]
    assert remembering.languages == "English"


def test_another_question_is_another_reading():
    """It is read anew."""
    model = Telling()
    remembering = Remembering(model)
    contexts = [context_of("Ali fled.")]
    remembering.read("Who?", contexts)
    remembering.read("Whose?", contexts)
    assert model.read_contexts == [["Ali fled."], ["Ali fled."]]


def test_a_sentence_that_is_told_twice_has_two_places():
    """Where a text says the same in two places, spans are of either."""
    text = "Ali fled. Ali fled."
    remembering = Remembering(Telling())
    contexts = [Context("", text, [span]) for span in (Span(0, 9), Span(10, 19))]
    (first,), (second,) = remembering.read("Who?", contexts)
    assert first.span.start < 10
    assert remembering._known.keys() == {("Who?", "0 Ali fled."), ("Who?", "10 Ali fled.")}
    assert second is remembering.read("Who?", contexts[1:])[0][0]


# Planted weights


def drawn(chance, count):
    return [dict(zip(FEATURES, chance.normal(size=2).tolist(), strict=True)) for _ in range(count)]


def test_a_choice_recovers_planted_weights():
    """Of ten rows one is right, drawn by a softmax of 1.5 and −0.5."""
    chance = np.random.default_rng(1)
    planted = Logistic(0.0, dict(zip(FEATURES, (1.5, -0.5), strict=True)))
    sets = []
    for _ in range(2_000):
        rows = drawn(chance, 10)
        shares = np.exp([planted.sum(row) for row in rows])
        right = chance.choice(10, p=shares / shares.sum())
        sets.append((rows, [place == right for place in range(10)]))
    fitted = fit_choice(FEATURES, sets)
    assert fitted.bias == 0
    assert fitted.weights["lead"] == pytest.approx(1.5, abs=0.1)
    assert fitted.weights["agreed"] == pytest.approx(-0.5, abs=0.1)


def test_a_choice_of_nothing_right_says_nothing():
    """A question whose right sentence was not found makes no difference."""
    rows = drawn(np.random.default_rng(1), 4)
    sets = [(rows, [True, False, False, True]), (rows, [False, True, False, False])]
    assert fit_choice(FEATURES, sets) == fit_choice(FEATURES, [*sets, (rows, [False] * 4)])


def test_a_chance_recovers_planted_weights():
    """Log odds of −1 + 2 of the one and −1 of the other."""
    chance = np.random.default_rng(1)
    planted = Logistic(-1.0, dict(zip(FEATURES, (2.0, -1.0), strict=True)))
    askings = [
        Asking(
            is_there=bool(chance.random() < planted.chance(row)),
            weight=1.0, rows=[], right=[], judged=row, is_whole=False,
        )
        for row in drawn(chance, 8_000)
    ]  # fmt: skip
    fitted = fit_chance(FEATURES, askings, lambda one: one.is_there)
    assert fitted.bias == pytest.approx(-1.0, abs=0.12)
    assert fitted.weights == pytest.approx(planted.weights, abs=0.12)


# What is searched


def test_news_are_asked_of_much_and_of_little(towns):
    """Of all; and every second of a tenth, the others without the article that answers."""
    asked = ANSWERABLE[:8]
    found = list(search_news(towns, asked))
    assert [one.question for one in found] == [one for one in asked for _ in range(2)]
    for number, question in enumerate(asked):
        whole, other = found[2 * number : 2 * number + 2]
        ids = {hit.document.id for hit in other.result.hits}
        assert whole.is_there
        assert question.documents[0] in {hit.document.id for hit in whole.result.hits}
        sentences = whole.result.searched.sentences
        if number % 2:
            assert other.is_there
            assert other.result.searched.sentences == sentences // 10
            own = set(question.documents)
            assert own <= ids
            assert all(hash_of(one) % 10 == 0 for one in ids - own)
        else:
            assert not other.is_there
            assert other.result.searched.sentences == sentences
            assert ids
            assert not ids & set(question.documents)


def test_what_has_no_answer_is_not_there(towns):
    """Asked in its own article alone, as nobody judged the others."""
    never = [one for one in QUESTIONS if not one.is_answerable][:2]
    found = list(search_news(towns, never))
    assert [(one.question.id, one.is_there) for one in found] == [
        ("town-0/2", False), ("town-1/2", False), ("town-1/2", False),
    ]  # fmt: skip
    for one in found:
        assert {hit.document.id for hit in one.result.hits} == {one.question.id[:-2]}


def test_no_more_is_read_than_in_use(towns):
    """Ten passages, of however many were found."""
    found = [*search_news(towns, ANSWERABLE[:2]), *search_all(towns, ANSWERABLE[:2])]
    sizes = [len(one.result.hits) for one in found]
    assert max(sizes) == 10
    assert sizes[-2:] == [10, 10]


# Everything


def squad_question(record, text):
    answers = [
        {"text": words, "answer_start": text.index(words)} for words in record.get("answers", ())
    ]
    asked = {"id": f"squad-{record['id']}", "question": record["question"], "answers": answers}
    return asked if answers else asked | {"is_impossible": True}


@pytest.fixture(name="data")
def _data(tmp_path, monkeypatch):
    """The towns as questions over news, and SQuAD's articles, each with two paragraphs."""
    folder = tmp_path / "news"
    folder.mkdir()
    for name, records in (
        ("articles", [article for article, _ in MADE]),
        ("questions", [one for _, asked in MADE for one in asked]),
    ):
        lines = (json.dumps(one) + "\n" for one in records)
        (folder / f"{name}.jsonl").write_text("".join(lines))
    monkeypatch.setattr(news, "_FOLDER", folder)
    (tmp_path / "squad2").mkdir()
    articles = []
    for number, title in enumerate([*FITTED_ON, "Yuan_dynasty"]):
        paragraphs = []
        for article, asked in MADE[3 * number : 3 * number + 3]:
            text = article["text"]
            qas = [squad_question(one, text) for one in asked]
            paragraphs.append({"context": text, "qas": qas})
        articles.append({"title": title, "paragraphs": paragraphs})
    (tmp_path / "squad2" / "dev-half.json").write_text(json.dumps({"data": articles}))
    return tmp_path


def test_squad_is_fitted_on_two_of_its_articles(data):
    """All paragraphs are there, and the questions about these articles."""
    everything, questions = of_articles(data, FITTED_ON)
    assert len(everything.documents) == 9
    assert [one.id for one in questions] == [f"squad-{one.id}" for one in QUESTIONS[:18]]


def flat(first_sight=FLAT):
    return Fitted(
        first_sight=first_sight, sentence=FLAT, answerable=FLAT, right=FLAT, words=FLAT, text=FLAT,
        threshold=0.0,
    )  # fmt: skip


def test_everything_is_fitted(towns, data, tmp_path):
    """What answers is told from what does not; the threshold refuses 8 % of the hard ones."""
    model = Telling()
    first_sight = fit_first_sight(towns, ANSWERABLE)
    text = fit_text(Reader(model, flat()), data)
    found = list(search_news(towns, QUESTIONS))
    hard = list(search_all(towns, QUESTIONS))
    fitted = fit(model, first_sight, found, hard, text)
    assert (fitted.first_sight, fitted.text) == (first_sight, text)
    assert first_sight.weights["coverage"] > 0 < text.weights["null_score_difference"]
    (tmp_path / "weights.json").write_text(json.dumps(asdict(fitted)))
    assert Fitted.load(tmp_path) == fitted
    reader = Reader(model, fitted)
    chances = {True: [], False: []}
    for asking in read(reader, hard):
        chances[asking.is_there].append(fitted.answerable.chance(asking.judged))
    assert np.mean(chances[True]) > np.mean(chances[False]) + 0.2
    assert fitted.threshold == pytest.approx(np.quantile(chances[True], 0.08), abs=1e-4)


def test_weights_are_written_beside_the_model(data, encoder, monkeypatch):
    """They load, and tell how they came about."""
    opened = Archive.open
    monkeypatch.setattr(
        Archive, "open", lambda folder, **more: opened(folder, encoder=encoder, **more)
    )
    monkeypatch.setattr(LocalSpanModel, "load", lambda folder: Telling())
    monkeypatch.setattr(fit_module, "_OF_EACH", 6)
    monkeypatch.setattr(fit_module, "_IN_VAIN", 3)
    (data / "reuters21578").mkdir()
    model = data / "model"
    model.mkdir()
    place = data / "judged"
    news.archive_of(data, place).close()
    fit_weights(data, model, [(data / "news" / "questions.jsonl", place)])
    fitted = Fitted.load(model)
    assert 0 < fitted.threshold < 1
    assert fitted.words.weights.keys() == fitted.right.weights.keys()
    how = json.loads((model / "weights.json").read_text())["fitted"]
    assert how["by"] == "python -m qa.training"
    assert how["of questions"] == 12 + 6
