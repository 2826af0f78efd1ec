"""Codes and words of a refusal: which of them decides."""

import pytest

from tracking.bounce.status import find_reply, find_status, judge


@pytest.mark.parametrize(
    ("words", "status", "strength", "reason"),
    [
        ("smtp; 550 5.1.1 user unknown", "5.1.1", "hard", "no_such_user"),
        ("", "5.1.1", "hard", "no_such_user"),
        ("", "5.1.2", "hard", "no_such_host"),
        ("", "5.1.6", "hard", "moved"),
        ("", "5.2.1", "hard", "mailbox_disabled"),
        ("smtp; 550 5.2.1 <a@b.example>: user is over quota", "5.2.1", "soft", "mailbox_full"),
        ("", "5.2.2", "soft", "mailbox_full"),
        ("", "5.2.3", "soft", "too_large"),
        ("", "5.7.1", "soft", "blocked_policy"),
        ("", "5.7.17", "hard", "moved"),
        ("", "5.0.0", "soft", "unknown"),
        ("", None, "soft", "unknown"),
        # Failed with 4.x.x is soft, whatever the words.
        ("smtp; 450 4.1.1 user unknown", "4.1.1", "soft", "no_such_user"),
        ("451 4.2.2 mailbox full", "4.2.2", "soft", "mailbox_full"),
        ("452 try again later", None, "soft", "unknown"),
        # The words name our mail or our server, the code the person: nobody's address is lost for it.
        ("550 5.1.1 blocked using bl.spamcop.net", "5.1.1", "soft", "blocked_spam"),
        ("550 Sender verify failed: user unknown", None, "soft", "blocked_policy"),
        ("554 5.7.1 <a@b.example>: Recipient address rejected: Access denied", "5.7.1", "soft", "blocked_policy"),
        ("550 5.1.8 <me@sender.example>: Domain does not exist", "5.1.8", "soft", "blocked_policy"),
        ("550 Sender's mailbox does not exist", None, "soft", "blocked_policy"),
        ("554 delivery to user failed: unknown error", None, "soft", "unknown"),
        ("550 User (a@b.example) unknown", None, "hard", "no_such_user"),
        ("Error desconocido al entregar", None, "soft", "unknown"),
        # Vague words stand beside a sure code.
        ("550 5.1.1 <a@b.example>: not allowed", "5.1.1", "hard", "no_such_user"),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", "5.5.0", "hard", "no_such_user"),
        ("552 Requested mail action aborted: exceeded storage allocation", None, "soft", "mailbox_full"),
        ("550 <a@b.example>: 550 (in reply to RCPT TO command)", None, "hard", "no_such_user"),
        ("550 The account is temporarily suspended", None, "soft", "mailbox_disabled"),
        ("メールボックスの容量を超えて\nいます", None, "soft", "mailbox_full"),
        ("宛先のメールアドレスは存在\nしません", None, "hard", "no_such_user"),
        ("Der Empfänger ist unbekannt", None, "hard", "no_such_user"),
        ("No existe ese usuario", None, "hard", "no_such_user"),
    ],
)
def test_a_refusal_is_judged(words: str, status: str | None, strength: str, reason: str) -> None:
    judged = judge(words, status)

    assert (judged.strength, judged.reason) == (strength, reason)


def test_names_are_no_reasons() -> None:
    words = "550 5.0.0 <no.such.user@spamhaus-quota.example> host mx.blacklist.example said: hm https://x.example/spam"

    assert judge(words, "5.0.0").reason == "unknown"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("550 5.0.0 or rather #5.1.1", "5.1.1"),
        ("Internet Mail Service (5.5.2657.72)", None),
        ("from 5.1.1.9 it came", None),
        ("552-5.2.2 over quota", "5.2.2"),
    ],
)
def test_a_status_is_told_from_other_numbers(words: str, status: str | None) -> None:
    assert find_status(words) == status


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("said: 550 no", 550),
        ("550-5.1.1 no", 550),
        ("#550 5.1.1", 550),
        ("at 10:00:450 no", None),
        ("192.0.2.550", None),
    ],
)
def test_a_reply_code_is_told_from_other_numbers(words: str, reply: int | None) -> None:
    assert find_reply(words) == reply
