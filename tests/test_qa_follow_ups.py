"""Follow-ups: what they take from the turns before, and what is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Searched
from qa import Answer, Citation, NoAnswer, Question, Reason, Role
from qa.follow_ups.rewriting import understood

FIRST = "Who claimed the Tazerbo attack?"

SENTENCES = (
    "The village of Ambry lost its school in a fire on Sunday, the mayor said.",
    "Mayor Osric Bell said he had seen the blaze start in the kitchen.",
    "“We will rebuild it,” Bell told reporters in Ambry.",
    "Inspector Dora Quill, who leads the inquiry, said two teachers were hurt.",
    "She asked for witnesses.",
    "Norrin Lines offered the children the use of the Halcyon, a ferry that it owns.",
    "The teachers were taken to Estmar by helicopter.",
    "Neighbours saved a piano.",
)


def stand_alone(question, history):
    """The one question that it is understood as."""
    (meaning,) = understood(question, history).meanings
    return meaning


def turn(question, interpreted=None):
    """A turn of a conversation that nothing answered."""
    return NoAnswer(
        question=Question(text=question),
        interpreted=interpreted or question,
        reason=Reason.NOT_IN_ARCHIVE,
        nearest=(),
        searched=Searched(documents=0, sentences=0),
        elapsed_ms=0.0,
    )


def answered(question, text, *, sentences=SENTENCES):
    """A turn that these words of an article answered, where they stand first."""
    sentence = next(one for one in sentences if text in one)
    document = Document(id="a", text=" ".join(sentences), path="/a.txt")
    first = document.text.index(sentence)
    start = first + sentence.index(text)
    cited = Citation(
        role=Role.ANSWER,
        document=document,
        start=first,
        end=first + len(sentence),
        quote=sentence,
        score=1.0,
    )
    return Answer(
        question=Question(text=question),
        interpreted=question,
        text=text,
        start=start,
        end=start + len(text),
        confidence=1.0,
        sentence_confidence=1.0,
        citations=(cited,),
        searched=Searched(documents=1, sentences=len(sentences)),
        elapsed_ms=0.0,
    )


INSPECTOR = answered("Who leads the inquiry in Ambry?", "Inspector Dora Quill")
MAYOR = answered("Who is the mayor of Ambry?", "Mayor Osric Bell")
HURT = answered("How many teachers were hurt in Ambry?", "two")
HOSPITAL = answered("Where were the teachers taken?", "Estmar")
SAVED = answered("What did the neighbours save?", "a piano")
LENDER = answered("Who offered the children the Halcyon?", "Norrin Lines")


@pytest.mark.parametrize(
    ("question", "meaning"),
    [
        ("When did it happen?", "When did the Tazerbo attack happen?"),
        ("where was that?", "where was the Tazerbo attack?"),
        ("Why did that happen?", "Why did the Tazerbo attack happen?"),
        ("And how many were injured?", "How many were injured in the Tazerbo attack?"),
        ("what about the victims?", "what about the victims in the Tazerbo attack?"),
        ("Who survived the attack?", "Who survived the Tazerbo attack?"),
        ("Did it happen in 2016?", "Did the Tazerbo attack happen in 2016?"),
    ],
)
def test_a_follow_up_takes_the_event_of_the_turn_before(question, meaning):
    """What points back to an event, or names none, gets the one that the question before named."""
    assert stand_alone(question, [turn(FIRST)]) == meaning


@pytest.mark.parametrize(
    ("before", "question", "meaning"),
    [
        (MAYOR, "What did he say?", "What did Bell say?"),
        (MAYOR, "Who is he?", "Who is Mayor Osric Bell?"),
        (INSPECTOR, "What did she ask for?", "What did Dora Quill ask for?"),
        (INSPECTOR, "Who gave her a reward?", "Who gave Dora Quill a reward?"),
        (INSPECTOR, "What are her duties?", "What are Dora Quill’s duties?"),
        (HURT, "Where were they taken?", "Where were the teachers taken?"),
        (HOSPITAL, "How many were taken there?", "How many were taken in Estmar?"),
        (SAVED, "Where was it?", "Where was the piano?"),
        (LENDER, "What does it own?", "What does Norrin Lines own?"),
        (LENDER, "Who is its director?", "Who is Norrin Lines’ director?"),
        (LENDER, "What else did the company offer?", "What else did Norrin Lines offer?"),
    ],
)
def test_a_pronoun_is_replaced_by_whom_or_what_it_means(before, question, meaning):
    """People, groups, places and things are told apart by the words round them in the article."""
    assert stand_alone(question, [before]) == meaning


JETS = ("Norrin Airways ordered 10 Halcyon jets from Bell & Quill.", "They come in May.")
ORDERED = answered("How many Halcyon jets has Norrin Airways ordered?", "10", sentences=JETS)
REFUSED = turn("Which television executive was arrested in Ambry?")
CLASHES = answered(
    "Why was a curfew imposed on Ambry?",
    "after clashes between Tarnians and Vessenians",
    sentences=("It was imposed after clashes between Tarnians and Vessenians.",),
)
COUNCIL = answered(
    "Who rejected the plan?",
    "The city council of Ambry",
    sentences=("The city council of Ambry rejected the plan.",),
)
LEYEN = answered(
    "Who met the minister in Ambry?",
    "Ursula von der Leyen",
    sentences=(
        "European Commission President Ursula von der Leyen met Turkish minister Özgür Çavuşoğlu.",
        "Von der Leyen said she was hopeful.",
        "Çavuşoğlu told reporters he had signed nothing.",
    ),
)


@pytest.mark.parametrize(
    ("before", "question", "meaning"),
    [
        (ORDERED, "When will they be delivered?", "When will the Halcyon jets be delivered?"),
        (ORDERED, "What do they cost?", "What do the Halcyon jets cost?"),
        (ORDERED, "Why did they choose it?", "Why did Norrin Airways choose it?"),
        (COUNCIL, "What do they want?", "What does the city council of Ambry want?"),
        (
            CLASHES,
            "Where did they begin?",
            "Where did clashes between Tarnians and Vessenians begin?",
        ),
        (REFUSED, "Who knew her?", "Who knew the television executive in Ambry?"),
        (LEYEN, "What did she say?", "What did von der Leyen say?"),
        (LEYEN, "What did he sign?", "What did Çavuşoğlu sign?"),
        (LEYEN, "Who is she?", "Who is European Commission President Ursula von der Leyen?"),
    ],
)
def test_a_pronoun_means_only_what_agrees_with_it(before, question, meaning):
    """One that is "they" is a group that acts; "she" is no man."""
    assert stand_alone(question, [before]) == meaning


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (turn("Who heads the firm Third Bridge?"), "When will they be delivered?"),
        (turn("Who heads the firm Third Bridge?"), "Whom do most of them want?"),
        (turn("Who is the spokesman of Ambry?"), "What did she say?"),
        (turn("How many jets were delivered?"), "How many others have committed to it?"),
        (COUNCIL, "Whose plan is theirs?"),
    ],
)
def test_where_nothing_agrees_a_pronoun_stays(before, question):
    """One is not several, several are not one, and a man is no woman."""
    found = understood(question, [before])
    assert found.meanings == (question,)
    assert found.is_follow_up


@pytest.mark.parametrize(
    ("before", "question", "meanings"),
    [
        (
            "What did Osric Bell tell Edmund Crane?",
            "Where did he go?",
            ("Where did Osric Bell go?", "Where did Edmund Crane go?"),
        ),
        (
            "What did Osric Bell tell Edmund Crane?",
            "Is his wife there?",
            ("Is Osric Bell’s wife there?", "Is Edmund Crane’s wife there?"),
        ),
        (
            "What did Osric Bell tell Edmund Bell?",
            "Where did he go?",
            ("Where did Osric Bell go?", "Where did Edmund Bell go?"),
        ),
        (
            "What did the council say of the Halcyon?",
            "When did it sink?",
            ("When did the council sink?", "When did the Halcyon sink?"),
        ),
    ],
)
def test_where_two_are_as_recent_both_are_meant(before, question, meanings):
    """Nothing is guessed where nothing tells two of the right kind apart."""
    assert understood(question, [turn(before)]).meanings == meanings


@pytest.mark.parametrize(
    ("before", "question", "meaning"),
    [
        (
            "What did Osric Bell tell Edmund Crane?",
            "Did they go?",
            "Did Osric Bell and Edmund Crane go?",
        ),
        (
            "What did the council say of the Halcyon?",
            "What did it want?",
            "What did the council want?",
        ),
        ("What did Osric Bell tell the spokeswoman?", "Did she go?", "Did the spokeswoman go?"),
    ],
)
def test_what_tells_two_apart_is_heeded(before, question, meaning):
    """Number, who acts, and gender do."""
    assert stand_alone(question, [turn(before)]) == meaning


def test_of_an_earlier_turn_nothing_is_asked_back():
    """Who was spoken of before the last turn is meant only where it is one."""
    history = [turn("What did Osric Bell tell Edmund Crane?"), turn("When did the ferry sink?")]
    assert stand_alone("Where did he go?", history) == "Where did he go?"


SINKING = (
    "The ferry sank off Norrin on Sunday, 3 March 2019.",
    "Nine people drowned off Norrin, police said.",
    "The inquiry of 2020 cleared its captain, Osric Bell.",
)
SANK = answered("When did the ferry sink?", "3 March 2019", sentences=SINKING)
FERRY = answered("What sank off Norrin?", "The ferry", sentences=SINKING)
DROWNED = answered("How many drowned?", "Nine", sentences=SINKING)
CLEARED = answered("Whom did the inquiry clear?", "Osric Bell", sentences=SINKING)


@pytest.mark.parametrize(
    ("before", "question", "meaning"),
    [
        (SANK, "What else happened that day?", "What else happened on 3 March 2019?"),
        (FERRY, "What else happened that day?", "What else happened on Sunday?"),
        (CLEARED, "What else happened that year?", "What else happened in 2020?"),
        (DROWNED, "Who was saved on that day?", "Who was saved on that day?"),
    ],
)
def test_a_day_is_that_of_the_answer_or_of_its_sentence(before, question, meaning):
    """Where neither gives one, the question is left as it is."""
    assert stand_alone(question, [before]) == meaning


def test_a_place_keeps_the_word_that_stands_before_it():
    """What happened off a place did not happen in it."""
    assert stand_alone("How many were saved?", [FERRY]) == "How many were saved off Norrin?"


def test_a_pronoun_passes_over_those_whom_it_does_not_fit():
    """No woman is meant by "he": a pronoun goes to the last person whom it fits."""
    assert stand_alone("What did she say?", [INSPECTOR, MAYOR]) == "What did Dora Quill say?"
    assert stand_alone("What did he say?", [INSPECTOR, MAYOR]) == "What did Bell say?"


@pytest.mark.parametrize(
    ("before", "question", "meaning"),
    [
        ("How many people died in Ambry?", "And in Estmar?", "How many people died in Estmar?"),
        ("How many people died in Ambry?", "In Estmar?", "How many people died in Estmar?"),
        (
            "How many people died in Ambry?",
            "What about children?",
            "How many children died in Ambry?",
        ),
        (
            "How many people were killed in Ambry?",
            "And injured?",
            "How many people were injured in Ambry?",
        ),
        (
            "How many people were killed in Ambry?",
            "And how many horses?",
            "How many horses were killed in Ambry?",
        ),
        (
            "Who visited Ambry on Sunday?",
            "What about Monday?",
            "Who visited Ambry Monday?",
        ),
        ("Who visited Ambry?", "And on Monday?", "Who visited Ambry on Monday?"),
        (
            "What did Mayor Bell say about the fire?",
            "And about the school?",
            "What did Mayor Bell say about the school?",
        ),
        (
            "What did Mayor Bell say about the fire?",
            "And Inspector Quill?",
            "What did Inspector Quill say about the fire?",
        ),
        ("When was the ferry sold?", "What about the boats?", "When were the boats sold?"),
    ],
)
def test_a_fragment_takes_the_place_of_its_like(before, question, meaning):
    """A place, day, name, noun or participle alone asks the question before with it."""
    assert stand_alone(question, [turn(before)]) == meaning


@pytest.mark.parametrize(
    ("before", "question", "meaning"),
    [
        (turn("Where did the ferry sink?"), "When?", "When did the ferry sink?"),
        (turn("Where did the ferry sink?"), "When was that?", "When did the ferry sink?"),
        (
            turn("How many floors did it give up in Ambry?"),
            "By when?",
            "By when did it give up floors in Ambry?",
        ),
        (
            turn("On which state was a curfew imposed?"),
            "Why?",
            "Why was a curfew imposed on the state?",
        ),
        (REFUSED, "When was it done?", "When was the television executive arrested in Ambry?"),
        (turn("Did the ferry sink?"), "And why?", "Why did the ferry sink?"),
        (turn("Was anybody hurt in Ambry?"), "Who?", "Who was hurt in Ambry?"),
        (HURT, "When?", "When were teachers hurt in Ambry?"),
        (LENDER, "Why?", "Why was it that Norrin Lines offered the children the Halcyon?"),
        (turn("Who left?"), "Since when?", "Since when was it that somebody left?"),
        (turn("What did Bell say?"), "In which month?", "In which month did Bell say that?"),
        (turn("Who was hurt in Ambry?"), "Where?", "Where was somebody hurt in Ambry?"),
    ],
)
def test_a_question_word_alone_asks_the_question_before(before, question, meaning):
    """The rest of the question before follows, with its answer where that was the subject."""
    assert stand_alone(question, [before]) == meaning


@pytest.mark.parametrize(
    "question",
    [
        "Who commands the Kufra military district?",
        "And who owns the Halcyon?",
        "How many soldiers guard the border crossing?",
        "Where is Sirte?",
        "What did Abaaj say about his army?",
        "Is it true that Sirte fell?",
        "Tazerbo attack",
        "attack",
        "Who leads the attack on Sirte?",
        "Who said that?",
        "  Why did they attack?\n",
        "x" * 498 + " it",
        "“it happened”",
        '"how they fell"',
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question):
    """What names something of its own, or points nowhere, is not touched, to the letter."""
    assert stand_alone(question, [turn(FIRST)]) == question


def test_a_place_is_given_only_with_the_word_that_it_had():
    """What was sold to a country was not sold in it."""
    before = turn("Who sold lumber to Estmar?")
    assert stand_alone("And how much was sold?", [before]) == "And how much was sold?"


def test_a_question_leans_on_what_the_article_tells():
    """A noun that the turns before have makes a follow-up of a question without names."""
    assert understood("How many teachers were on the ferry?", [LENDER]).is_follow_up
    assert not understood("Who painted the ceiling?", [LENDER]).is_follow_up
    assert not understood("Who painted Ambry’s ceiling?", [LENDER]).is_follow_up


def test_another_subject_does_not_drag_the_old_one_along():
    """A question whose words the article before does not know is about something else."""
    assert stand_alone("Who painted the ceiling?", [MAYOR]) == "Who painted the ceiling?"
    assert "Ambry" in stand_alone("Who leads the inquiry?", [MAYOR])


@pytest.mark.parametrize("question", ["When did it happen?", "Where?", ""])
def test_the_first_question_is_left_alone(question):
    """Without a turn before, there is nothing to take."""
    assert stand_alone(question, []) == question


def test_the_latest_turn_counts():
    """What a pronoun means is looked for in the last turn first."""
    history = [turn("Who ended the Sirte siege?"), turn(FIRST)]
    assert stand_alone("When was it?", history) == "When was the Tazerbo attack?"


def test_a_chain_keeps_its_subject():
    """A follow-up of a follow-up takes what that one had taken."""
    second = turn("When did it happen?", "When did the Tazerbo attack happen?")
    assert stand_alone("Who did it?", [turn(FIRST), second]) == "Who did the Tazerbo attack?"


def test_a_turn_that_was_about_nothing_gives_nothing():
    """When the turns before name nothing that fits, the question stays as it is."""
    assert stand_alone("What did she say?", [turn("Who left?")]) == "What did she say?"
    assert stand_alone("How much was it?", [turn("Who is he?")]) == "How much was it?"


@pytest.mark.parametrize("answer", ['a "miracle" cure', "a “miracle” cure", "a miracle\ncure"])
def test_an_answer_cannot_bring_a_phrase_into_the_question(answer):
    """An answer with quotation marks is not taken over: it would be searched for as a phrase."""
    before = answered("What did he sell?", answer, sentences=(f"He sold {answer}.",))
    assert stand_alone("Who bought it?", [before]) == "Who bought it?"
    plain = answered("What did he sell?", "a cure", sentences=("He sold a cure.",))
    assert stand_alone("Who bought it?", [plain]) == "Who bought the cure?"


WORDS = st.sampled_from(
    "and what about who when where why how many did was it that he she they there the attack in on "
    'Tazerbo Mayor Bell & “ ” " ? , Monday killed his her of ’s al-Abaaj 2016 東京 \n'.split(" ")
)
ASKED = st.one_of(st.lists(WORDS, max_size=9).map(" ".join), st.text(max_size=60))


@given(question=ASKED, before=st.lists(ASKED.filter(str.strip), max_size=3))
def test_whatever_is_asked_there_is_a_question(question, before):
    """Any words after any others are understood as something, and as themselves without any."""
    for meaning in understood(question, [*map(turn, before)]).meanings:
        assert meaning.strip() or not question.strip()
        assert before or meaning == question
