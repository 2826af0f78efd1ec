"""Words for the enums of incoming webhooks."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import PostReason

INBOUND: dict[type[StrEnum], dict[str, LazyString]] = {
    PostReason: {
        PostReason.UNREADABLE: _l("The content is not what this provider sends"),
        PostReason.WRONG_SIGNATURE: _l("The signature is wrong: probably forged"),
        PostReason.NO_CERTIFICATE: _l("Amazon's certificate could not be fetched"),
        PostReason.UNKNOWN_SOURCE: _l("This release does not know the source"),
        PostReason.NOT_APPLIED: _l("Reading it failed; the log says why"),
    },
}
