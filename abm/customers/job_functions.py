"""Job functions: what a person's work is about, proposed from title and department."""

import re
import unicodedata
from functools import lru_cache

from abm.words import JobFunction

# What stands first wins: 情報システム企画部 is about information, 経営企画室 about management, 営業企画部 about sales.
WORDS = (
    (
        JobFunction.INFORMATION,
        r"情報シス|情シス|情報(?:企画|管理|推進|基盤|通信|セキュリティ|統括|部|課|室|本部)|システム(?:部|課|室|企画|管理|推進|統括|運用|本部)"
        r"|デジタル|電算|ネットワーク|dx|\bit\b|\bcio\b|\bciso\b|\bcdo\b|information (?:systems|technology)|digital",
    ),
    (JobFunction.PURCHASING, r"購買|調達|資材|仕入|バイヤー|purchas|procurement|sourcing|\bbuyer\b|supply management"),
    (JobFunction.QUALITY, r"品質|品管|品証|検査|quality|\bq[ac]\b"),
    (JobFunction.RESEARCH, r"研究|開発企画|先行開発|r&d|\br ?and ?d\b|ラボ|research|laboratory|\blab\b"),
    (
        JobFunction.LOGISTICS,
        r"物流|ロジスティ|配送|倉庫|輸送|運輸|出荷|受注センター|サプライチェーン|\bscm\b"
        r"|logistics|warehouse|supply chain|shipping",
    ),
    (
        JobFunction.MARKETING,
        r"マーケ|広報|宣伝|広告|販促|販売促進|ブランド|ウェブ|web|\bpr\b|marketing|\bcmo\b|communications|brand",
    ),
    (
        JobFunction.SALES,
        r"営業|販売|セールス|インサイドセールス|アカウント|特約店|代理店|カスタマーサクセス|\bsales\b"
        r"|business development|account (?:manager|executive)|customer success",
    ),
    (
        JobFunction.PEOPLE,
        r"人事|人材|労務|採用|教育研修|研修|人財|human resources|\bhr\b|\bchro\b|people|talent|recruit",
    ),
    (JobFunction.FINANCE, r"経理|財務|会計|主計|資金|予算管理|税務|finance|accounting|\bcfo\b|treasur|controller"),
    (
        JobFunction.PRODUCTION,
        r"製造|生産|工場|工務|組立|加工|鋳造|プラント|保全|production|manufactur|plant|factory|operations|\bcoo\b",
    ),
    (
        JobFunction.ENGINEERING,
        r"技術|設計|開発|エンジニア|工事|施工|建設|設備|機械|電気|engineer|design|development|technical|\bcto\b",
    ),
    (JobFunction.MANAGEMENT, r"経営|社長室|事業企画|企画|戦略|business planning|strategy|corporate planning"),
    (
        JobFunction.GENERAL,
        r"総務|庶務|管理(?:部|課|室|本部)|業務(?:部|課|室)|法務|秘書|監査室|general affairs|administration|legal",
    ),
)
PATTERNS = tuple((function, re.compile(words)) for function, words in WORDS)
# Who leads a whole firm works on all of it.
LEADS = re.compile(
    r"代表|社長|会長|頭取|取締役|執行役|専務|常務|理事長|オーナー"
    r"|ceo|(?<!vice )president|chairman|founder|owner|managing director"
)


@lru_cache(maxsize=16384)
def job_function_of(title: str | None, department: str | None) -> JobFunction | None:
    """What a person's work is likely about: the department says it first, then the title; None when neither does."""
    place, role = _plain(department), _plain(title)
    return _find(place) or _find(role) or (JobFunction.MANAGEMENT if LEADS.search(role) else None)


def _find(text: str) -> JobFunction | None:
    return next((function for function, words in PATTERNS if words.search(text)), None)


def _plain(text: str | None) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text or "")).strip().casefold()
