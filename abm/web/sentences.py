"""What codes and values say as sentences: lines of a timeline, reasons to task someone, reasons to withhold a mail."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.clock import local_day
from abm.guard.guard import Decision, Finding
from abm.handoff.wording import say_do_not_say, say_missing_roles, say_opening, say_why
from abm.reports.timeline import Line
from abm.web.acts import settings
from abm.web.i18n import current_language, day, moment, money, number
from abm.web.labels import BY_NAME, label
from abm.words import AnswerCode, CloseReason, GuardAnswer, ItemKind, Language

# What of a step of the customer's decision may change beside its state.
STEP_FIELDS = {
    "contact_id": _l("Who decides"),
    "buying_role": _l("Buying role"),
    "due_on": _l("Until"),
    "decided_on": _l("Decided on"),
}
# In this order a reason is looked for when its code alone is known.
REASON_WORDS = (
    "GuardReason",
    "SendReason",
    "SuppressionReason",
    "LeaveReason",
    "AnswerCode",
    "EnrollmentState",
    "BounceReason",
)


def tell_sentences(app: Flask) -> None:
    """Give templates the filters that turn codes into sentences."""
    app.jinja_env.filters.update(
        tell=tell,
        reason=reason,
        reasons=reasons,
        titled=titled,
        guard_sentence=guard_sentence,
        since_iso=read_moment,
        iso_day=iso_day,
        why_line=why_line,
        opening_line=opening_line,
        not_to_say=not_to_say,
        missing_roles=missing_roles,
        answer_word=answer_word,
        encoding_name=encoding_name,
        delimiter_name=delimiter_name,
    )
    app.jinja_env.filters["respectful"] = respectful
    app.jinja_env.globals["comma"] = comma


def tell(line: Line) -> str:
    """One line of a timeline as a sentence without its date and people."""
    teller = TELLERS.get(line.kind)
    return teller({**line.detail, "sequence_title": line.sequence}) if teller else label(line.kind, "ItemKind")


def reason(code: str | None) -> str:
    """The word for a reason, whichever enum it is from."""
    if not code:
        return ""
    for kind in REASON_WORDS:
        if code in BY_NAME.get(kind, {}):
            return label(code, kind)
    return code


def reasons(codes: list[str] | tuple[str, ...] | None) -> str:
    """Several reasons in one phrase."""
    return comma().join(reason(code) for code in codes or ())


def titled(title: dict[str, Any] | str | None, otherwise: str = "") -> str:
    """A title that exists in both languages, in the reader's; else in the other."""
    if not isinstance(title, dict):
        return str(title or otherwise)
    return str(title.get(current_language()) or next((text for text in title.values() if text), otherwise))


def guard_sentence(decision: Decision) -> str:
    """What the contact guard answers, and until when; empty when nothing stands in the way."""
    if decision.answer == GuardAnswer.SEND:
        return ""
    if len(decision.findings) > 1:
        why, until = comma().join(_finding(one) for one in decision.findings), ""
    else:
        why, until = reasons([str(code) for code in decision.reasons]), _until(decision.until)
    return _("%(answer)s: %(why)s", answer=label(decision.answer, "GuardAnswer"), why=why) + until


def _finding(finding: Finding) -> str:
    """One of several reasons, with its own end."""
    return label(finding.reason, "GuardReason") + _until(finding.until)


def _until(until: datetime | None) -> str:
    return _(" (until %(time)s)", time=moment(until)) if until else ""


def read_moment(value: str | datetime | None) -> datetime | None:
    """A moment out of kept plain data."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value)


def _event(detail: dict[str, Any]) -> str:
    words = label(str(detail.get("event", "")), "EventKind")
    title = titled(detail.get("title")) or detail.get("webinar") or detail.get("url") or ""
    minutes = detail.get("minutes")
    spent = _(" (%(minutes)s min)", minutes=number(minutes)) if minutes else ""
    return (_("%(what)s: %(title)s", what=words, title=title) if title else words) + spent


def _meeting(detail: dict[str, Any]) -> str:
    minutes = detail.get("minutes")
    spent = _(" (%(minutes)s min)", minutes=number(minutes)) if minutes else ""
    return label(ItemKind.MEETING, "ItemKind") + spent


def _sent(detail: dict[str, Any]) -> str:
    return _("Mail sent: %(subject)s", subject=detail.get("subject", ""))


def _withheld(detail: dict[str, Any]) -> str:
    why = reasons(detail.get("reasons"))
    # A mail that was never made has no subject: the sequence says more than the key of its step.
    subject = detail.get("subject") or titled(detail["sequence_title"], str(detail.get("sequence") or ""))
    words = _("Mail withheld: %(subject)s – %(why)s", subject=subject, why=why)
    return words + _until(read_moment(detail.get("until")))


def _task_withheld(detail: dict[str, Any]) -> str:
    return _("Task withheld: %(why)s", why=reasons(detail.get("reasons")))


def _failed(detail: dict[str, Any]) -> str:
    why = reason(detail.get("reason"))
    return _("Mail failed: %(subject)s – %(why)s", subject=detail.get("subject", ""), why=why)


def _stage(detail: dict[str, Any]) -> str:
    old, new = label(detail.get("old"), "Stage"), label(detail.get("new"), "Stage")
    words = _("Stage changed: %(old)s → %(new)s", old=old, new=new)
    why = label(detail.get("reason"), "StageReason")
    return words + (_(" (%(answer)s)", answer=why) if why else "")


def _task(detail: dict[str, Any]) -> str:
    kind = label(detail.get("kind"), "TaskKind")
    new = label(detail.get("new"), "TaskState")
    code = str(detail.get("code") or "")
    word = answer_word(code)
    answer = _(" (%(answer)s)", answer=word) if word else ""
    return _("Task %(kind)s: %(state)s", kind=kind, state=new) + answer


def _enrollment(detail: dict[str, Any]) -> str:
    words = _(
        "Sequence %(name)s: %(state)s",
        name=titled(detail["sequence_title"], str(detail.get("sequence", ""))),
        state=label(detail.get("state"), "EnrollmentState"),
    )
    return words + (_(" (%(answer)s)", answer=reason(detail["reason"])) if detail.get("reason") else "")


def _suppressed(detail: dict[str, Any]) -> str:
    return _("Put on the suppression list: %(why)s", why=label(detail.get("reason"), "SuppressionReason"))


def _imported(detail: dict[str, Any]) -> str:
    file = detail.get("file", "")
    return _("Imported from %(file)s", file=file) if file else label(ItemKind.IMPORTED, "ItemKind")


def _owner(detail: dict[str, Any]) -> str:
    return _("Handed over from %(old)s to %(new)s", old=detail.get("old", ""), new=detail.get("new", ""))


def _merged(detail: dict[str, Any]) -> str:
    return _("%(gone)s was merged into %(stays)s", gone=detail.get("gone", ""), stays=detail.get("stays", ""))


def _merge_undone(detail: dict[str, Any]) -> str:
    return _(
        "The merge of %(gone)s into %(stays)s was undone", gone=detail.get("gone", ""), stays=detail.get("stays", "")
    )


def why_line(line: dict[str, Any]) -> str:
    """One of the three lines of "why now"."""
    return say_why([line], current_language(), settings().zone)[0]


def opening_line(brief: dict[str, Any]) -> str:
    """What to open the talk with."""
    return say_opening(brief, current_language()) or ""


def not_to_say(brief: dict[str, Any]) -> list[str]:
    """What not to bring up."""
    return say_do_not_say(brief, current_language())


def missing_roles(brief: dict[str, Any]) -> list[str]:
    """Parts of the purchase nobody plays yet."""
    return say_missing_roles(brief, current_language())


def answer_word(code: str) -> str:
    """How a task was answered or why it closed; empty for what was no answer."""
    if code in set(AnswerCode):
        return label(code, "AnswerCode")
    return label(code, "CloseReason") if code in set(CloseReason) else ""


def iso_day(value: datetime) -> str:
    """The day as date fields want it, in the installation's zone."""
    return local_day(value, settings().zone).isoformat()


def encoding_name(code: str | None) -> str:
    """What people call an encoding."""
    return {"utf-8-sig": "UTF-8 (BOM)", "cp932": "CP932 (Shift_JIS)"}.get(code or "", (code or "").upper())


def delimiter_name(sign: str | None) -> str:
    """What people call a delimiter."""
    names = {",": _("Comma"), "\t": _("Tab"), ";": _("Semicolon")}
    return names.get(sign or "", sign or "")


def respectful(name: str) -> str:
    """A person's name as a heading shows it: 田中 太郎 様."""
    return f"{name} 様" if current_language() is Language.JAPANESE else name


def comma() -> str:
    """What stands between the words of a list."""
    return "、" if current_language() is Language.JAPANESE else ", "


def _deal(detail: dict[str, Any]) -> str:
    name, new = detail.get("title", ""), label(detail.get("new"), "DealStage")
    if not detail.get("old"):
        return _("Deal opened: %(name)s", name=name) + _amount(detail)
    words = _("Deal %(name)s: %(old)s → %(new)s", name=name, old=label(detail["old"], "DealStage"), new=new)
    why = label(detail.get("reason"), "LostReason")
    return words + (_(" (%(answer)s)", answer=why) if why else "") + _amount(detail)


def _decision(detail: dict[str, Any]) -> str:
    name, new = detail.get("title", ""), label(detail.get("new"), "DecisionState")
    changed = detail.get("changed") or []
    if not detail.get("old"):
        words = _("Decision step added: %(name)s", name=name)
    elif detail["old"] != detail.get("new"):
        old = label(detail["old"], "DecisionState")
        words = _("Decision step %(name)s: %(old)s → %(new)s", name=name, old=old, new=new)
    else:
        what = comma().join(str(STEP_FIELDS[field]) for field in changed if field in STEP_FIELDS)
        words = _("Decision step %(name)s changed: %(what)s", name=name, what=what)
    known = [label(detail.get("role"), "BuyingRole"), _step_day(detail)]
    said = comma().join(one for one in known if one)
    return words + (_(" (%(answer)s)", answer=said) if said else "")


def _step_day(detail: dict[str, Any]) -> str:
    """By when a step is to be decided, or since when it is."""
    if decided := detail.get("decided_on"):
        return _("decided on %(day)s", day=day(date.fromisoformat(decided)))
    due = detail.get("due_on")
    return _("until %(day)s", day=day(date.fromisoformat(due))) if due else ""


def _need(detail: dict[str, Any]) -> str:
    what = " · ".join(one for one in (detail.get("product"), detail.get("topic")) if one)
    return _("%(what)s: %(title)s", what=label(detail.get("kind"), "NeedKind"), title=what)


def _offer(detail: dict[str, Any]) -> str:
    kind, state = label(detail.get("kind"), "OfferKind"), label(detail.get("new"), "OfferState")
    words = _("%(kind)s: %(name)s – %(state)s", kind=kind, name=detail.get("title", ""), state=state)
    return words + _amount(detail)


def _ordered(detail: dict[str, Any]) -> str:
    what = detail.get("title") or detail.get("product") or ""
    words = _("Purchase: %(what)s", what=what) if what else label(ItemKind.ORDERED, "ItemKind")
    return words + _amount(detail)


def _contract(detail: dict[str, Any]) -> str:
    if detail.get("next"):
        until = day(date.fromisoformat(detail["next"]))
        words = _("Contract %(name)s went on by itself; next renewal day %(day)s", name=detail.get("title"), day=until)
        return words + _amount(detail)
    state = label(detail.get("new"), "ContractState")
    return _("Contract %(name)s: %(state)s", name=detail.get("title", ""), state=state) + _amount(detail)


def _owned(detail: dict[str, Any]) -> str:
    until, product = detail.get("new"), detail.get("product", "")
    if until:
        return _("%(product)s is owned until %(day)s", product=product, day=day(date.fromisoformat(until)))
    return _("Owns %(product)s", product=product)


def _ticket(detail: dict[str, Any]) -> str:
    what = _("Complaint") if detail.get("is_complaint") else label(ItemKind.TICKET_CHANGED, "ItemKind")
    state = label(detail.get("new"), "TicketState")
    return _("%(kind)s: %(name)s – %(state)s", kind=what, name=detail.get("title", ""), state=state)


def _survey(detail: dict[str, Any]) -> str:
    words = label(detail.get("kind"), "SurveyKind")
    score, about = detail.get("score"), detail.get("title") or detail.get("product")
    said = _("%(what)s: %(title)s", what=words, title=number(score)) if score is not None else words
    return said + (_(" (%(answer)s)", answer=about) if about else "")


def _file(detail: dict[str, Any]) -> str:
    return _("File added: %(name)s", name=detail.get("title", ""))


def _amount(detail: dict[str, Any]) -> str:
    if not detail.get("amount"):
        return ""
    said = money(Decimal(detail["amount"]), str(detail.get("currency") or "JPY"))
    return _(" (%(answer)s)", answer=said)


TELLERS: dict[str, Callable[[dict[str, Any]], str]] = {
    ItemKind.EVENT: _event,
    ItemKind.MEETING: _meeting,
    ItemKind.MAIL_SENT: _sent,
    ItemKind.MAIL_WITHHELD: _withheld,
    ItemKind.MAIL_FAILED: _failed,
    ItemKind.TASK_WITHHELD: _task_withheld,
    ItemKind.STAGE_CHANGED: _stage,
    ItemKind.TASK_CHANGED: _task,
    ItemKind.ENROLLMENT_CHANGED: _enrollment,
    ItemKind.SUPPRESSED: _suppressed,
    ItemKind.IMPORTED: _imported,
    ItemKind.MERGED: _merged,
    ItemKind.MERGE_UNDONE: _merge_undone,
    ItemKind.DEAL_CHANGED: _deal,
    ItemKind.DECISION_CHANGED: _decision,
    ItemKind.NEED_HEARD: _need,
    ItemKind.OFFER_CHANGED: _offer,
    ItemKind.ORDERED: _ordered,
    ItemKind.CONTRACT_CHANGED: _contract,
    ItemKind.PRODUCT_OWNED: _owned,
    ItemKind.OWNER_CHANGED: _owner,
    ItemKind.TICKET_CHANGED: _ticket,
    ItemKind.SURVEY_ANSWERED: _survey,
    ItemKind.FILE_ADDED: _file,
}
