"""Whether a question is in English: by its letters, and by the function words of ten languages.

A question is short, and most of its words are names. Who asks in another language writes its
function words: "combien", "wurde", "nerede". Words that English has too ("was", "die"), those that
stand in names ("de la", "van", "und") and single letters say nothing by themselves. Words are known
with and without their accents.

Leaves out: which language it is; Latin languages other than those of the table, which are told
where they share words with one of it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from index.text import FUNCTION_WORDS, PLAIN_LETTERS

_LATIN_SHARE = 0.5
_ENGLISH_COUNTS = 2
"""So much more an English function word says for English than another one against it."""
_ENOUGH = 2
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN = str.maketrans(PLAIN_LETTERS)
_IN_NAMES = frozenset(
    "al da das de del della den der des di die do dos du e el en et la las le les los und van von "
    "y".split()
)


@dataclass(frozen=True, slots=True)
class _Language:
    """The function words of a language; `asking` are those that alone make a question of it."""

    asking: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, asking: str, others: str) -> Self:
        asks, rest = asking.split(), others.split()
        # Without its accents, a word of two letters may be anything.
        known = {plain for word in asks if len(plain := _plain(word)) > 2} | set(asks)
        return cls(
            asking=frozenset(known) - FUNCTION_WORDS,
            words=frozenset(known | set(rest) | {_plain(word) for word in rest}) | _IN_NAMES,
        )

    def claims(self, words: Sequence[str], *, letters: int) -> bool:
        """Whether the words, in lower case, are rather of this language than of English.

        `letters`: 1 where one of them has letters that English has not, as a further sign.
        """
        shared = [word for word in words if word in self.words]
        own = sum(_is_telling(word) for word in shared)
        english = sum(
            len(word) > 1 and word in FUNCTION_WORDS and word not in self.words for word in words
        )
        is_asking = not self.asking.isdisjoint(shared)
        return (
            own > 0
            and own + letters > _ENGLISH_COUNTS * english
            and (is_asking or len(shared) + letters >= _ENOUGH)
        )


def is_english(text: str) -> bool:
    """Whether a question is in English; names, and what has no words, count as English."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    if latin < _LATIN_SHARE * len(letters):
        return False
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    foreign = any(word[0].islower() and not word.isascii() for word in words)
    lower = [word.lower() for word in words]
    return not any(one.claims(lower, letters=int(foreign)) for one in _LANGUAGES)


def _plain(word: str) -> str:
    """A word without accents, as it is typed in haste."""
    apart = unicodedata.normalize("NFD", word.casefold().translate(_PLAIN))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _is_telling(word: str) -> bool:
    is_letter = len(word) == 1 and word.isascii()
    return not (is_letter or word in FUNCTION_WORDS or word in _IN_NAMES)


_LANGUAGES = (
    _Language.of(  # French
        "qui quoi quel quelle quels quelles combien comment pourquoi quand où lequel laquelle",
        "que qu dont l un une d au aux ou est sont était étaient été être a ont avait avez avons "
        "aura sera seront il elle ils elles on je j nous vous tu lui moi ce c cet cette ces cela "
        "ça son sa ses leur leurs mon ma mes notre votre dans sur sous par pour avec sans contre "
        "chez depuis pendant entre vers ne n pas plus se s t si mais",
    ),
    _Language.of(  # German
        "wer wen wem wessen wann wohin woher warum weshalb wieso wie welche welcher welches "
        "welchen welchem woran wofür womit wodurch",
        "was wo dem das ein eine einen einem einer eines oder ist sind war waren wird werde werden "
        "wurde wurden würde hat haben hatte hatten kann können soll sollen muss müssen darf sich "
        "es er sie wir ich du ihr mich mir dich dir uns euch mein dein unser ihre ihren sein seine "
        "seinen im in am an auf aus bei mit nach vom vor zu zum zur über unter gegen für durch um "
        "nicht kein keine noch nur auch als bis seit gab gibt viele aber",
    ),
    _Language.of(  # Spanish
        "qué quién quiénes cuál cuáles cuándo cuánto cuánta cuántos cuántas dónde adónde",
        "cómo que por para un una unos unas o es son era eran fue fueron ha han había ser será "
        "está están hay hubo puede puedo tiene tienen yo nosotros usted ellos me te se nos su sus "
        "mi mis nuestro nuestra este esta estos estas con sin sobre entre desde hasta contra no lo "
        "más muy pero",
    ),
    _Language.of(  # Italian
        "quando dove perché quale quali quanto quanta quanti quante",
        "chi che cosa come qual il lo i gli l un uno una dello dei degli delle d dal dalla dai "
        "dalle dall a alla ai alle all in nel nella nei nelle nell su sul sulla con per tra fra ed "
        "o è sono sei siamo era erano ha hanno abbiamo aveva stato stata stati state essere sarà "
        "posso può possono viene vengono ci c si io mi ti vi noi voi lui lei loro suo sua suoi mio "
        "nostro questo questa questi queste non più contro fino anche ma",
    ),
    _Language.of(  # Portuguese
        "quem qual quais quando quanto quanta quantos quantas onde porquê",
        "que como porque por para o a os as um uma uns umas em no na nos nas ao aos à às pelo pela "
        "pelos pelas com sem sobre entre desde até contra ou é são era eram foi foram ser será "
        "está estão tem têm há houve posso pode podem eu nós me te lhe você vocês ele ela eles "
        "elas se seu sua seus suas meu minha este esta estes estas não mais vai vão mas",
    ),
    _Language.of(  # Dutch
        "wie wat wanneer waar waarom waardoor waaraan waarheen hoeveel welk welke wiens",
        "hoe het een is zijn was waren wordt worden werd werden heeft hebben had hadden kan kunnen "
        "moet moeten mag mogen zal zou er ik wij je jij zich hij zij ze hun haar u ons jouw jullie "
        "mijn onze deze dit dat in op aan uit bij met naar voor door over onder tegen om tot te "
        "niet geen nog ook als dan sinds vandaan maar of",
    ),
    _Language.of(  # Turkish
        "kimi kimin kimler kime niçin neden nasıl nerede nereye nereden neresi neresidir hangi kaç "
        "nedir kimdir ne niye mı mü",
        "kim zaman kadar mi mu ve veya ile için bir bu şu o ki gibi daha çok göre sonra önce var "
        "yok oldu olan olarak etti edildi beri ben biz siz onlar bunu bana sana",
    ),
    _Language.of(  # Polish
        "kto kogo komu czego czemu czym kiedy gdzie skąd dokąd dlaczego jaki jaka jakie jakim "
        "jakiej jakich który która które których którym ile ilu czy",
        "co jak i a oraz lub w we z ze na od o u po pod nad przed przez przy za dla bez przeciwko "
        "jest są był była było były będzie będą został została zostało zostali się nie to ten ta "
        "te tego tej jego jej ich ja my wy oni ma mają mój moja może można ale",
    ),
    _Language.of(  # Indonesian
        "siapa apa apakah kapan mana mengapa kenapa bagaimana berapa seberapa adakah",
        "ke dari yang dan atau pada dalam oleh untuk dengan tentang terhadap atas antara sejak "
        "sampai hingga adalah ialah akan sudah telah sedang masih belum tidak bukan itu ini "
        "tersebut para saja juga lebih ada nya saya kami kita anda kamu mereka dia bisa dapat "
        "harus tetapi",
    ),
)
