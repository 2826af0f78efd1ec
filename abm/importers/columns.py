"""Which column of a file holds what: header words in Japanese and English, and a person's own choice."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from abm.errors import Invalid
from abm.importers.layouts import LAYOUTS
from abm.words import ImportField, ImportKind

HEADERS: dict[ImportField, str] = {
    ImportField.COMPANY: (
        "会社名 会社 企業名 企業 法人名 貴社名 御社名 社名 取引先 取引先名 顧客名 顧客企業名 得意先 得意先名 "
        "勤務先 勤務先名 組織 組織名 所属企業 company companyname account accountname organization "
        "organisation organizationname employer firm 団体名"
    ),
    ImportField.CORPORATE_NUMBER: "法人番号 corporatenumber corporateno houjinbangou",
    ImportField.PERSON: (
        "担当者名 担当者 ご担当者名 ご担当者 氏名 お名前 名前 ご芳名 先方担当者 先方担当 顧客担当者 参加者 "
        "参加者名 name fullname contact contactname person username username(originalname) displayname "
        "attendee participant participantname"
    ),
    ImportField.FAMILY_NAME: "姓 氏名[姓] 氏名(姓) 苗字 名字 担当者姓 lastname familyname surname",
    ImportField.GIVEN_NAME: "名 氏名[名] 氏名(名) 担当者名(名) firstname givenname",
    ImportField.KANA: (
        "フリガナ ふりがな カナ 氏名カナ 担当者カナ 氏名フリガナ 読み ヨミ 読み仮名 担当者名フリガナ "
        "担当者名カナ kana furigana"
    ),
    ImportField.DEPARTMENT: "部署 部署名 所属 所属部署 部門 部門名 部課 部課名 department dept division",
    ImportField.TITLE: "役職 役職名 肩書 肩書き 職位 title jobtitle position",
    ImportField.EMAIL: (
        "メールアドレス メール eメール eメールアドレス 電子メール mail email emailaddress e-mail e-mailaddress "
        "mailaddress e-mail(1) e-mail1 アドレス participantid upn"
    ),
    ImportField.PHONE: (
        "電話番号 電話 tel tel会社 tel(1) tel1 tel部門 tel直通 telno 電話番号1 連絡先 連絡先電話番号 代表電話 "
        "代表番号 直通 直通番号 携帯 携帯電話 "
        "携帯番号 phone phonenumber telephone mobile mobilephone"
    ),
    ImportField.POSTCODE: "郵便番号 〒 postcode postalcode zip zipcode",
    ImportField.PREFECTURE: "都道府県 都道府県名 県 prefecture state state/province",
    ImportField.ADDRESS: "住所 所在地 本社所在地 住所1 会社住所 address street",
    ImportField.INDUSTRY: "業種 業界 業種名 industry sector",
    ImportField.CLOSING_MONTH: "決算月 決算期 決算 closingmonth fiscalyearend fiscalclosingmonth",
    ImportField.LAST_CONTACTED_ON: (
        "最終対応日 名刺交換日 最終接触日 最終連絡日 最終訪問日 最終コンタクト日 対応日 lastcontact lastcontacted "
        "lastcontactdate lastcontactedon lastactivity"
    ),
    ImportField.MEMO: (
        "過去のやり取り・メモ 過去のやり取り メモ 備考 やり取り 対応履歴 対応内容 コメント 特記事項 memo note "
        "notes remarks comment comments history"
    ),
    ImportField.REGISTERED_AT: (
        "登録日時 登録時間 登録日 申込日時 申込日 registrationtime registeredat registrationdate"
    ),
    ImportField.APPROVAL: "承認状況 承認ステータス approvalstatus",
    ImportField.JOINED_AT: "参加時間 参加時刻 参加日時 最初の参加 入室時刻 jointime joinedat firstjoin",
    ImportField.LEFT_AT: "退出時間 退出時刻 退出日時 最後の退出 退室時刻 leavetime leftat lastleave",
    ImportField.MINUTES: (
        "セッション時間 セッションの時間(分) セッション時間(分) 参加時間(分) 視聴時間 視聴時間(分) "
        "会議での時間 会議の長さ 会議の期間 所要時間(分) timeinsession(minutes) timeinsession "
        "in-meetingduration duration minutes attendanceduration duration(minutes)"
    ),
    ImportField.NUMBER: (
        "商談番号 商談id 案件番号 案件id 契約番号 契約id チケット番号 チケットid 問い合わせ番号 問合せ番号 "
        "お問い合わせ番号 "
        "受付番号 注文番号 注文id 受注番号 発注番号 伝票番号 管理番号 dealid dealnumber opportunityid contractid "
        "contractnumber ticketid ticketnumber casenumber caseid orderid ordernumber invoicenumber number"
    ),
    ImportField.SUBJECT: (
        "商談名 案件名 契約名 契約件名 契約内容 件名 タイトル 問い合わせ件名 お問い合わせ件名 問い合わせ内容 "
        "お問い合わせ内容 品名 "
        "商品名 注文内容 品目 dealname opportunityname contractname subject ticketsubject item itemname"
    ),
    ImportField.STATE: (
        "商談ステージ 商談フェーズ ステージ フェーズ 進捗 契約状態 契約ステータス 対応状況 ステータス 状態 stage "
        "dealstage "
        "status contractstatus ticketstatus state phase"
    ),
    ImportField.AMOUNT: (
        "金額 商談金額 見込金額 契約金額 年間契約金額 月額 受注金額 注文金額 売上金額 合計金額 amount dealamount "
        "contractvalue "
        "ordertotal total price"
    ),
    ImportField.QUANTITY: "数量 個数 台数 ライセンス数 quantity qty",
    ImportField.PROBABILITY: "確度 受注確度 確率 probability probability(%) 受注確度(%) 確度(%)",
    ImportField.PRODUCT: "製品 製品名 商材 サービス サービス名 対象製品 導入製品 product productname",
    ImportField.OWNER: (
        "担当営業 営業担当 営業担当者 自社担当 自社担当者 商談担当 商談所有者 対応者 owner dealowner opportunityowner "
        "salesrep assignee"
    ),
    ImportField.EXPECTED_CLOSE_ON: (
        "受注予定日 完了予定日 クローズ予定日 成約予定日 expectedclose expectedclosedate closedate"
    ),
    ImportField.CLOSED_ON: (
        "クローズ日 完了日 完了日時 成約日 失注日 解決日 解決日時 closedat closedon closeddate resolvedat"
    ),
    ImportField.LOST_REASON: "失注理由 敗因 lostreason closedlostreason",
    ImportField.COMPETITORS: "競合 競合他社 競合企業 competitor competitors",
    ImportField.STARTS_ON: "契約開始日 開始日 利用開始日 契約日 startdate startson contractstart contractstartdate",
    ImportField.ENDS_ON: "契約終了日 終了日 満了日 契約満了日 enddate endson contractend contractenddate expirydate",
    ImportField.RENEWS_ON: "更新日 契約更新日 更新期限 次回更新日 renewaldate renewson",
    ImportField.RENEWS_ITSELF: "自動更新 自動更新有無 autorenew autorenewal",
    ImportField.OPENED_ON: (
        "問い合わせ日 問合せ日 お問い合わせ日 問い合わせ日時 受付日 受付日時 起票日 createdat openedat dateopened"
    ),
    ImportField.SEVERITY: "重要度 優先度 緊急度 severity priority",
    ImportField.COMPLAINT: "クレーム 苦情 complaint",
    ImportField.ORDERED_ON: "注文日 受注日 発注日 購入日 売上日 計上日 orderdate orderedat purchasedate",
}
DECORATION = re.compile(
    r"[\s※＊*●◎■□:：_]|【[^】]*】|\[[^\]]*\]|\((?:必須|任意|required|optional|半角|全角|個人|会社)\)"
)


def _folded(header: str) -> str:
    return "".join(unicodedata.normalize("NFKC", header).casefold().split())


def _plain(header: str) -> str:
    return DECORATION.sub("", _folded(header))


# Both forms of a header that contains decoration of its own (過去のやり取り・メモ) stay equal to what a file says.
FIELDS = {form(word): field for form in (_plain, _folded) for field, words in HEADERS.items() for word in words.split()}
NEEDED = {
    ImportKind.CUSTOMERS: (ImportField.COMPANY,),
    ImportKind.WEBINAR: (ImportField.EMAIL,),
    ImportKind.DEALS: (ImportField.COMPANY, ImportField.SUBJECT),
    ImportKind.CONTRACTS: (ImportField.COMPANY,),
    ImportKind.TICKETS: (ImportField.COMPANY, ImportField.SUBJECT),
    ImportKind.ORDERS: (ImportField.COMPANY, ImportField.ORDERED_ON),
}
# Columns that only one kind of file has; the first kind of which a file has one is its kind.
TELLING: dict[ImportKind, frozenset[ImportField]] = {
    ImportKind.ORDERS: frozenset((ImportField.ORDERED_ON,)),
    # A day of renewal alone says little: many a list calls so the day on which its row was changed.
    ImportKind.CONTRACTS: frozenset((ImportField.ENDS_ON, ImportField.RENEWS_ITSELF)),
    ImportKind.DEALS: frozenset(
        (ImportField.PROBABILITY, ImportField.EXPECTED_CLOSE_ON, ImportField.LOST_REASON, ImportField.COMPETITORS)
    ),
    ImportKind.TICKETS: frozenset((ImportField.OPENED_ON, ImportField.SEVERITY, ImportField.COMPLAINT)),
}
# And words that name the record itself.
NAMING: dict[ImportKind, frozenset[str]] = {
    ImportKind.ORDERS: frozenset(("注文番号", "注文id", "受注番号", "ordernumber", "orderid")),
    ImportKind.CONTRACTS: frozenset(("契約番号", "契約名", "契約件名", "contractnumber", "contractname")),
    ImportKind.DEALS: frozenset(("商談名", "案件名", "商談番号", "商談ステージ", "dealname", "opportunityname")),
    ImportKind.TICKETS: frozenset(
        ("チケット番号", "問い合わせ番号", "問い合わせ件名", "ticketid", "ticketnumber", "casenumber")
    ),
}
OF_WEBINARS = frozenset(
    (ImportField.REGISTERED_AT, ImportField.APPROVAL, ImportField.JOINED_AT, ImportField.LEFT_AT, ImportField.MINUTES)
)
_FIRST_OF_RECORDS = list(ImportField).index(ImportField.NUMBER)
OF_PEOPLE = frozenset(field for field in list(ImportField)[:_FIRST_OF_RECORDS] if field not in OF_WEBINARS)
# Exports of business cards, by columns that only they have. Eight: the CSV of its card download (help page "データ化に
# ついて" of eight.zendesk.com lists the fields). Sansan: the card format of jp-help.sansan.com, articles 206509257 and
# 206511317, which name 名刺所有者ユーザID, 会社名 and 氏名[姓] as required, and e-mail(1).
CARD_LAYOUTS = {"eight": ("tel会社", "tel部門", "名刺交換日"), "sansan": ("名刺所有者ユーザid", "氏名[姓]")}
ATTENDANCE = {ImportField.REGISTERED_AT, ImportField.JOINED_AT, ImportField.MINUTES}


def field_of(header: str) -> ImportField | None:
    """What a header word means, or None."""
    return FIELDS.get(_folded(header)) or FIELDS.get(_plain(header))


def find_columns(header: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[ImportField, int]:
    """Position of each field in the header; `mapping` {our field: header} wins over the header's own words.

    A field that is mapped to nothing is left out, whatever the header says.
    """
    columns: dict[ImportField, int] = {}
    left_out = left_out_of(mapping)
    chosen = _chosen_columns(header, mapping or {})
    for position, word in enumerate(header):
        field = field_of(word)
        if field and field not in columns and field not in left_out and position not in chosen.values():
            columns[field] = position
    found = {**columns, **chosen}
    if ImportField.PERSON not in found and ImportField.GIVEN_NAME in found and ImportField.FAMILY_NAME not in found:
        given = found.pop(ImportField.GIVEN_NAME)
        found |= {} if ImportField.PERSON in left_out else {ImportField.PERSON: given}
    return found


def left_out_of(mapping: Mapping[str, str] | None) -> frozenset[ImportField]:
    """The fields that a person's map leaves out."""
    known = set(ImportField)
    return frozenset(ImportField(name) for name, word in (mapping or {}).items() if not word and name in known)


def card_layout(header: Sequence[str]) -> str | None:
    """Whose export of business cards this is: eight, sansan, or nobody's."""
    words = {_folded(word) for word in header}
    return next((name for name, telling in CARD_LAYOUTS.items() if words.issuperset(telling)), None)


def kind_of(columns: Mapping[ImportField, int], header: Sequence[str] = ()) -> ImportKind | None:
    """What a file with these columns holds; an attendance column makes it a webinar's, a deal's name one of deals."""
    if ImportField.EMAIL in columns and ATTENDANCE & set(columns):
        return ImportKind.WEBINAR
    if ImportField.COMPANY not in columns:
        return None
    words = {_plain(word) for word in header}
    told = (
        kind
        for kind, telling in TELLING.items()
        if (telling & set(columns) or words & NAMING[kind]) and _has_needed(columns, kind)
    )
    return next(told, ImportKind.CUSTOMERS)


def fields_of(kind: ImportKind) -> list[ImportField]:
    """What a file of this kind can hold, in the order of our words."""
    own = OF_WEBINARS if kind == ImportKind.WEBINAR else set(LAYOUTS[kind].readers) if kind in LAYOUTS else set()
    pointing = {ImportField.PRODUCT} if kind in LAYOUTS else set()
    if kind in LAYOUTS and LAYOUTS[kind].has_owner:
        pointing.add(ImportField.OWNER)
    return [field for field in ImportField if field in OF_PEOPLE | own | pointing]


def columns_of(kind: ImportKind, columns: Mapping[ImportField, int]) -> dict[ImportField, int]:
    """The columns that a file of this kind is read by; the others are left alone."""
    known = set(fields_of(kind))
    return {field: at for field, at in columns.items() if field in known}


def check_columns(columns: Mapping[ImportField, int], kind: ImportKind, header: Sequence[str]) -> None:
    """Raise Invalid when a column is missing without which no row can be read."""
    for field in NEEDED[kind]:
        if field not in columns:
            names = " / ".join(HEADERS[field].split()[:3])
            raise Invalid(
                f"no column for {field.value} ({names}) among {_shown(header)};"
                f" name the column so, or map it: {{'{field.value}': 'your header'}}",
                "header",
                f"no_{field.value}_column",
            )


def _has_needed(columns: Mapping[ImportField, int], kind: ImportKind) -> bool:
    return all(field in columns for field in NEEDED[kind])


def _chosen_columns(header: Sequence[str], mapping: Mapping[str, str]) -> dict[ImportField, int]:
    places = {word.strip(): position for position, word in reversed(list(enumerate(header)))}
    chosen = {}
    for name, word in ((name, str(word)) for name, word in mapping.items()):
        if name not in set(ImportField):
            raise Invalid(
                f"unknown field {name!r} in the map; known are {', '.join(ImportField)}", "map", "unknown_field"
            )
        if not word:
            continue
        if word.strip() not in places:
            raise Invalid(
                f"the map names a column {word!r} that the header {_shown(header)} lacks", "map", "unknown_header"
            )
        chosen[ImportField(name)] = places[word.strip()]
    return chosen


def _shown(header: Sequence[str]) -> str:
    return ", ".join(repr(word[:30]) for word in header[:12] if word.strip()) or "no words at all"
