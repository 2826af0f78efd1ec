"""What words of our own site are called."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import FormField, FormKind, PageKind

SITE: dict[type[StrEnum], dict[str, LazyString]] = {
    PageKind: {
        PageKind.KEY: _l("Key page: interest"),
        PageKind.CAREERS: _l("Careers page: looks for work"),
    },
    FormKind: {
        FormKind.INQUIRY: _l("Inquiry form"),
        FormKind.DEMO: _l("Demonstration wanted"),
        FormKind.QUOTE: _l("Quote wanted"),
        FormKind.DOWNLOAD: _l("Before a file"),
    },
    FormField: {
        FormField.COMPANY: _l("Company"),
        FormField.DEPARTMENT: _l("Department"),
        FormField.NAME: _l("Name"),
        FormField.MAIL: _l("Mail address"),
        FormField.PHONE: _l("Phone"),
        FormField.MESSAGE: _l("Message"),
    },
}
