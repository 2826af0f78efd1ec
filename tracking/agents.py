"""User agents that are machines: the public crawler list, and the mail gateways and previews it leaves out."""

import re
from functools import lru_cache

from crawleruseragents import is_crawler  # type: ignore[import-untyped]  # the package has no types

# What scanners of mail and links call themselves, and libraries that people do not browse with.
GATEWAYS = re.compile(
    r"barracuda|mimecast|proofpoint|urldefense|safelinks|messagelabs|symantec|ironport|fireeye|trellix|forcepoint"
    r"|websense|sophos|zscaler|trend ?micro|kaspersky|bitdefender|f-?secure|eset |vade ?secure|hornetsecurity"
    r"|cloudmark|spamtitan|mailscanner|mailguard|mailcleaner|cyren|area ?1|abnormal ?security|ironscales"
    r"|checkpoint|fortimail|fortiguard|m-?filter|digital ?arts|guardianwall|active! ?zone"
    r"|line-poker|linkcheck|link ?preview|prefetch|\bbot\b|crawler|spider|scanner"
    r"|^java/|^ruby|^wget|^libcurl|^okhttp|^axios|^node-fetch|^undici|^winhttp|^php/|powershell",
    re.IGNORECASE,
)


@lru_cache(maxsize=65_536)
def is_machine_agent(user_agent: str) -> bool:
    """Whether a program, not a person's browser or mail reader, calls itself this."""
    return is_crawler(user_agent) or GATEWAYS.search(user_agent) is not None


def is_browser(user_agent: str) -> bool:
    """Whether this looks like a browser: all of them begin so since 1994."""
    return user_agent.startswith(("Mozilla/", "Opera/"))
