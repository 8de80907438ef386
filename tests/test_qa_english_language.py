"""Which questions are taken for English, and which for another language."""

import json
import re
import unicodedata
from pathlib import Path

import pytest

from qa.english.language import is_english
from qa.english.questions import Asked

HERE = Path(__file__).resolve().parent
_LINES = (HERE / "languages" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
FOREIGN = [json.loads(line) for line in _LINES]
LANGUAGES = sorted({one["language"] for one in FOREIGN})


def typed_in_haste(question: str) -> str:
    """In lower case, without accents and marks."""
    apart = unicodedata.normalize("NFD", question.lower())
    return "".join(one for one in apart if not unicodedata.combining(one)).strip(" ¿?")


def found(questions: list[str]) -> float:
    return sum(not is_english(one) for one in questions) / len(questions)


def questions_over_news() -> list[str]:
    lines = (HERE / "news" / "tune.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_of_other_languages_are_told(language):
    """Of forty questions over news, at most two are taken for English, as written and in haste."""
    asked = [one["question"] for one in FOREIGN if one["language"] == language]
    assert len(asked) == 40
    assert found(asked) >= 0.95
    assert found([typed_in_haste(one) for one in asked]) >= 0.95


@pytest.mark.parametrize("shown", [str, str.lower, lambda asked: asked.lower().rstrip("?")])
def test_questions_over_news_are_english(shown):
    """None of those that the reader is steered by is taken for another language."""
    asked = [shown(one) for one in questions_over_news()]
    assert [one for one in asked if not is_english(one)] == []


def test_english_is_hardly_ever_taken_for_another_language(test_data):
    """Of SQuAD's questions, whole or their keywords, and of the names in its paragraphs."""
    articles = json.loads((test_data / "squad2" / "dev-half.json").read_bytes())["data"]
    paragraphs = [one for article in articles for one in article["paragraphs"]]
    asked = [one["question"] for paragraph in paragraphs for one in paragraph["qas"]]
    function = Asked.of("who what when where why how which is was the of in did does do")
    without = {word.lower() for word in function.text.split()}
    keywords = [
        " ".join(word for word in re.findall(r"[\w'-]+", one) if word.lower() not in without)
        for one in asked
    ]
    names = {
        name
        for one in paragraphs
        for name in re.findall(
            r"\b[A-Z][\w-]+(?: (?:of |the |de |von )?[A-Z][\w-]+)*", one["context"]
        )
    }
    for texts in (asked, [one.lower().rstrip("?") for one in asked], keywords, sorted(names)):
        assert len(texts) > 2000
        assert found(texts) <= 0.005


@pytest.mark.parametrize(
    "question",
    [
        "Universidad de los Andes",
        "Oscar de la Hoya",
        "la casa de papel",
        "Le Monde diplomatique",
        "Die Zeit editor",
        "Kim Jong Un visit",
        "Ursula von der Leyen",
        "Las Vegas shooting",
        "Who won the Tour de France?",
        "What type of company is Van Gend en Loos?",
        "who said ich bin ein Berliner and when was it",
        "2019?",
        "",
    ],
)
def test_names_and_words_of_others_are_no_other_language(question):
    """What English takes from others, alone or in a question, leaves it English."""
    assert is_english(question)


@pytest.mark.parametrize(
    "question", ["من هاجم الميناء", "Кто напал на порт?", "誰が港を襲ったのか", "किसने हमला किया"]
)
def test_other_letters_are_another_language(question):
    """What is not in Latin letters is not in English."""
    assert not is_english(question)


def test_a_quoted_phrase_may_be_of_any_language():
    """A phrase is looked for as it stands; in which language is asked, the other words say."""
    assert Asked.of('Who said "je ne sais pas pourquoi"?').is_english
    assert Asked.of('"je ne sais pas pourquoi"').is_english
    assert not Asked.of('Qui a dit "I do not know"?').is_english
