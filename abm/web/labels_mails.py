"""Labels of mails as they are written, and what their checks say."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from abm.errors import Invalid
from abm.words import BlockAbout, DomainPart, FindingState, MailKind, MailWarning

WRITTEN: dict[type[StrEnum], dict[str, LazyString]] = {
    MailKind: {
        MailKind.MJML: _l("MJML (designed)"),
        MailKind.HTML: _l("HTML"),
        MailKind.TEXT: _l("Plain text"),
    },
    DomainPart: {
        DomainPart.SPF: _l("SPF: who may send"),
        DomainPart.DKIM: _l("DKIM: the signature"),
        DomainPart.DMARC: _l("DMARC: what becomes of mail that fails"),
        DomainPart.STOP: _l("Stop link in the header"),
        DomainPart.BOUNCES: _l("What comes back"),
    },
    FindingState: {
        FindingState.WELL: _l("Well"),
        FindingState.WATCH: _l("Could be better"),
        FindingState.BAD: _l("Wrong"),
        FindingState.UNASKED: _l("Could not ask"),
    },
    BlockAbout: {
        BlockAbout.TOPIC: _l("Topic"),
        BlockAbout.ROLE: _l("Buying role"),
        BlockAbout.DEPARTMENT: _l("Department"),
    },
    MailWarning: {
        MailWarning.FOOTER_ADDED: _l("Legal footer added"),
        MailWarning.TEXT_MISSING: _l("Plain text made from the page"),
        MailWarning.TOO_BIG: _l("Too big"),
        MailWarning.UNKNOWN_PLACEHOLDER: _l("Unknown placeholder"),
        MailWarning.LINK_WITH_PLACEHOLDER: _l("Link not tracked"),
        MailWarning.WEBINAR_NOT_LINKED: _l("Webinar not linked"),
        MailWarning.UNKNOWN_ELEMENT: _l("Unknown element"),
        MailWarning.TEXT_DROPPED: _l("Words that would be missing"),
        MailWarning.NOT_CLOSED: _l("Not closed"),
        MailWarning.NOT_SHOWN_BY_MAIL_PROGRAMS: _l("Not shown by mail programs"),
        MailWarning.UNSAFE_LINK: _l("Unsafe link"),
        MailWarning.LINK_WITHOUT_WORDS: _l("Link without words"),
        MailWarning.NO_ALT: _l("Picture without words"),
        MailWarning.PICTURE_NOT_SAFE: _l("Picture not at https"),
        MailWarning.FEW_WORDS: _l("Hardly any words"),
        MailWarning.SUBJECT_LONG: _l("Long subject"),
        MailWarning.PREHEADER_TWICE: _l("Two preheaders"),
        MailWarning.SPAM_WORD: _l("Word of advertising"),
        MailWarning.NOT_IN_CP932: _l("Sign missing in CP932"),
        MailWarning.LINK_BROKEN: _l("Broken link"),
        MailWarning.LINK_SILENT: _l("Link does not answer"),
        MailWarning.LINK_PRIVATE: _l("Private address"),
        MailWarning.LINKS_NOT_LOOKED_AT: _l("Links not looked at"),
    },
}

# What a warning asks its author to do; `about` is the very sign, word or address.
REMEDIES: dict[str, LazyString] = {
    MailWarning.FOOTER_ADDED: _l("Sender, postal address and stop link were missing and stand at the end now."),
    MailWarning.TEXT_MISSING: _l("Write the plain text yourself when it should read better."),
    MailWarning.TOO_BIG: _l("%(about)s bytes: mail programs cut off after 100 KB. Take something out."),
    MailWarning.UNKNOWN_PLACEHOLDER: _l("“%(about)s” is not known: nothing would stand in its place."),
    MailWarning.LINK_WITH_PLACEHOLDER: _l("%(about)s holds a placeholder, so clicks on it are not seen."),
    MailWarning.WEBINAR_NOT_LINKED: _l("“%(about)s” stands in no link of the page; name the webinar by its id."),
    MailWarning.UNKNOWN_ELEMENT: _l("MJML does not know “%(about)s”: all that stands in it would be missing."),
    MailWarning.TEXT_DROPPED: _l("“%(about)s” stands where MJML shows no words. Put it into <mj-text>."),
    MailWarning.NOT_CLOSED: _l("What begins here never ends, so nothing after it is shown."),
    MailWarning.NOT_SHOWN_BY_MAIL_PROGRAMS: _l("Mail programs take “%(about)s” out. Write it otherwise."),
    MailWarning.UNSAFE_LINK: _l("“%(about)s” would run a program. Lead to a page instead."),
    MailWarning.LINK_WITHOUT_WORDS: _l("Nobody can see or hear where %(about)s leads. Write some words into the link."),
    MailWarning.NO_ALT: _l('Say in alt="…" what %(about)s shows, for those who do not see it.'),
    MailWarning.PICTURE_NOT_SAFE: _l("Many mail programs do not load %(about)s. Give an https:// address."),
    MailWarning.FEW_WORDS: _l("The mail is all pictures. Many readers see none of them, and filters distrust it."),
    MailWarning.SUBJECT_LONG: _l("The subject is %(about)s columns wide; inboxes cut it after about 70."),
    MailWarning.PREHEADER_TWICE: _l("Fill in either the preheader or <mj-preview>."),
    MailWarning.SPAM_WORD: _l("Filters and readers may take the mail for advertising because of “%(about)s”."),
    MailWarning.NOT_IN_CP932: _l("Older Japanese mail programs show a box for this sign: %(about)s"),
    MailWarning.LINK_BROKEN: _l("%(about)s does not lead to a page."),
    MailWarning.LINK_SILENT: _l("%(about)s did not answer in time. Try it yourself."),
    MailWarning.LINK_PRIVATE: _l("%(about)s is not on the public Internet: recipients cannot open it."),
    MailWarning.LINKS_NOT_LOOKED_AT: _l("%(about)s further links were not looked at."),
}

# Why a mail cannot be read at all; the line is told before.
FAULTS: dict[str, LazyString] = {
    "block_not_closed": _l("This block is not closed. Write {{/when}} where it ends."),
    "block_nested": _l("A block stands in another one. Close the first with {{/when}} before."),
    "block_not_open": _l("No block is open here. Begin one with {{#when role=…}}, topic=… or department=…"),
    "block_after_else": _l("Nothing can follow {{#else}} but {{/when}}: it is read by all the rest."),
    "block_too_many": _l("A mail has at most 20 blocks of 10 ways each. Take some out."),
    "block_condition": _l("This is no condition. Write role=, topic= or department= and one or more names."),
    "block_role": _l("This role is not known. Write decision_maker, approver, influencer, champion, drafter, …"),
    "block_in_tag": _l("A block stands inside a tag, comment or style sheet. Put it around the whole of it."),
    "block_in_subject": _l("Subject and preheader cannot hold a block. Write them so that everybody can read them."),
    "mjml_unclosed": _l("What begins here is not closed."),
    "mjml_closes_nothing": _l("This closes nothing that is open here. Take it out, or open it before."),
    "mjml_include": _l("<mj-include> is not read. Put what it brings into the mail itself."),
    "mjml_unreadable": _l("The MJML cannot be read here."),
    "mail_too_long": _l("The mail is longer than a million signs."),
    "mail_too_deep": _l("More than 500 tags stand in each other. Close them where they end."),
    "too_many_links": _l("The mail has more than 500 links."),
    "hidden_footer": _l("The page hides everything in it, so the legal footer too. Show the body."),
    "css": _l("The styles cannot be read."),
    "reserved_placeholder": _l(
        "The mail holds a placeholder that only sending may put in, like {{pixel}}. Take it out."
    ),
}


def say_fault(error: Invalid) -> str:
    """Why a mail cannot be read, with its line."""
    if error.code not in FAULTS:
        return str(error)
    line = str(error.field).rpartition(":")[2]
    told = str(FAULTS[error.code])
    return f"{_('Line %(line)s', line=line)}: {told}" if line.isdigit() else told
