"""Words of the search: what is found, and by what."""

from enum import StrEnum


class SearchKind(StrEnum):
    """Records that the search finds, in the order in which they are shown."""

    ACCOUNT = "account"
    CONTACT = "contact"
    DEAL = "deal"
    CONTRACT = "contract"
    ORDER = "order"
    TICKET = "ticket"
    PRODUCT = "product"
    NOTE = "note"


class SearchField(StrEnum):
    """Where in a record something was found."""

    NAME = "name"
    KANA = "kana"
    MAIL = "mail"
    PHONE = "phone"
    DOMAIN = "domain"
    CORPORATE_NUMBER = "corporate_number"
    NUMBER = "number"
    MEMO = "memo"
    SIMILAR = "similar"
