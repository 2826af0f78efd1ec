"""Words of mails as they are written: their kinds, their blocks, and what a check can say about them."""

from enum import StrEnum


class MailKind(StrEnum):
    """How a mail is written."""

    MJML = "mjml"
    HTML = "html"
    TEXT = "text"


class BlockAbout(StrEnum):
    """What decides who reads a block of a mail."""

    TOPIC = "topic"
    ROLE = "role"
    DEPARTMENT = "department"


class MailWarning(StrEnum):
    """What whoever writes a mail should know before it is published."""

    FOOTER_ADDED = "footer_added"
    TEXT_MISSING = "text_missing"
    TOO_BIG = "too_big"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    LINK_WITH_PLACEHOLDER = "link_with_placeholder"
    WEBINAR_NOT_LINKED = "webinar_not_linked"
    UNKNOWN_ELEMENT = "unknown_element"
    TEXT_DROPPED = "text_dropped"
    NOT_CLOSED = "not_closed"
    NOT_SHOWN_BY_MAIL_PROGRAMS = "not_shown_by_mail_programs"
    UNSAFE_LINK = "unsafe_link"
    LINK_WITHOUT_WORDS = "link_without_words"
    NO_ALT = "no_alt"
    PICTURE_NOT_SAFE = "picture_not_safe"
    FEW_WORDS = "few_words"
    SUBJECT_LONG = "subject_long"
    PREHEADER_TWICE = "preheader_twice"
    SPAM_WORD = "spam_word"
    NOT_IN_CP932 = "not_in_cp932"
    LINK_BROKEN = "link_broken"
    LINK_SILENT = "link_silent"
    LINK_PRIVATE = "link_private"
    LINKS_NOT_LOOKED_AT = "links_not_looked_at"
