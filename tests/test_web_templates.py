"""The templates: whatever stands in a hole is text, and whatever they make is one line."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from qa.web import templates
from qa.web.templates import render

FOLDER = Path(templates.__file__).parent
NAMES = sorted(file.name for file in FOLDER.glob("*.html"))
HOSTILE = "<b> & \"q\" 'a' *i* [x](y) `c`\n\n1. http://x"


@pytest.fixture(name="environment")
def _environment() -> Environment:
    return templates._ENVIRONMENT


def test_what_stands_in_a_hole_is_text():
    """Of all signs that HTML or Markdown knows, none is left as it is."""
    (shown,) = re.findall(r'<p class="trouble">(.*)</p>', render("trouble.html", trouble=HOSTILE))
    assert not re.search(r"[^\w &#;]", shown)
    assert Markup(shown).unescape() == HOSTILE


def test_what_stands_in_an_attribute_stays_there(environment):
    """No quotation mark of a text ends it."""
    made = environment.from_string('<a title="{{ text }}">').render(text='" onclick="x')
    assert made.count('"') == 2


def test_what_another_template_made_is_not_escaped_again(environment):
    """HTML of ours within HTML of ours stays HTML."""
    inner = render("trouble.html", trouble="<b>")
    assert environment.from_string("{{ inner }}").render(inner=inner) == inner


def test_words_that_are_joined_are_text(environment):
    """A list in a hole is escaped as a whole."""
    made = environment.from_string('{{ words | join(", ") }}').render(words=["<b>", "*i*"])
    assert Markup(made).unescape() == "<b>, *i*"
    assert "<" not in made
    assert "*" not in made


def test_a_value_that_is_missing_is_an_error(environment):
    """A hole that nothing fills is not shown as nothing."""
    assert environment.undefined is StrictUndefined
    with pytest.raises(UndefinedError):
        render("trouble.html")


def test_what_is_made_is_one_line():
    """No line end of a template or of a text is in it."""
    assert "\n" not in render("unanswered.html", trouble="a\n\nb")


@pytest.mark.parametrize("name", NAMES)
def test_no_template_lets_a_text_through(name, environment):
    """None marks a value as safe or puts text together with HTML, and each can be read."""
    source = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|~|\|\s*(urlize|xmlattr|tojson)", source)
    assert "\t" not in source
    environment.get_template(name)


def test_html_is_marked_as_such_in_one_place_alone():
    """Nothing but the templates says of a text that it is HTML."""
    package = FOLDER.parent
    marking = [
        file.relative_to(package).as_posix()
        for file in package.rglob("*.py")
        if "Markup(" in file.read_text(encoding="utf-8")
    ]
    assert marking == ["templates/__init__.py"]
