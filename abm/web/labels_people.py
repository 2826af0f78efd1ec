"""Words for the enums of people: why two records may be one person."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import PersonRule

PEOPLE: dict[type[StrEnum], dict[str, LazyString]] = {
    PersonRule: {
        PersonRule.SAME_NAME: _l("same name"),
        PersonRule.SAME_MOBILE: _l("same mobile number"),
    },
}
