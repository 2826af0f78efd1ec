"""Labelled traffic: firms with mail gateways of many kinds, people of many kinds, and who really made each hit.

Nothing here knows the rules: gateways and people do what such gateways and people do. The same seed, the same traffic.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from abm.words import HitKind
from tests.worlds import NOON
from tracking.verdict import Facts

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)
EDGE = CHROME + " Edg/{}.0.0.0"
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.{} Safari/605.1.15"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.{} Mobile/15E148 Safari/604.1"
)
OLD = (
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 Safari/537.36",
)
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)"
APPLE_PROXY = "Mozilla/5.0"
GMAIL_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
SECOND, MINUTE, HOUR = 1.0, 60.0, 3600.0


@dataclass
class Letter:
    """A mail on its way to one person: what is in it, and all that was asked for."""

    random: Random
    message: str
    contact: str
    domain: str
    links: list[str]
    file: str
    delivered_at: datetime
    tells_delivery: bool
    hits: list[tuple[Facts, str]] = field(default_factory=list)

    def hit(self, who: str, kind: HitKind, after: float, agent: str, ip: str, **over: object) -> None:
        """Something was asked for so many seconds after delivery."""
        values = {
            "id": f"{self.message}.{len(self.hits)}",
            "kind": kind,
            "at": self.delivered_at + timedelta(seconds=after),
            "method": "GET",
            "message": self.message,
            "user_agent": agent,
            "contact": self.contact,
            "domain": self.domain,
            "ip": ip,
            "delivered_at": self.delivered_at if self.tells_delivery else None,
            **over,
        }
        self.hits.append((Facts(**values), who))

    def click(self, who: str, link: str, after: float, agent: str, ip: str, **over: object) -> None:
        """A link was followed; the one to the file downloads it."""
        kind = HitKind.DOWNLOAD if link == self.file else HitKind.CLICK
        self.hit(who, kind, after, agent, ip, link=link, **over)


@dataclass
class Firm:
    """A company's mail: its people, the address they share, and what stands before their mailboxes."""

    domain: str
    people: list[str]
    ip: str
    gateway: str | None
    cloud: str
    agent: str


Gateway = Callable[[Letter, Firm, Random], None]


def _all(letter: Letter) -> list[str]:
    return [*letter.links, letter.file]


def _says_its_name(letter: Letter, firm: Firm, random: Random) -> None:
    agent = random.choice(("BarracudaCentral Scanner 1.0", "Mimecast-URL/2.1", "Mozilla/5.0 (compatible; m-FILTER)"))
    start = random.uniform(1, 400)
    for place, link in enumerate(_all(letter)):
        letter.click("machine", link, start + place * random.uniform(0.1, 30), agent, firm.cloud)


def _asks_head_then_get(letter: Letter, firm: Firm, random: Random) -> None:
    start = random.uniform(2, 120)
    for place, link in enumerate(_all(letter)):
        letter.click("machine", link, start + place * 2, firm.agent, firm.cloud, method="HEAD")
        letter.click("machine", link, start + place * 2 + random.uniform(0.2, 6), firm.agent, firm.cloud)


def _follows_all_with_the_trap(letter: Letter, firm: Firm, random: Random) -> None:
    start = random.uniform(3, 200)
    letter.hit("machine", HitKind.OPEN, start, firm.agent, firm.cloud)
    for place, link in enumerate(_all(letter)):
        letter.click("machine", link, start + place * random.uniform(0.1, 2), firm.agent, firm.cloud)
    letter.click("machine", "trap", start + 6, firm.agent, firm.cloud, honeypot=True)


def _follows_all_seen_at_once(letter: Letter, firm: Firm, random: Random) -> None:
    start = random.uniform(1, 90)
    for place, link in enumerate(_all(letter)):
        letter.click("machine", link, start + place * random.uniform(0.05, 1.5), firm.agent, firm.cloud)


def _follows_the_first_at_once(letter: Letter, firm: Firm, random: Random) -> None:
    letter.click("machine", letter.links[0], random.uniform(0.3, 9), firm.agent, firm.cloud)


def _follows_the_first_in_minutes(letter: Letter, firm: Firm, random: Random) -> None:
    letter.click("machine", letter.links[0], random.uniform(30, 400), firm.agent, firm.cloud)


def _follows_slowly(letter: Letter, firm: Firm, random: Random) -> None:
    after = random.uniform(20, 180)
    for link in _all(letter):
        letter.click("machine", link, after, firm.agent, firm.cloud)
        after += random.uniform(12, 50)


def _reads_pictures_then_follows(letter: Letter, firm: Firm, random: Random) -> None:
    after = random.uniform(5, 120)
    letter.hit("machine", HitKind.OPEN, after, firm.agent, firm.cloud)
    for link in letter.links[:2]:
        after += random.uniform(2, 15)
        letter.click("machine", link, after, firm.agent, firm.cloud)


def _from_the_cloud_under_many_names(letter: Letter, firm: Firm, random: Random) -> None:
    ip = f"{random.choice(('54.162', '52.29', '34.88', '20.52'))}.{random.randrange(256)}.{random.randrange(1, 255)}"
    agent = CHROME.format(random.randrange(100, 142))
    letter.click("machine", random.choice(letter.links), random.uniform(20, 500), agent, ip)


def _as_the_firms_own_proxy(letter: Letter, firm: Firm, random: Random) -> None:
    """An appliance in the house: its requests leave by the address that people browse from."""
    start = random.uniform(1, 40)
    for place, link in enumerate(_all(letter)):
        letter.click("machine", link, start + place * random.uniform(0.1, 2), firm.agent, firm.ip)


def _two_links_at_night(letter: Letter, firm: Firm, random: Random) -> None:
    after = random.uniform(60, 900)
    for link in letter.links[:2]:
        letter.click("machine", link, after, firm.agent, firm.cloud)
        after += random.uniform(1, 5)


def _everybody_at_once(letter: Letter, firm: Firm, random: Random) -> None:
    """The queue of a firm is worked off in one go, a few minutes after it came."""
    after = 240 + Random(f"{letter.message.split('-')[0]} {firm.domain}").uniform(0, 200)
    letter.click("machine", letter.links[0], after + random.uniform(0, 3), firm.agent, firm.cloud)


def _before_it_is_delivered(letter: Letter, firm: Firm, random: Random) -> None:
    for link in random.sample(_all(letter), 2):
        letter.click("machine", link, random.uniform(-20, 1), firm.agent, firm.cloud)


def _follows_and_runs_scripts(letter: Letter, firm: Firm, random: Random) -> None:
    start = random.uniform(10, 100)
    letter.click("machine", letter.links[0], start, firm.agent, firm.cloud)
    letter.hit("machine", HitKind.PAGE, start + 2, firm.agent, firm.cloud, message=None)
    letter.click("machine", letter.file, start + random.uniform(5, 80), firm.agent, firm.cloud)


GATEWAYS: dict[str, Gateway] = {
    function.__name__.strip("_"): function
    for function in (
        _says_its_name,
        _asks_head_then_get,
        _follows_all_with_the_trap,
        _follows_all_seen_at_once,
        _follows_the_first_at_once,
        _follows_the_first_in_minutes,
        _follows_slowly,
        _reads_pictures_then_follows,
        _from_the_cloud_under_many_names,
        _as_the_firms_own_proxy,
        _two_links_at_night,
        _everybody_at_once,
        _before_it_is_delivered,
        _follows_and_runs_scripts,
    )
}


@dataclass(frozen=True)
class Human:
    """How somebody reads mail."""

    agent: str
    ip: str
    reader: str = ""
    shows_pictures: float = 0.7
    clicks: float = 0.3
    median: float = 2 * HOUR


def _delay(human: Human, random: Random) -> float:
    """From delivery to reading: minutes to days, seldom less than a quarter of a minute."""
    return max(15.0, random.lognormvariate(0, 1.6) * human.median)


def _reads(letter: Letter, human: Human, random: Random) -> None:
    after = _delay(human, random)
    if human.reader == APPLE_PROXY:
        letter.hit("machine", HitKind.OPEN, random.uniform(5, 3000), APPLE_PROXY, "17.58.101.7")
    elif random.random() < human.shows_pictures:
        letter.hit("person", HitKind.OPEN, after, human.reader or human.agent, human.ip)
    if random.random() >= human.clicks:
        return
    after += 4 + random.expovariate(1 / 30)
    for _ in range(random.choices((1, 2, 3), (0.8, 0.15, 0.05))[0]):
        link = random.choice(_all(letter))
        letter.click("person", link, after, human.agent, human.ip)
        if random.random() < 0.08:
            letter.click("person", link, after + random.uniform(0.2, 1.5), human.agent, human.ip)
        if random.random() < 0.15:
            letter.hit("person", HitKind.PAGE, after + 3, human.agent, human.ip, message=None)
        after += 5 + random.expovariate(1 / 25)
    if random.random() < 0.1:
        _forwards(letter, after, random)


def _forwards(letter: Letter, after: float, random: Random) -> None:
    """A colleague at home or on the way follows the same links, as the same person."""
    after += random.lognormvariate(0, 1) * HOUR
    letter.click("person", random.choice(letter.links), after, IPHONE.format(1, 1), "126.157.9.9")


def _human(firm: Firm, random: Random) -> Human:
    chrome = random.randrange(136, 142)
    office = Human(CHROME.format(chrome), firm.ip)
    kinds = (
        office,
        Human(EDGE.format(chrome, chrome), firm.ip, OUTLOOK, shows_pictures=0.4),
        Human(CHROME.format(chrome), firm.ip, OUTLOOK, shows_pictures=0.0),
        Human(MAC.format(1), _home(random), APPLE_PROXY),
        Human(IPHONE.format(1, 1), f"49.98.{random.randrange(256)}.{random.randrange(1, 255)}", median=0.5 * HOUR),
        Human(CHROME.format(141), _home(random), GMAIL_PROXY, median=1 * HOUR),
        Human(random.choice(OLD), firm.ip, median=5 * HOUR),
        # A cloud desktop, and a VPN that ends in a rented machine.
        Human(CHROME.format(140), f"20.210.{random.randrange(4)}.{random.randrange(1, 255)}", OUTLOOK),
        Human(MAC.format(2), f"45.76.{random.randrange(256)}.{random.randrange(1, 255)}"),
        # Reads within minutes of every mail, and a manager who clears the box at night.
        Human(office.agent, firm.ip, median=0.1 * HOUR, clicks=0.5),
        Human(IPHONE.format(2, 2), _home(random), APPLE_PROXY, median=12 * HOUR),
        # Sits before the very machine that the gateway pretends to be.
        Human(firm.agent, firm.ip),
    )
    return random.choices(kinds, (20, 12, 8, 6, 10, 6, 5, 3, 2, 5, 5, 4))[0]


def _home(random: Random) -> str:
    return f"{random.choice((60, 114, 118, 126, 153, 219))}.{random.randrange(50, 120)}.{random.randrange(256)}.7"


def make_firms(random: Random, number: int) -> list[Firm]:
    """Firms, some with a few people in the list and some with many; two of three have a gateway."""
    kinds = list(GATEWAYS)
    return [
        Firm(
            domain=f"firm{place}.example",
            people=[f"firm{place}-{person}" for person in range(random.choice((1, 2, 3, 4, 6, 9, 14)))],
            ip=f"203.{random.randrange(100, 220)}.{random.randrange(256)}.10",
            gateway=kinds[place % len(kinds)] if random.random() < 0.66 else None,
            cloud=f"185.{random.randrange(40, 90)}.{random.randrange(256)}.{random.randrange(1, 255)}",
            agent=CHROME.format(random.randrange(125, 142)),
        )
        for place in range(number)
    ]


def make_traffic(
    seed: int, firms: int = 140, mails: int = 4, *, with_ip: bool = True, tells_delivery: bool = True
) -> list[tuple[Facts, str, str]]:
    """Hits of some mails to the people of all firms, who made each, and of which kind; in no particular order."""
    random = Random(seed)
    found: list[tuple[Facts, str, str]] = []
    for firm in make_firms(random, firms):
        people = {person: _human(firm, random) for person in firm.people}
        for mail in range(mails):
            sent_at = NOON + timedelta(days=3 * mail, seconds=random.uniform(0, 60))
            found.extend(_mail(firm, people, mail, sent_at, random, tells_delivery))
    random.shuffle(found)
    return found if with_ip else [(hit._replace(ip=""), who, kind) for hit, who, kind in found]


def _mail(
    firm: Firm, people: dict[str, Human], mail: int, sent_at: datetime, random: Random, tells_delivery: bool
) -> Iterator[tuple[Facts, str, str]]:
    links = [f"mail{mail}-link{number}" for number in range(2 + mail % 3)]
    for person, human in people.items():
        letter = Letter(
            random=random,
            message=f"m{mail}-{person}",
            contact=person,
            domain=firm.domain,
            links=links,
            file=f"mail{mail}-file",
            delivered_at=sent_at + timedelta(seconds=random.uniform(0, 5)),
            tells_delivery=tells_delivery,
        )
        if firm.gateway:
            GATEWAYS[firm.gateway](letter, firm, random)
        if random.random() < 0.6:
            _reads(letter, human, random)
        for hit, who in letter.hits:
            yield hit, who, (firm.gateway or "apple") if who == "machine" else human.agent
