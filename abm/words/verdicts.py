"""Words of verdicts: why a hit is taken for a person's or a machine's."""

from enum import StrEnum


class VerdictReason(StrEnum):
    """Why a verdict is what it is."""

    # Proven: an act that only a person does.
    REPLIED = "replied"
    ATTENDED = "attended"
    REGISTERED = "registered"
    FORM_SENT = "form_sent"
    DOWNLOAD_AFTER_PAGE = "download_after_page"
    # Machine, by what the hit itself says.
    MACHINE_AGENT = "machine_agent"
    PICTURE_PROXY = "picture_proxy"
    HEAD_REQUEST = "head_request"
    HONEYPOT = "honeypot"
    # Machine, by what stands beside it.
    NEAR_MACHINE = "near_machine"
    LINKS_AT_ONCE = "links_at_once"
    TOO_SOON = "too_soon"
    COLLEAGUES_AT_ONCE = "colleagues_at_once"
    HAMMERED = "hammered"
    # Machine, by what is known of where it comes from.
    GATEWAY_NETWORK = "gateway_network"
    KNOWN_GATEWAY = "known_gateway"
    SCANNED_DOMAIN = "scanned_domain"
    SCANNING_NETWORK = "scanning_network"
    DATA_CENTRE = "data_centre"
    # Likely a person.
    BROWSER = "browser"
    PROVEN_NEARBY = "proven_nearby"
    STOP_POSTED = "stop_posted"
    # Nobody knows.
    OPEN_ALONE = "open_alone"
    SOON = "soon"
    NO_BROWSER = "no_browser"
    NOT_RATED = "not_rated"
    # Whatever the rules say, somebody said otherwise.
    OVERRULED = "overruled"
