"""What the mails of a sequence say together: nobody is offered a file twice, and every mail can be stopped."""

from dataclasses import replace
from typing import Any

from abm.errors import Invalid
from abm.words import FlawCode, Language
from campaigns.compile import MailSource, compile_mail
from campaigns.mail_checks import check_mails
from campaigns.mails import CompiledMail, compile_folder

ASSET = {"name": "guide", "file": {"ja": "guide.pdf"}}
TOOK = {"key": "took", "kind": "branch", "did": "download", "of": "a", "within": {"days": 3}}


def document(*steps: dict[str, Any], assets: Any = (ASSET,)) -> dict[str, Any]:
    return {"name": "x", "title": {"ja": "あ", "en": "a"}, "assets": list(assets), "steps": list(steps)}


def mail(key: str, next: str | None = None, mail: str | None = None) -> dict[str, Any]:
    return {"key": key, "kind": "mail", "mail": mail or key, "next": next}


def offering(name: str) -> list[CompiledMail]:
    """Every mail offers the same file."""
    source = MailSource("件名", "<p><a href='asset:guide'>Guide</a></p>", "", is_mjml=False)
    return [CompiledMail(name, Language.JAPANESE, compile_mail(source, Language.JAPANESE))]


def unstoppable(name: str) -> list[CompiledMail]:
    return [replace(one, compiled=replace(one.compiled, placeholders=())) for one in offering(name)]


def test_a_file_that_was_offered_before_is_told_at_the_second_mail() -> None:
    (flaw,) = check_mails(document(mail("a", "b"), mail("b")), offering)

    assert (flaw.place, flaw.code, flaw.values["step"]) == ("steps.b.mail", FlawCode.ASSET_TWICE, "a")


def test_who_has_not_taken_it_may_be_offered_it_again() -> None:
    steps = mail("a", "took"), {**TOOK, "if_yes": "end", "if_no": "b"}, mail("b"), {"key": "end", "kind": "exit"}

    assert check_mails(document(*steps), offering) == []


def test_a_mail_that_cannot_be_stopped_and_a_file_that_is_not_named_are_told() -> None:
    flaws = check_mails(document(mail("a"), assets=()), unstoppable)

    assert [(flaw.node, flaw.code) for flaw in flaws] == [("a", FlawCode.NO_STOP_LINK), ("a", FlawCode.NO_SUCH_ASSET)]


def test_a_mail_that_nobody_wrote_is_told_at_its_step() -> None:
    (flaw,) = check_mails(document(mail("a", mail="nobody_wrote_this")), compile_folder)

    assert (flaw.place, flaw.code) == ("steps.a.mail", FlawCode.NO_SUCH_MAIL)


def test_the_compiler_is_asked_once_for_each_mail() -> None:
    asked: list[str] = []

    def refuse(name: str) -> list[CompiledMail]:
        asked.append(name)
        raise Invalid("unreadable")

    check_mails(document({**mail("a", "b"), "swap": "b"}, mail("b")), refuse)

    assert asked == ["a", "b"]
