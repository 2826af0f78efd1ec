"""Answers of machines for people: out of office, receipts, "please confirm that you are human" (RFC 3834, 8098)."""

from tracking.bounce.parts import Mail

# Fields that only automatic answers carry, with what must stand in them ("" is anything).
ANSWER_FIELDS = (
    ("x-autoreply", ""),
    ("x-autoreply-from", ""),
    ("x-autorespond", ""),
    ("x-autoresponder", ""),
    ("x-auto-reply-from", ""),
    ("x-mail-autoreply", ""),
    ("x-mdaemon-deliver-autoresponse", ""),
    ("x-vacation", ""),
    ("x-apple-action", "vacation"),
    ("x-ms-exchange-inbox-rules-loop", ""),
    ("x-precedence", "auto_reply"),
    ("precedence", "auto_reply"),
    ("precedence", "auto-reply"),
    ("delivered-to", "autoresponder"),
    ("x-boxtrapper", ""),
    ("x-tmda-fingerprint", ""),
    ("x-facebook-notify", "auto"),
)
RECEIPT_KINDS = ("message/disposition-notification", "message/global-disposition-notification")
# How such subjects begin, and what they hold anywhere.
BEGINS = (
    *(
        "automatic reply",
        "automatic response",
        "auto reply",
        "auto-reply",
        "autoreply",
        "auto response",
        "auto-response",
    ),
    *(
        "autoresponse",
        "automated reply",
        "automated response",
        "auto:",
        "automatically generated reply",
        "automatische",
    ),
    *("out of office", "out of the office", "ooo ", "ooo:", "away from", "on vacation", "on holiday", "on leave"),
    *("i am out", "i'm out", "i am away", "i'm away", "i am on", "vacation", "holiday", "absence", "absent", "abwesen"),
    *("réponse automatique", "reponse automatique", "absence du bureau", "respuesta autom", "fuera de"),
    *("risposta automatica", "fuori ufficio", "resposta autom", "fora do escrit", "automatisch antwoord", "afwezig"),
    *("autosvar", "automatiskt svar", "automatisk svar", "automaattinen", "automatyczna", "automatick"),
    *(
        "автоматический ответ",
        "автоответ",
        "отсутстви",
        "自動回答",
        "自動送信",
        "不在",
        "【不在",
        "[不在",
        "【自動",
        "[自動",
    ),
    *("休暇", "休業", "夏季休業", "年末年始", "自动", "自動", "外出", "자동", "부재중"),
)
HOLDS = (
    *(
        "out of office",
        "out of the office",
        "automatic reply",
        "auto-reply",
        "auto reply",
        "autoreply",
        "vacation reply",
    ),
    *("自動返信", "自動応答", "不在通知", "不在のお知らせ", "不在連絡", "休暇中", "自动回复", "自動回覆"),
)
# "Please show that you are human", asked before a mail is let through.
CHALLENGES = (
    *(
        "please confirm your",
        "please confirm that",
        "confirm your message",
        "confirm your email",
        "confirm your e-mail",
    ),
    *("verification required", "verify your message", "verify your email", "verify your e-mail", "spamarrest"),
    *("boxtrapper", "tmda", "challenge-response", "challenge response", "sender verification"),
    *("requires verification", "requires confirmation", "requires your", "送信者確認", "送信元の確認"),
)


def is_receipt(mail: Mail) -> bool:
    """Whether this tells what became of a mail on the reader's screen (RFC 8098)."""
    # Dovecot tells in the same form that a mail was rejected, and that is a bounce.
    if "rejected" in mail.headers.get("auto-submitted", ""):
        return False
    kind = mail.headers.get("content-type", "").lower()
    return "disposition-notification" in kind or any(part.kind in RECEIPT_KINDS for part in mail.parts)


def says_answer(mail: Mail) -> bool:
    """Whether the headers say that a machine answered for a person."""
    fields = mail.headers
    if any(name in fields and word in fields[name].lower() for name, word in ANSWER_FIELDS):
        return True
    submitted = fields.get("auto-submitted", "").lower()
    is_answer = "in-reply-to" in fields or "references" in fields
    if "reject" in submitted or "failure" in submitted:
        return False
    return "auto-replied" in submitted or ("auto-generated" in submitted and is_answer)


def sounds_like_answer(mail: Mail) -> bool:
    """Whether the subject is that of an automatic answer."""
    subject = mail.header("subject").strip().lower().removeprefix("re:").strip()
    return subject.startswith(BEGINS) or any(words in subject for words in (*HOLDS, *CHALLENGES))
