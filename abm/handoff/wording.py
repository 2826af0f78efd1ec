"""What a task says in either language: sentences made of stored codes and values."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from abm.words import EventKind, GuardReason, Language, LostReason, StaleReason
from abm.words.spoken import ANSWERS, ROLES

JA, EN = Language.JAPANESE, Language.ENGLISH

# What somebody did; {about} is what it was about, {minutes} how long it took.
ACTS: Mapping[str, Mapping[str, str]] = {
    EventKind.OPEN: {JA: "メールを開封", EN: "opened a mail"},
    EventKind.CLICK: {JA: "メールのリンク{about}をクリック", EN: "clicked a link{about}"},
    EventKind.KEY_PAGE: {JA: "重要ページ{about}を閲覧", EN: "visited a key page{about}"},
    EventKind.DOWNLOAD: {JA: "資料{about}をダウンロード", EN: "downloaded a document{about}"},
    EventKind.PREMIUM_DOWNLOAD: {JA: "資料{about}をダウンロード", EN: "downloaded a premium document{about}"},
    EventKind.WEBINAR_REGISTERED: {JA: "ウェビナー{about}に申込", EN: "registered for a webinar{about}"},
    EventKind.WEBINAR_ATTENDED: {JA: "ウェビナー{about}に{minutes}参加", EN: "attended a webinar{about}{minutes}"},
    EventKind.WEBINAR_ON_DEMAND: {JA: "ウェビナー{about}の録画を視聴", EN: "watched a recorded webinar{about}"},
    EventKind.REPLY: {JA: "メールに返信", EN: "replied to a mail"},
    EventKind.INQUIRY: {JA: "お問い合わせ", EN: "sent an inquiry"},
    EventKind.MEETING: {JA: "{minutes}の打ち合わせを実施", EN: "had a meeting{minutes}"},
    EventKind.DEMO_REQUEST: {JA: "デモ・見積を依頼", EN: "asked for a demo or a quote"},
    EventKind.BOOTH_TALK: {JA: "展示会のブースで会話", EN: "talked to us at our booth"},
    EventKind.UNSUBSCRIBE: {JA: "配信を停止", EN: "unsubscribed"},
    EventKind.PAGE: {JA: "ページ{about}を閲覧", EN: "visited a page{about}"},
    EventKind.CAREERS_PAGE: {JA: "採用ページを閲覧", EN: "visited the careers page"},
}
LINES: Mapping[str, Mapping[str, str]] = {
    "score": {
        JA: "スコア{points:.1f}点（基準{threshold:g}点）、反応のある担当者{people}名",
        EN: "Score {points:.1f} (threshold {threshold:g}), {people} engaged",
    },
    "request": {
        JA: "至急：{on} {person}が{act}",
        EN: "At once: {person} {act} on {on}",
    },
    "last_act": {
        JA: "直近：{on} {person}が{act}",
        EN: "Latest: {person} {act} on {on}",
    },
    "woken": {
        JA: "{on}に「{answer}」との回答：再開の時期です",
        EN: "Time to come back to it: on {on} the answer was “{answer}”",
    },
    "topics": {JA: "関心：{names}", EN: "Interested in: {names}"},
    "people": {JA: "関与している担当者：{names}", EN: "Involved: {names}"},
    "bad_data": {JA: "営業から情報の誤りが報告されました", EN: "Sales reported that the record is wrong"},
    "said": {JA: "営業のコメント：{text}", EN: "What sales said: {text}"},
    "confirm": {JA: "連絡先・部署・役職を確認してください", EN: "Please confirm address, department and title"},
    "renewal": {
        JA: "「{contract}」の契約更新日{on}まで{days}日{money}",
        EN: "“{contract}” is up for renewal on {on}, in {days} days{money}",
    },
    "renewal_missed": {
        JA: "「{contract}」の契約更新日{on}を{days}日超過{money}",
        EN: "“{contract}” was up for renewal on {on}, {days} days ago{money}",
    },
    "renews_itself": {
        JA: "自動更新の契約：解約・条件変更の申し出は{on}まで",
        EN: "It renews by itself: notice or new terms by {on}",
    },
    "renewal_open": {
        JA: "自動更新なし：{on}までに更新の意思確認が必要",
        EN: "It does not renew by itself: the customer has to decide by {on}",
    },
    "last_contact": {JA: "最終対応日：{on}", EN: "Last contact: {on}"},
    "never_contacted": {JA: "対応の記録はまだありません", EN: "No contact has been logged yet"},
    "returned": {
        JA: "{on}から{days}日ぶりの反応です",
        EN: "Back after {days} days of silence, since {on}",
    },
    "lost_looks_again": {
        JA: "失注した商談「{deal}」（{on}）の後に反応がありました",
        EN: "Active again after the lost deal “{deal}” ({on})",
    },
    "lost_because": {JA: "当時の失注理由：{reason}", EN: "It was lost because of: {reason}"},
    "stale": {JA: "{person}の情報鮮度：{reason}", EN: "{person}: {reason}"},
    "unconfirmed": {
        JA: "{person}の情報は{on}以降確認されていません",
        EN: "{person} has not been confirmed since {on}",
    },
    "missing_roles": {JA: "未把握の役割：{names}", EN: "Roles nobody plays yet: {names}"},
    "asked_by": {JA: "{name}さんからの依頼", EN: "Asked for by {name}"},
    "asked": {JA: "{text}", EN: "{text}"},
    "listed": {JA: "リスト「{title[ja]}」から作成", EN: "Made from the list “{title[en]}”"},
    "step": {JA: "{title[ja]}", EN: "{title[en]}"},
    "of_sequence": {JA: "シナリオ「{title[ja]}」のタスク", EN: "Asked for by the sequence “{title[en]}”"},
    "mail_rerouted": {
        JA: "{person}へのメール「{subject}」は送信していません。担当からの連絡をご検討ください",
        EN: "The mail “{subject}” to {person} was not sent; please write to them yourself",
    },
    "rerouted_because": {JA: "理由：{names}", EN: "Because of: {names}"},
    "nobody": {JA: "反応のある担当者はまだいません", EN: "Nobody has responded yet"},
}
OPENING = {
    JA: "以前{topic}にご関心をお持ちでしたが、その後いかがでしょうか？",
    EN: "You were interested in {topic} a while ago. How have things developed since?",
}
DO_NOT_SAY = {
    "opens": {
        JA: "メールの開封やクリックを把握していることには触れない",
        EN: "Do not mention that we see who opens or clicks our mails",
    },
    "suppressed": {
        JA: "配信停止を希望した担当者にはメールの話題を出さない",
        EN: "Do not offer mails to the people who have unsubscribed",
    },
    "complaint": {
        JA: "クレーム対応中のため、売り込みの話はしない",
        EN: "A complaint is open: do not try to sell now",
    },
    "refused": {
        JA: "連絡を希望していない担当者には、電話を含め連絡しない",
        EN: "Do not contact the people who asked to be left alone, by phone neither",
    },
    "no_phone": {
        JA: "電話を希望していない担当者には電話をかけない：{names}",
        EN: "Do not phone who asked not to be phoned: {names}",
    },
}

LOST: Mapping[str, Mapping[str, str]] = {
    LostReason.PRICE: {JA: "価格", EN: "price"},
    LostReason.TIMING: {JA: "時期", EN: "timing"},
    LostReason.BUDGET: {JA: "予算なし", EN: "no budget"},
    LostReason.COMPETITOR: {JA: "競合を採用", EN: "a competitor was chosen"},
    LostReason.FUNCTION: {JA: "機能不足", EN: "a missing function"},
    LostReason.IN_HOUSE: {JA: "内製化", EN: "made in house"},
    LostReason.SILENCE: {JA: "連絡途絶", EN: "no answer any more"},
    LostReason.OTHER: {JA: "その他", EN: "another reason"},
}
STALE: Mapping[str, Mapping[str, str]] = {
    StaleReason.BOUNCED: {JA: "メールが届きません", EN: "mail comes back"},
    StaleReason.POST_RETURNED: {JA: "郵便物が返送されました", EN: "post came back"},
    StaleReason.MOVED: {JA: "異動の連絡がありました", EN: "said to have moved"},
    StaleReason.BAD_DATA: {JA: "誤りとの報告がありました", EN: "said to be wrong"},
    StaleReason.LEFT_COMPANY: {JA: "退職の連絡がありました", EN: "said to have left"},
}

# Why a mail of a sequence was left to the owner.
REROUTED: Mapping[str, Mapping[str, str]] = {
    GuardReason.EXCLUDED: {JA: "対象外のアカウント", EN: "the account is excluded"},
    GuardReason.COMPETITOR: {JA: "競合企業", EN: "the account is a competitor"},
    GuardReason.SALES_ACTIVE: {JA: "営業が対応中", EN: "sales is working on it"},
    GuardReason.CONTACTED_LATELY: {JA: "営業が最近連絡済み", EN: "sales was in touch lately"},
    GuardReason.STALE: {JA: "情報の確認待ち", EN: "the record is to be checked first"},
    GuardReason.TICKET: {JA: "サポート対応中", EN: "support is helping them"},
    GuardReason.OPEN_DEAL: {JA: "商談中", EN: "a deal is being negotiated"},
    GuardReason.RENEWAL_NEAR: {JA: "契約更新が近い", EN: "a contract renewal is near"},
}


def say_why(why: Sequence[Mapping[str, Any]], language: Language, zone: ZoneInfo) -> list[str]:
    """The finished lines of "why now"."""
    return [_say_line(line, language, zone) for line in why]


def say_opening(brief: Mapping[str, Any], language: Language) -> str | None:
    """A line to open the talk with, or None when nothing is known that it could be about."""
    topic = say_title(brief.get("topic"), language)
    return OPENING[language].format(topic=_quoted(topic, language)) if topic else None


def say_do_not_say(brief: Mapping[str, Any], language: Language) -> list[str]:
    """What not to bring up."""
    names = _listed([say_person(person, language) for person in brief.get("no_phone", [])], language)
    return [DO_NOT_SAY[code][language].format(names=names) for code in brief.get("do_not_say", [])]


def say_missing_roles(brief: Mapping[str, Any], language: Language) -> list[str]:
    """Parts of the purchase nobody plays yet, as far as we know."""
    return [ROLES[role][language] for role in brief.get("missing_roles", [])]


def say_title(title: Any, language: Language) -> str:
    """A title, in this language when it exists in several."""
    if isinstance(title, Mapping):
        title = title.get(language) or next(iter(title.values()), "")
    return str(title or "")


def say_person(person: Mapping[str, Any], language: Language) -> str:
    """A person with the title, as one addresses them."""
    name, title = person["name"], person.get("title")
    if language is JA:
        return f"{name} 様（{title}）" if title else f"{name} 様"
    return f"{name} ({title})" if title else str(name)


def _say_line(line: Mapping[str, Any], language: Language, zone: ZoneInfo) -> str:
    values = {**line, "money": _say_money(line, language)}
    if "day" in line:
        values["on"] = _say_date(date.fromisoformat(line["day"]), language)
    if "person" in line:
        values["person"] = say_person(line["person"], language)
    if "lost_reason" in line:
        values["reason"] = LOST[line["lost_reason"]][language]
    if "stale_reason" in line:
        values["reason"] = STALE[line["stale_reason"]][language]
    if "roles" in line:
        roles = [ROLES[role][language] for role in line["roles"]]
        values["names"] = _listed(roles, language)
    if "answer" in line:
        values["answer"] = ANSWERS[line["answer"]][language]
    if "act" in line:
        values["act"] = _say_act(line, language)
    if line.get("at") and "day" not in line:
        values["on"] = _say_day(line["at"], language, zone)
    if "names" in line:
        values["names"] = _listed(line["names"], language)
    if "guard_reasons" in line:
        reasons = [REROUTED[reason][language] for reason in line["guard_reasons"] if reason in REROUTED]
        values["names"] = "、".join(reasons) if language is JA else ", ".join(reasons)
    if "persons" in line:
        names = [say_person(person, language) for person in line["persons"]]
        values["names"] = _listed(names, language)
    return LINES[line["code"]][language].format(**values)


def _listed(names: Sequence[str], language: Language) -> str:
    return "、".join(names) if language is JA else ", ".join(names)


def _say_act(line: Mapping[str, Any], language: Language) -> str:
    about = _quoted(say_title(line.get("about"), language), language)
    minutes = line.get("minutes")
    if language is JA:
        return ACTS[line["act"]][JA].format(about=about, minutes=f"{minutes:g}分" if minutes else "")
    return ACTS[line["act"]][EN].format(
        about=f" {about}" if about else "", minutes=f" for {minutes:g} minutes" if minutes else ""
    )


def _quoted(title: str, language: Language) -> str:
    if not title:
        return ""
    return f"「{title}」" if language is JA else f"“{title}”"


def _say_money(line: Mapping[str, Any], language: Language) -> str:
    """An amount behind a sentence; yen have no decimals."""
    if "amount" not in line:
        return ""
    amount, currency = Decimal(line["amount"]), line["currency"]
    number = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    if language is JA:
        return f"（{number}円）" if currency == "JPY" else f"（{currency} {number}）"
    return f" ({currency} {number})"


def _say_day(at: str, language: Language, zone: ZoneInfo) -> str:
    return _say_date(datetime.fromisoformat(at).astimezone(zone).date(), language)


def _say_date(day: date, language: Language) -> str:
    return f"{day.year}/{day.month}/{day.day}" if language is JA else day.isoformat()
