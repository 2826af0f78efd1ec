"""What mails and chats say around a task, in either language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from abm.channels.told import Told
from abm.words import Language, TaskEvent, TaskKind
from abm.words.spoken import ANSWERS

JA, EN = Language.JAPANESE, Language.ENGLISH

HEADLINES: Mapping[TaskEvent, Mapping[str, str]] = {
    TaskEvent.OPENED: {JA: "担当待ちの{kind}があります", EN: "{kind}: waiting for an owner"},
    TaskEvent.ASSIGNED: {JA: "{kind}が割り当てられました", EN: "{kind}: assigned"},
    TaskEvent.REASSIGNED: {JA: "{kind}の担当が変わりました", EN: "{kind}: new owner"},
    TaskEvent.REMINDED: {JA: "{kind}の期限が近づいています", EN: "{kind}: the deadline is near"},
    TaskEvent.EXPIRED: {JA: "{kind}の期限が過ぎました", EN: "{kind}: the deadline has passed"},
    TaskEvent.ESCALATED: {JA: "{kind}がエスカレーションされました", EN: "{kind}: escalated"},
    TaskEvent.WOKEN: {JA: "再育成していた{kind}の再開時期です", EN: "{kind}: time to try again"},
    TaskEvent.EVIDENCE: {JA: "{kind}に新しい動きがあります", EN: "{kind}: new evidence"},
    TaskEvent.ACCEPTED: {JA: "{kind}への対応が始まりました", EN: "{kind}: being worked on"},
    TaskEvent.ANSWERED: {JA: "{kind}に回答がありました", EN: "{kind}: answered"},
    TaskEvent.CLOSED: {JA: "{kind}が終了しました", EN: "{kind}: closed"},
    TaskEvent.CHANGED: {JA: "{kind}が更新されました", EN: "{kind}: changed"},
}
KINDS: Mapping[str, Mapping[str, str]] = {
    TaskKind.HAND_OFF: {JA: "営業引き渡し", EN: "Hand-off to sales"},
    TaskKind.RENEWAL: {JA: "契約更新タスク", EN: "Contract renewal"},
    TaskKind.FRESHNESS: {JA: "情報確認タスク", EN: "Check of a record"},
    TaskKind.COVERAGE: {JA: "役割確認タスク", EN: "Missing role"},
    TaskKind.RETURNED: {JA: "再接触タスク", EN: "Back again"},
    TaskKind.STEP: {JA: "シナリオのタスク", EN: "Sequence step"},
    TaskKind.MANUAL: {JA: "営業タスク", EN: "Sales task"},
}
FACTS: Mapping[str, Mapping[str, str]] = {
    "owner": {JA: "担当", EN: "Owner"},
    "due": {JA: "期限", EN: "Due"},
    "score": {JA: "スコア", EN: "Score"},
    "answer": {JA: "回答", EN: "Answer"},
    "nobody": {JA: "未定", EN: "nobody yet"},
    "link": {JA: "タスクを開く", EN: "Open the task"},
    "account_link": {JA: "アカウントを開く", EN: "Open the account"},
}
DAYS = "月火水木金土日"


def say_headline(event: TaskEvent, kind: str, language: Language) -> str:
    """What happened, in one line."""
    return HEADLINES[event][language].format(kind=KINDS[kind][language])


def say_subject(account: str, department: str | None, language: Language) -> str:
    """The company, with its department."""
    if not department:
        return account
    return f"{account} {department}" if language is JA else f"{account}, {department}"


def say_moment(at: datetime | None, language: Language, zone: ZoneInfo) -> str:
    """A moment with its day of the week, in the installation's zone."""
    if at is None:
        return ""
    local = at.astimezone(zone)
    if language is JA:
        return f"{local:%Y/%m/%d}（{DAYS[local.weekday()]}）{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def say_facts(told: Told, language: Language, zone: ZoneInfo) -> Sequence[tuple[str, str]]:
    """What stands side by side under the headline."""
    answer = ANSWERS.get(told.code)
    facts = [
        ("owner", told.owner or FACTS["nobody"][language]),
        ("due", say_moment(told.due_at, language, zone)),
        ("score", f"{told.points:.1f}" if told.points is not None else ""),
        ("answer", answer[language] if answer else ""),
    ]
    return [(FACTS[name][language], value) for name, value in facts if value]
