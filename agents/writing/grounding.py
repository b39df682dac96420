"""Does a text state only what is stored? Names, numbers, quotes and boasts are looked up.

Pure and deliberately strict: a sentence that cannot be traced is refused, because a
wrong fact about the reader's own company costs more than a plain sentence. Meaning is
not checked; what is checked is that nothing countable or nameable came out of thin air.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hossagent.lib.text import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+(?:['\u2019.&-][^\W_]+)*")
_NUMBER = re.compile(r"[$\u20ac\u00a3]?\d[\d.,:]*\d|[$\u20ac\u00a3]?\d")
_QUOTE = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{3,})[\"\u201d]")
_ADDRESS = re.compile(
    r"https?://|www\.|[\w.+-]+@[\w-]+\.\w+|\b[\w-]+\.(?:com|net|org|io|co|ai)\b", re.I
)
_SENTENCE_END = re.compile(r"(?<=[.!?:])[\"'\u201d)]*\s+|\n+")

# Quantities in words; small ones ("two or three lines") are manner of speaking.
_BIG_NUMBERS = {
    "dozen", "dozens", "hundred", "hundreds", "thousand", "thousands", "million",
    "millions", "billion", "billions", "percent", "twice", "double", "doubled", "triple",
    "tripled", "tenfold", "twofold", "threefold", "half", "majority", "quarter",
}  # fmt: skip

# Boasts about the writer or its clients; true only if the customer said so itself.
_BOASTS = (
    "our clients", "our customers", "clients like", "companies like yours", "others like you",
    "we helped", "we have helped", "we've helped", "we worked with", "we have worked",
    "case study", "case studies", "award", "trusted by", "proven", "guarantee",
    "industry-leading", "market leader", "leading provider", "world-class", "best-in-class",
    "cutting-edge", "state-of-the-art", "number one", "years of experience", "certified",
    "accredited", "partner of", "backed by", "as discussed", "as promised",
    "following up on our call", "we spoke", "we met", "mutual", "recommended you", "referred by",
    "congratulations", "great to see", "for free", "at no cost", "discount", "money back", "roi",
    "return on investment",
)  # fmt: skip

# Words that begin a sentence and name nobody; everything else must be in the facts.
_OPENERS = frozenset(
    split_words(
        "a about above accept according across act add address adjust after again agree agreeing "
        "all allow along already also although always an and another answer answers any anybody "
        "anything apply appoint approach are around arrange as ask asking assume at attach avoid "
        "await based be because been before begin being below best better between bigger book "
        "both bring build but by call calling calls can cast change check checking choose clear "
        "close collect combine come companies company compare confirm consider contact continue "
        "copy could count cover create cut day days deal decide decision define delay deliver "
        "describe did different direct discuss do document does done draft drop each early easy "
        "either emphasize encourage end ending evaluate even every everybody everything examine "
        "example exclude expect explain explore extend few fewer fill find finish first fit fix "
        "focus follow for forward from full gather get getting give given giving go going good "
        "group had handle happy has have having he help helping her here highlight hold how "
        "however i identify if improve in include inform instead into introduce invite involve is "
        "it it's its join jump just keep keeping know knowing last later lay lead leads learn "
        "leave leaving less let limit link list listen little local long longer look looking mail "
        "mails make making many map mark match matter may maybe me measure meet meeting meetings "
        "mention might missing monitor more most move much must my name naming narrow near need "
        "negotiate never new next no nobody none nor not note nothing notice now number observe "
        "obtain of offer offering often on once one only open or order organize other our out "
        "outline over own owners part pause pay people people's perhaps person pick place plan "
        "please point pointing positive prefer prepare present price pricing prioritize progress "
        "promise propose prove provide push put qualify question questions quick quote raise rank "
        "rather reach read ready recommend record reduce refer refine regard reject relate "
        "remember remind remove repeat replace replies reply report request research reserve "
        "respect respond responses result review revisit reword right roles room run same save "
        "say saying schedule search see seeing select send sending separate serve set several "
        "shall shape share she shift short should show showing signal simplify since slow small "
        "so some somebody someone something soon sort speak spend split stage stand start "
        "starting state stay step stick still stop strengthen study such suggest summarize "
        "support swap tailor take taking talk target tell test thank thanks that that's the their "
        "them then there these they they're thing things this those three tie time times to today "
        "together tomorrow too total touch toward track treat trust try turn two under understand "
        "unless until up update usage use useful using value verify very visit volume wait want "
        "was watch way we we'd we'll we're we've week weeks weigh well were what when where "
        "whether which while who whom whose why widen will win with within without word work "
        "working works worth would wrap write writing yes yet you you're your "
    )
)
# Capitalized inside a sentence and yet no claim.
_ALWAYS_FINE = frozenset(
    split_words(
        "i i'm i'd i'll i've monday tuesday wednesday thursday friday saturday sunday ok re"
    )
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that may be stated, in the forms in which it is looked up."""

    text: str
    words: frozenset[str]
    numbers: frozenset[str]


def collect_evidence(texts: Iterable[str]) -> Evidence:
    """All that may be stated when these texts are what is stored."""
    text = " ".join(" ".join(texts).split()).lower()
    return Evidence(
        text=text,
        words=frozenset(part for word in _WORD.findall(text) for part in _forms(word)),
        numbers=frozenset(_bare(number) for number in _NUMBER.findall(text)),
    )


def _forms(word: str) -> set[str]:
    """`Northgate's` also counts as `northgate`, `front-desk` as `front` and `desk`."""
    plain = word.lower().replace("\u2019", "'")
    stem = plain.removesuffix("'s")
    return {plain, stem, *re.split(r"[-.&']", stem)} - {""}


def _bare(number: str) -> str:
    return number.strip(".,:").replace(",", "")


def _split_sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def find_ungrounded(text: str, evidence: Evidence) -> list[str]:
    """Each thing in `text` that the evidence does not hold; empty when all of it is.

    Looked up are numbers, big quantities in words, capitalized names, quotations,
    addresses of any kind, and boasts.
    """
    found = [f"address {match.group(0)}" for match in _ADDRESS.finditer(text)]
    found += [
        f"number {number}"
        for number in _NUMBER.findall(text)
        if _bare(number) not in evidence.numbers
    ]
    found += [
        f"quote {quoted}"
        for quoted in _QUOTE.findall(text)
        if " ".join(quoted.split()).lower().strip(" .,!?") not in evidence.text
    ]
    lowered = " ".join(text.lower().replace("\u2019", "'").split())
    found += [
        f"claim {boast}"
        for boast in _BOASTS
        if re.search(rf"\b{re.escape(boast)}", lowered) and boast not in evidence.text
    ]
    for sentence in _split_sentences(text):
        found += _strange_words(sentence, evidence)
    return found


def _strange_words(sentence: str, evidence: Evidence) -> list[str]:
    strange = []
    for position, word in enumerate(_WORD.findall(sentence)):
        plain = word.lower().replace("\u2019", "'")
        if _forms(word) & evidence.words or plain in _ALWAYS_FINE:
            continue
        if plain in _BIG_NUMBERS or any(part in _BIG_NUMBERS for part in plain.split("-")):
            strange.append(f"number {word}")
        elif (word[0].isupper() and not (position == 0 and plain in _OPENERS)) or any(
            char.isupper() for char in word[1:]
        ):
            strange.append(f"name {word}")
    return strange
