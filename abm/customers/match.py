"""Name matching: which known account a company is, with the evidence; facts in, decision out.

The rules stand in the order of their strength; the first that holds for a candidate decides about it.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from abm.customers.names import GLUED_BRANCH, LEGAL, core_name, cores_before_unit, legal_kind, read_company
from abm.words import MatchAction, MatchRule, MatchStrength

# Below this many signs one letter more or less makes another name.
SHORTEST_SIMILAR = 3
# Containment needs a name that says something: one kanji is part of half of all names.
SHORTEST_CONTAINED = 2
STRENGTHS = {
    MatchRule.ADDRESS: MatchStrength.SURE,
    MatchRule.CORPORATE_NUMBER: MatchStrength.SURE,
    MatchRule.DOMAIN_AND_NAME: MatchStrength.STRONG,
    MatchRule.DOMAIN_ONLY: MatchStrength.WEAK,
    MatchRule.NAME_AND_FIELD: MatchStrength.STRONG,
    MatchRule.SAME_LIST: MatchStrength.STRONG,
    MatchRule.NAME_ONLY: MatchStrength.WEAK,
    MatchRule.SIMILAR_NAME: MatchStrength.WEAK,
}
# Words are slow to count through for every row of a long file.
RANKS = {rule: rank for rank, rule in enumerate(MatchRule)}
ORDER = (MatchStrength.SURE, MatchStrength.STRONG, MatchStrength.WEAK)
# A firm's name and one of these behind it is another firm of the same house: 青葉精機 and 青葉精機販売.
OFFSHOOT_WORDS = (
    "ホールディングス ホールディング HD HLDGS グループ グループ本社 フィナンシャルグループ 販売 "
    "サービス サービシーズ 物流 ロジスティクス ロジテック 運輸 商事 商会 不動産 エステート システム "
    "システムズ ソリューション ソリューションズ テクノロジー テクノロジーズ エンジニアリング テクノ テック "
    "ファイナンス リース キャピタル クレジット カード 生命 生命保険 損害保険 火災保険 保険 証券 銀行 "
    "信託銀行 アセットマネジメント エナジー エネルギー ケミカル ケミカルズ マテリアル マテリアルズ 建設 住宅 "
    "ホーム 電子 電機 電工 金属 化学 化成 発動機 自動車 製薬 食品 紡織 合成 車体 ビジネス 総合研究所 "
    "総研 研究所 出版 アド 広告 トラベル 観光 開発 産業 エレクトロニクス モビリティ コミュニケーションズ "
    "インターナショナル ジャパン アジア アメリカ sales service services logistics holdings systems solutions "
    "engineering finance trading group capital bank securities insurance international japan motor"
)
# What of a name people leave away: 三菱重工, 大和ハウス, 島津.
ALIASES = tuple(core_name(word) for word in ("業", "工業", "製作所", "商店"))
# Where a branch may be; longer or in katakana it is rather another firm's name.
PLACE = re.compile(r"[\u3041-\u3096々〆ヶケノ\u4e00-\u9fff]{1,5}")
OFFSHOOTS = tuple(core_name(word) for word in OFFSHOOT_WORDS.split())
SIMILAR_KEYS = ("begins", "ends")
HOLDING = re.compile(r"ホールディングス|グループ本社|(?:^|[^a-z])(?:holdings?|hd)(?:$|[^a-z])", re.IGNORECASE)


class Company(NamedTuple):
    """What a row says about a firm; `domain` is its own registrable one, None when shared or absent."""

    company: str
    email: str | None = None
    domain: str | None = None
    corporate_number: str | None = None
    phone: str | None = None
    postcode: str | None = None
    prefecture: str | None = None


@dataclass
class KnownAccount:
    """What is known of an account; grows while a file is planned."""

    id: str
    company: str
    corporate_number: str | None = None
    postcode: str | None = None
    prefecture: str | None = None
    domains: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    # Another account into which this one was merged: still recognised by its own name, answered by the other's id.
    stands_for: str | None = None


@dataclass(frozen=True)
class Evidence:
    """One rule that held, with what was compared."""

    rule: MatchRule
    ours: str
    theirs: str


@dataclass(frozen=True)
class Candidate:
    """An account that may be the row's firm."""

    id: str
    strength: MatchStrength
    evidence: Evidence


@dataclass(frozen=True)
class Match:
    """What matching says: `match` is set only when the account is taken without asking."""

    match: str | None
    strength: MatchStrength
    action: MatchAction
    evidence: tuple[Evidence, ...] = ()
    candidates: tuple[Candidate, ...] = ()


STRANGER = Match(None, MatchStrength.NONE, MatchAction.NEW)


class KnownAccounts:
    """Accounts by everything they can be recognised by."""

    def __init__(
        self,
        accounts: Iterable[KnownAccount] = (),
        addresses: Iterable[tuple[str, str]] = (),
        *,
        by_prefecture: bool = True,
    ) -> None:
        # Only who knows every account of a prefecture may look for similar names in it; else they are told.
        self._by_prefecture = by_prefecture
        self.by_id: dict[str, KnownAccount] = {}
        self._addresses: dict[str, str] = {}
        self._keys: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        # Rows of one firm follow each other: what domain and name said holds until another account turns up.
        self._repeated: dict[tuple[str, str], Match] = {}
        self._repeated_of: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
        for account in accounts:
            self.add(account)
        for address, account_id in addresses:
            self.add_address(address, account_id)

    def add(self, account: KnownAccount, list_name: str = "") -> None:
        """Know an account, or know more of one; `list_name` is how the file being read types it."""
        self.by_id[account.id] = account
        for key in _keys_of_account(account):
            self._keys[key].add(account.id)
            if key in self._repeated_of:
                for answered in self._repeated_of.pop(key):
                    self._repeated.pop(answered, None)
        self.add_to_list(account.id, list_name)

    def add_to_list(self, account_id: str, list_name: str) -> None:
        """Know how the file being read types an account's name."""
        if list_name:
            self._keys["list", list_name].add(account_id)

    def mean(self, account_id: str, list_name: str) -> None:
        """Know whom the file being read means by a name alone, also where the account has a domain."""
        self.add_to_list(account_id, list_name)
        self._keys["meant", list_name].add(account_id)

    def of_core(self, core: str) -> Collection[str]:
        """The accounts whose bare name this is."""
        return self._keys.get(("core", core), ())

    def add_address(self, address: str, account_id: str) -> None:
        """Know a contact's address."""
        self._addresses[address] = account_id

    def add_alike(self, prefecture: str, core: str, account_ids: Iterable[str]) -> None:
        """Know which accounts of a prefecture may be named similarly to this."""
        self._keys["alike", prefecture, core].update(
            account_id for account_id in account_ids if account_id in self.by_id
        )

    def add_phone(self, account_id: str, phone: str) -> None:
        """Know one more phone of an account."""
        self.by_id[account_id].phones.add(phone)
        self._keys["phone", phone].add(account_id)

    def match(self, ours: Company, list_name: str = "") -> Match:
        """Which account this firm is; `list_name` allows the rule for rows of one file."""
        if ours.domain and ours.email not in self._addresses and self._adds_nothing(ours):
            key = (ours.company, ours.domain)
            if known := self._repeated.get(key):
                return known
            found = self._repeated[key] = self._match(ours, list_name)
            for told in (("domain", ours.domain), ("core", core_name(ours.company))):
                self._repeated_of[told].append(key)
            return found
        return self._match(ours, list_name)

    def _adds_nothing(self, ours: Company) -> bool:
        """Does the row say nothing of its firm, beside domain and name, that any account has?"""
        if ours.corporate_number or ours.prefecture:
            return False
        return ("phone", ours.phone) not in self._keys and ("postcode", ours.postcode) not in self._keys

    def _match(self, ours: Company, list_name: str) -> Match:
        core = core_name(ours.company)
        found = sorted(self._ids(ours, core, list_name))
        candidates = [c for account_id in found if (c := self._judge(ours, core, self.by_id[account_id], list_name))]
        return _decide(_once_each(candidates))

    def _ids(self, ours: Company, core: str, list_name: str) -> set[str]:
        known_by_address = self._addresses.get(ours.email or "")
        ids = {known_by_address} if known_by_address else set()
        for key in _keys_of_row(ours, core):
            if key in self._keys and (self._by_prefecture or key[0] not in SIMILAR_KEYS):
                ids |= self._keys[key]
        return ids | self._keys.get(("list", list_name), set()) if list_name else ids

    def _judge(self, ours: Company, core: str, theirs: KnownAccount, list_name: str) -> Candidate | None:
        same_list = bool(list_name) and self._is_of_list(ours, theirs, list_name)
        same_address = bool(ours.email) and self._addresses.get(ours.email or "") == theirs.id
        for evidence in _rules(ours, core, theirs, same_address, same_list):
            strength = STRENGTHS[evidence.rule]
            if strength == MatchStrength.STRONG and _numbers_contradict(ours, theirs):
                strength = MatchStrength.WEAK
            return Candidate(theirs.stands_for or theirs.id, strength, evidence)
        return None

    def _is_of_list(self, ours: Company, theirs: KnownAccount, list_name: str) -> bool:
        """Does the list call the account so, and no domain speak on either side, unless the account was meant?"""
        if ours.domain or theirs.id not in self._keys.get(("list", list_name), set()):
            return False
        return not theirs.domains or theirs.id in self._keys.get(("meant", list_name), set())


@lru_cache(maxsize=16384)
def branch_beyond(typed: str, known: str) -> str:
    """The branch that a typed name adds to a known firm's: 青葉精機仙台支店 to 青葉精機 → 仙台支店, else nothing."""
    if branch := read_company(typed).branch:
        return branch
    ours, theirs = (LEGAL.sub("", unicodedata.normalize("NFKC", name)).replace(" ", "") for name in (typed, known))
    rest = ours.removeprefix(theirs)
    return rest if rest != ours and GLUED_BRANCH.search(ours) else ""


def parent_first(one: KnownAccount, other: KnownAccount) -> tuple[KnownAccount, KnownAccount]:
    """(parent, subsidiary) as proposed for two firms of one domain: the holding, else the one known first."""
    return (other, one) if HOLDING.search(other.company) and not HOLDING.search(one.company) else (one, other)


def _rules(ours: Company, core: str, theirs: KnownAccount, same_address: bool, same_list: bool) -> Iterator[Evidence]:
    """The rules that hold between a row and an account, strongest first."""
    their_core = core_name(theirs.company)
    if same_address and ours.email:
        yield Evidence(MatchRule.ADDRESS, ours.email, ours.email)
    if ours.corporate_number and ours.corporate_number == theirs.corporate_number:
        yield Evidence(MatchRule.CORPORATE_NUMBER, ours.corporate_number, theirs.corporate_number)
    if ours.domain and ours.domain in theirs.domains:
        same = _is_same_firm(ours, core, theirs, their_core)
        rule = MatchRule.DOMAIN_AND_NAME if same else MatchRule.DOMAIN_ONLY
        yield Evidence(rule, f"{ours.company} @{ours.domain}", f"{theirs.company} @{ours.domain}")
    second = _second_field(ours, theirs)
    if core == their_core:
        if second and not (second == ours.prefecture and _contradict(ours, theirs)):
            yield Evidence(MatchRule.NAME_AND_FIELD, f"{ours.company} {second}", f"{theirs.company} {second}")
        if same_list:
            yield Evidence(MatchRule.SAME_LIST, ours.company, theirs.company)
        yield Evidence(MatchRule.NAME_ONLY, ours.company, theirs.company)
    elif second and _similar(core, their_core):
        yield Evidence(MatchRule.SIMILAR_NAME, f"{ours.company} {second}", f"{theirs.company} {second}")


def _once_each(candidates: list[Candidate]) -> list[Candidate]:
    """The best evidence for each account: one that was merged into another may have been found under both names."""
    if len({candidate.id for candidate in candidates}) == len(candidates):
        return candidates
    best: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: (ORDER.index(c.strength), RANKS[c.evidence.rule])):
        best.setdefault(candidate.id, candidate)
    return list(best.values())


def _decide(candidates: list[Candidate]) -> Match:
    if not candidates:
        return STRANGER
    ranked = sorted(candidates, key=lambda c: (RANKS[c.evidence.rule], c.id))
    best = [c for c in ranked if c.strength == MatchStrength.SURE and c.evidence.rule == ranked[0].evidence.rule]
    best = best or [c for c in ranked if c.strength == MatchStrength.STRONG]
    if len(best) == 1:
        return Match(best[0].id, best[0].strength, MatchAction.AUTO, (best[0].evidence,), tuple(ranked))
    shown = best or ranked
    return Match(None, shown[0].strength, MatchAction.REVIEW, tuple(c.evidence for c in shown), tuple(ranked))


def _keys_of_account(account: KnownAccount) -> list[tuple[str, ...]]:
    keys = _shared_keys(account.corporate_number, account.postcode, account.prefecture, core_name(account.company))
    keys += [("domain", domain) for domain in account.domains]
    keys += [("phone", phone) for phone in account.phones]
    return keys


def _keys_of_row(ours: Company, core: str) -> list[tuple[str, ...]]:
    keys = _shared_keys(ours.corporate_number, ours.postcode, ours.prefecture, core)
    if ours.domain:
        keys.append(("domain", ours.domain))
    if ours.phone:
        keys.append(("phone", ours.phone))
    if ours.prefecture:
        keys.append(("alike", ours.prefecture, core))
    return keys


def _shared_keys(number: str | None, postcode: str | None, prefecture: str | None, core: str) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = [("core", core)]
    if number:
        keys.append(("number", number))
    if postcode:
        keys.append(("postcode", postcode))
    # A prefecture alone has thousands of firms: similar names share their beginning or their end.
    if prefecture:
        keys += [("begins", prefecture, core[:2]), ("ends", prefecture, core[-2:])]
    return keys


def _is_same_firm(ours: Company, core: str, theirs: KnownAccount, their_core: str) -> bool:
    """Is one name the other's, or that of a branch? 東京エレクトロン九州 is no branch of 東京エレクトロン."""
    if core == their_core or their_core in cores_before_unit(ours.company):
        return True
    (short, _), (long, typed) = sorted(
        ((core, ours.company), (their_core, theirs.company)), key=lambda one: len(one[0])
    )
    if len(short) < SHORTEST_CONTAINED or not long.startswith(short):
        return False
    rest = long.removeprefix(short)
    return rest in ALIASES or (_is_branch(typed) and PLACE.fullmatch(rest) is not None and not _is_offshoot(rest))


@lru_cache(maxsize=16384)
def _is_branch(typed: str) -> bool:
    return GLUED_BRANCH.search(LEGAL.sub("", unicodedata.normalize("NFKC", typed)).strip()) is not None


def _is_offshoot(rest: str) -> bool:
    return any(word in rest for word in OFFSHOOTS)


def _second_field(ours: Company, theirs: KnownAccount) -> str | None:
    if ours.phone and ours.phone in theirs.phones:
        return ours.phone
    if ours.postcode and ours.postcode == theirs.postcode:
        return ours.postcode
    return ours.prefecture if ours.prefecture and ours.prefecture == theirs.prefecture else None


def _similar(one: str, other: str) -> bool:
    shorter, longer = sorted((len(one), len(other)))
    if shorter < SHORTEST_SIMILAR:
        return False
    return one in other or other in one or Levenshtein.distance(one, other) <= max(1, longer // 5)


def _contradict(ours: Company, theirs: KnownAccount) -> bool:
    """Do domain or legal form speak against one firm? A prefecture has several of one name."""
    kinds = {legal_kind(ours.company), legal_kind(theirs.company)} - {""}
    return len(kinds) > 1 or bool(ours.domain and theirs.domains and ours.domain not in theirs.domains)


def _numbers_contradict(ours: Company, theirs: KnownAccount) -> bool:
    return bool(ours.corporate_number and theirs.corporate_number and ours.corporate_number != theirs.corporate_number)
