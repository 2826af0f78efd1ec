"""What a note says in its words: wants, times, why nothing came of it, what comes next. Facts in, proposals out."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from abm.customers import heard_words as words
from abm.customers.named import Named, find_named, find_person
from abm.customers.spans import Calendar
from abm.customers.when import When, read_times
from abm.words import HeardKind, LostReason

# What is to be done later than this, or at no nearer time than a season, is a thing to be reminded of.
NEAR = timedelta(days=60)
SHORT = timedelta(days=45)
MAX_WHAT = 80
MAX_TEXT = 5_000


@dataclass(frozen=True)
class Heard:
    """One thing heard: the words it was read from, and what they come to."""

    kind: HeardKind
    start: int
    end: int
    said: str
    what: str | None = None
    product: str | None = None
    topic: str | None = None
    person: str | None = None
    first: date | None = None
    last: date | None = None
    until: bool = False
    reason: LostReason | None = None
    # The days follow a fiscal year whose closing month nobody has told us: March is assumed.
    assumes_march: bool = False

    @property
    def due_on(self) -> date | None:
        """The day on which something is to be done: the last of a time limit, else the first."""
        return self.last if self.until else self.first


def hear(
    text: str,
    *,
    on: date,
    closing_month: int | None = None,
    people: Sequence[Named] = (),
    products: Sequence[Named] = (),
    topics: Sequence[Named] = (),
) -> list[Heard]:
    """What these words of this day propose, in their order; what is denied, asked or only supposed proposes nothing."""
    note = _Note.read(text[:MAX_TEXT], Calendar(on, closing_month))
    heard: list[Heard] = []
    for clause in note.clauses():
        person = find_person(note.folded[: clause.end], people)
        for one in _read(clause):
            one = _named(replace(note.placed(one), person=person), clause, heard, products, topics)
            if not _is_known(one, heard):
                heard.append(one)
    return heard


def _is_known(one: Heard, heard: Sequence[Heard]) -> bool:
    """競合に決まり、失注 tells one reason twice."""
    return one.kind == HeardKind.LOST_REASON and any(one.reason == other.reason for other in heard)


@dataclass(frozen=True)
class _Clause:
    """A part of a sentence, with the times it names and the one that stood alone before it."""

    text: str
    start: int
    times: tuple[When, ...]
    calendar: Calendar
    before: str
    carried: When | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def bare(self) -> str:
        """The words without times."""
        return _without(self.text, self.times)

    @property
    def when(self) -> When | None:
        """The time it speaks of."""
        return self.times[-1] if self.times else self.carried


@dataclass(frozen=True)
class _Note:
    """A text folded to plain signs, and where each of them stood."""

    text: str
    folded: str
    places: tuple[int, ...]
    calendar: Calendar

    @classmethod
    def read(cls, text: str, calendar: Calendar) -> "_Note":
        folded: list[str] = []
        places: list[int] = []
        for piece in re.finditer(r".[ﾞﾟ\u3099\u309a]?", text, re.DOTALL):
            plain = unicodedata.normalize("NFKC", piece[0])
            folded.append(plain)
            places.extend([piece.start()] * len(plain))
        plain = ADDRESS.sub(lambda address: " " * len(address[0]), "".join(folded))
        return cls(text, plain, (*places, len(text)), calendar)

    def clauses(self) -> Iterator[_Clause]:
        for sentence in SENTENCE.finditer(self.folded):
            if sentence["end"].startswith("?"):
                continue
            carried: When | None = None
            before = ""
            for start, end in _split(sentence["words"]):
                text = sentence["words"][start:end]
                times = tuple(read_times(text, self.calendar))
                clause = _Clause(text, sentence.start() + start, times, self.calendar, before, carried)
                yield clause
                carried = times[-1] if times and len(clause.bare) < 2 else None
                before = text

    def placed(self, heard: Heard) -> Heard:
        """With its place and words as they were typed."""
        start, end = self.places[heard.start], self.places[heard.end]
        return replace(heard, start=start, end=end, said=self.text[start:end].strip())


# Numbers in an address are no dates.
ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+")
SENTENCE = re.compile(r"(?P<words>[^。!?\n\r→※■●◆・]+?)(?P<end>(?<!Mr)(?<!Ms)(?<!Dr)\.(?=\s|$)|[。!?\n\r→※■●◆・]+|$)")
# A comma between digits parts no clauses; が parts them where it means "but".
CLAUSE_END = re.compile(
    r"[、,;](?!\d)|(?<!\d)[、,;]|(?<=ある|ない|なし|あり|たい|です|ます|した|った|いた|高い|のだ|いる"
    r"|ある)が(?![あな])|けれども?|けど|ものの"
    r"|\s(?i:but|however|although)\s"
)


def _split(sentence: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in CLAUSE_END.finditer(sentence):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(sentence):
        yield start, len(sentence)


def _read(clause: _Clause) -> Iterator[Heard]:
    if reason := _lost(clause):
        yield _heard(clause, HeardKind.LOST_REASON, reason=reason)
        if again := _again(clause):
            yield again
        return
    interests = list(_interests(clause))
    yield from interests
    planned = None if interests else _planned(clause)
    if planned:
        yield planned
        return
    if not interests:
        yield from _wants(clause)
    if (when := _ahead(clause)) and words.HORIZON.search(clause.bare) and not words.NO_HORIZON.search(clause.bare):
        yield _timed(clause, HeardKind.HORIZON, when, _what(clause.bare))


def _lost(clause: _Clause) -> LostReason | None:
    """Why nothing came of it, when the clause says that nothing did."""
    text = clause.bare
    if words.WHY_LOST.search(text):
        return _reason(text) or LostReason.OTHER
    if words.LOSS.search(text):
        if words.NO_LOSS.search(text):
            return None
        return _reason(text) or _reason(clause.before) or LostReason.OTHER
    for pattern, reason in words.FINAL:
        if (found := pattern.search(text)) and not words.NOT_FINAL.search(text, found.start() + 1):
            return reason
    return None


def _reason(text: str) -> LostReason | None:
    found = [(match.start(), reason) for pattern, reason in words.REASONS if (match := pattern.search(text))]
    return min(found, key=lambda one: one[0])[1] if found else None


def _again(clause: _Clause) -> Heard | None:
    """見送り、来年度再アプローチ in one breath."""
    when = _ahead(clause)
    return _timed(clause, HeardKind.REMINDER, when, _deed(clause.bare)) if when and _says_again(clause) else None


def _planned(clause: _Clause) -> Heard | None:
    """What we do next, or what to be reminded of."""
    text, marker = clause.bare, words.NEXT.search(clause.text)
    if not (words.ACT.search(text) or _says_again(clause) or marker) or words.NO_ACT.search(text):
        return None
    when, what = _ahead(clause), _deed(words.NEXT.sub("", text))
    if when and (_says_again(clause) or _is_far(when, clause.calendar.on)):
        return _timed(clause, HeardKind.REMINDER, when, what)
    if when and what and (marker or words.ACT.search(text)):
        return _timed(clause, HeardKind.NEXT_ACTION, when, what)
    # A time that has gone by makes a report of it, however it begins.
    if marker and what and not clause.when:
        return _heard(clause, HeardKind.NEXT_ACTION, what=what)
    return None


def _says_again(clause: _Clause) -> bool:
    return bool(words.AGAIN.search(clause.bare))


def _is_far(when: When, on: date) -> bool:
    return when.is_fiscal or (not when.until and (when.first - on > NEAR or when.last - when.first > SHORT))


def _ahead(clause: _Clause) -> When | None:
    """The clause's time, unless it has gone by; a day that is today lies ahead only as a time limit."""
    when, on = clause.when, clause.calendar.on
    if when is None or when.last < on or (when.last == on and not when.until):
        return None
    return when


def _interests(clause: _Clause) -> Iterator[Heard]:
    text = clause.bare
    for pattern in words.INTEREST:
        if (found := pattern.search(text)) and _is_affirmed(text[found.end() :], pattern is words.INTEREST[0]):
            yield _heard(clause, HeardKind.INTEREST, what=_what(found["what"]))
            return
    considers = words.CONSIDERS.search(text)
    if considers and not words.CONSIDERS_NOT.search(text) and not words.AGAIN.search(text):
        what = _what(considers["what"])
        if what and not words.RIVALS.search(what):
            yield _heard(clause, HeardKind.INTEREST, what=what)
        return
    yield from _english(clause, words.INTEREST_EN, HeardKind.INTEREST)


def _is_affirmed(behind: str, is_noun: bool) -> bool:
    if words.UNSURE.search(behind) or words.DENIED.match(behind):
        return False
    return bool(words.AFFIRMED.match(behind)) if is_noun else True


def _wants(clause: _Clause) -> Iterator[Heard]:
    text = clause.bare
    if (found := words.PROBLEM_IS.search(text)) and not words.NO_PROBLEM.search(found["what"]):
        yield _heard(clause, HeardKind.PROBLEM, what=_what(found["what"]))
        return
    for pattern in words.PROBLEM:
        if (found := pattern.search(text)) and not words.NO_PROBLEM.match(text, found.end()):
            if what := _what(found["what"]):
                yield _heard(clause, HeardKind.PROBLEM, what=what)
            return
    for pattern in words.NEED:
        if (found := pattern.search(text)) and _is_needed(text, found):
            what = _what(found["what"] + (found.groupdict().get("wish") or ""))
            if what and not words.BARE_WISH.fullmatch(what):
                yield _heard(clause, HeardKind.NEED, what=what)
            return
    yield from _english(clause, words.PROBLEM_EN, HeardKind.PROBLEM)
    yield from _english(clause, words.NEED_EN, HeardKind.NEED)


def _is_needed(text: str, found: re.Match[str]) -> bool:
    behind = text[found.end() :]
    if words.NO_NEED.match(behind) or words.COMPOUND.match(behind) or words.UNSURE.search(behind):
        return False
    return "wish" not in found.groupdict() or not words.OURS.search(found["what"])


def _english(clause: _Clause, pattern: re.Pattern[str], kind: HeardKind) -> Iterator[Heard]:
    found = pattern.search(clause.bare)
    if found and not words.DENIED_EN.search(clause.bare[: found.start()]) and (what := _what(found["what"])):
        yield _heard(clause, kind, what=what)


def _heard(clause: _Clause, kind: HeardKind, *, what: str | None = None, reason: LostReason | None = None) -> Heard:
    return Heard(kind, clause.start, clause.end, "", what=what, reason=reason)


def _timed(clause: _Clause, kind: HeardKind, when: When, what: str | None) -> Heard:
    start = clause.start if clause.times or clause.carried is None else clause.start - len(clause.before) - 1
    return replace(
        _heard(clause, kind, what=what),
        start=max(0, start),
        first=when.first,
        last=when.last,
        until=when.until,
        assumes_march=when.is_fiscal and clause.calendar.closing_month is None,
    )


def _named(
    heard: Heard, clause: _Clause, before: Sequence[Heard], products: Sequence[Named], topics: Sequence[Named]
) -> Heard:
    """With the product or topic it is about; a time is of what was wanted before it."""
    if heard.kind in (HeardKind.LOST_REASON, HeardKind.HORIZON):
        wanted = next((one for one in reversed(before) if one.kind == HeardKind.INTEREST), None)
        product = find_named(clause.text, products) or (wanted.product if wanted else None)
        return replace(heard, product=product, topic=wanted.topic if wanted else None)
    if heard.kind not in (HeardKind.INTEREST, HeardKind.PROBLEM, HeardKind.NEED):
        return heard
    place = heard.what or f"{clause.before} {clause.text}"
    topic = find_named(place, topics)
    known = next((one.name for one in topics if one.id == topic), None)
    product = find_named(place, products)
    return replace(heard, product=product, topic=known or (None if product else heard.what))


SPEAKER = re.compile(
    r"^.*(?:さん|様|さま|氏|部長|課長|社長|室長|主任|係長|次長|先方|お客様|ご担当者?|担当者?)(?:から|より"
    r"|は|が|も|の|に|[:「『]|\s)\s*"
)
TOPIC_MARKER = re.compile(r"^.*[^\s](?<!に)(?<!で)は\s*(?=.)")
FILLERS = re.compile(
    r"^(?:[\s・\-*「『\"'(:、]|また|なお|ただし?|特に|今回|現在|現状|弊社の?|当社の?"
    r"|自社の|御社の?|その後|引き続き|とりあえず|主に|今後|早急に|至急|早めに)+"
    r"|を?(?:送って|出して|見せて|教えて|作って|して)$|(?:[\s」』\"'):、]|の(?:件|話)|(?:を|の|に|へ|が|は|で|も|と))+$"
)


def _deed(raw: str) -> str | None:
    """What is to be done; 「訪問は延期」 stays whole."""
    return FILLERS.sub("", SPEAKER.sub("", words.WISHED.sub("", raw.strip())))[:MAX_WHAT].strip() or None


def _what(raw: str) -> str | None:
    """What is spoken of, without who speaks, times and particles around it."""
    text = SPEAKER.sub("", words.WISHED.sub("", raw.strip()))
    text = FILLERS.sub("", text if text.endswith("は") else TOPIC_MARKER.sub("", text))
    return text[:MAX_WHAT].strip() or None


BEHIND_TIME = re.compile(r"^(?:に向けて?た?|より|に|は|の|で|から|、|\s)+")
BEFORE_TIME = re.compile(r"(?i)\b(?:in|on|at|for|from|around|during)\s*$")


def _without(text: str, times: Sequence[When]) -> str:
    """The words around the times, closed up."""
    kept, at = [], 0
    for when in times:
        kept.append(BEFORE_TIME.sub("", text[at : when.start]))
        at = when.end + len(match[0]) if (match := BEHIND_TIME.match(text[when.end :])) else when.end
    return "".join((*kept, text[at:])).strip()
