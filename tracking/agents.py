"""User agents that are machines: the public crawler list, and the mail gateways and previews it leaves out."""

import re
from functools import lru_cache
from hashlib import blake2b

from crawleruseragents import is_crawler  # type: ignore[import-untyped]  # the package has no types

# What scanners of mail and links call themselves, and libraries that people do not browse with.
GATEWAYS = re.compile(
    r"barracuda|mimecast|proofpoint|urldefense|safelinks|messagelabs|symantec|ironport|fireeye|trellix|forcepoint"
    r"|websense|sophos|zscaler|trend ?micro|kaspersky|bitdefender|f-?secure|eset |vade ?secure|hornetsecurity"
    r"|cloudmark|spamtitan|mailscanner|mailguard|mailcleaner|cyren|area ?1|abnormal ?security|ironscales"
    r"|checkpoint|fortimail|fortiguard|m-?filter|i-?filter|digital ?arts|guardianwall|active! ?(zone|gate)"
    r"|interscan|securemx|cipher ?craft|hennge|retarus|libraesva|perception ?point|avanan|egress ?defend"
    r"|line-poker|linkcheck|link ?preview|prefetch|\bbot\b|crawler|spider|scanner|sandbox|headless|phantomjs"
    r"|^java/|^ruby|^wget|^curl|^libcurl|^okhttp|^axios|^node-fetch|^undici|^winhttp|^php/|powershell|^python"
    r"|^go-http|^apache-httpclient|^libwww|^aiohttp|^lwp|^got\b|^reqwest|^guzzle",
    re.IGNORECASE,
)
# Who fetches the pictures of a mail in its reader's stead, when it is read (Gmail, Yahoo) or long before (Apple's Mail
# Privacy Protection, which says only this much of itself): it tells nothing of who follows the links.
PICTURE_PROXIES = re.compile(r"googleimageproxy|ggpht\.com|yahoomailproxy|^mozilla/5\.0$", re.IGNORECASE)
# How browsers begin, since 1994 nearly all alike; the phones of Japan's carriers had ways of their own.
BROWSERS = ("Mozilla/", "Opera/", "DoCoMo/", "KDDI-", "SoftBank/", "UP.Browser")


@lru_cache(maxsize=65_536)
def is_machine_agent(user_agent: str) -> bool:
    """Whether a program, not a person's browser or mail reader, calls itself this."""
    return is_crawler(user_agent) or GATEWAYS.search(user_agent) is not None


@lru_cache(maxsize=65_536)
def is_picture_proxy(user_agent: str) -> bool:
    """Whether this fetches pictures in a reader's stead."""
    return PICTURE_PROXIES.search(user_agent) is not None


def is_browser(user_agent: str) -> bool:
    """Whether this looks like a browser, which says more of itself than its first word."""
    return user_agent.startswith(BROWSERS) and " " in user_agent


@lru_cache(maxsize=65_536)
def agent_mark(user_agent: str) -> str:
    """A short digest that tells agents apart, kept where the agent itself is dropped after a while."""
    return blake2b(user_agent.encode(), digest_size=6).hexdigest()
