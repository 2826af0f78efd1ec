"""Words of personal data: what is kept for how long."""

from enum import StrEnum


class Kept(StrEnum):
    """What is dropped by itself when its time is over."""

    NETWORK_ADDRESSES = "network_addresses"
    IMPORT_FILES = "import_files"
    CAUGHT_MAILS = "caught_mails"
    PROVIDER_REPORTS = "provider_reports"
    SIMULATIONS = "simulations"
    SILENT_CONTACTS = "silent_contacts"


class FileGone(StrEnum):
    """Why the file of an import is no longer kept."""

    OUTLIVED = "outlived"
    PERSON_ERASED = "person_erased"
