"""Which column of a file holds what: header words in Japanese and English, and a person's own choice."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from abm.errors import Invalid
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
    ImportField.FAMILY_NAME: "姓 苗字 名字 担当者姓 lastname familyname surname",
    ImportField.GIVEN_NAME: "名 担当者名(名) firstname givenname",
    ImportField.KANA: (
        "フリガナ ふりがな カナ 氏名カナ 担当者カナ 氏名フリガナ 読み ヨミ 読み仮名 担当者名フリガナ "
        "担当者名カナ kana furigana"
    ),
    ImportField.DEPARTMENT: "部署 部署名 所属 所属部署 部門 部門名 部課 部課名 department dept division",
    ImportField.TITLE: "役職 役職名 肩書 肩書き 職位 title jobtitle position",
    ImportField.EMAIL: (
        "メールアドレス メール eメール eメールアドレス 電子メール mail email emailaddress e-mail e-mailaddress "
        "mailaddress アドレス participantid upn"
    ),
    ImportField.PHONE: (
        "電話番号 電話 tel telno 電話番号1 連絡先 連絡先電話番号 代表電話 代表番号 直通 直通番号 携帯 携帯電話 "
        "携帯番号 phone phonenumber telephone mobile mobilephone"
    ),
    ImportField.POSTCODE: "郵便番号 〒 postcode postalcode zip zipcode",
    ImportField.PREFECTURE: "都道府県 都道府県名 県 prefecture state state/province",
    ImportField.ADDRESS: "住所 所在地 本社所在地 住所1 会社住所 address street",
    ImportField.INDUSTRY: "業種 業界 業種名 industry sector",
    ImportField.CLOSING_MONTH: "決算月 決算期 決算 closingmonth fiscalyearend fiscalclosingmonth",
    ImportField.LAST_CONTACTED_ON: (
        "最終対応日 最終接触日 最終連絡日 最終訪問日 最終コンタクト日 対応日 lastcontact lastcontacted "
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
}
DECORATION = re.compile(
    r"[\s※＊*●◎■□:：_]|【[^】]*】|\[[^\]]*\]|\((?:必須|任意|required|optional|半角|全角|個人|会社)\)"
)


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).casefold()
    return DECORATION.sub("", text)


# Both forms of a header that contains decoration of its own (過去のやり取り・メモ) stay equal to what a file says.
FIELDS = {_plain(word): field for field, words in HEADERS.items() for word in words.split()}
NEEDED = {
    ImportKind.CUSTOMERS: (ImportField.COMPANY,),
    ImportKind.WEBINAR: (ImportField.EMAIL,),
}
ATTENDANCE = {ImportField.REGISTERED_AT, ImportField.JOINED_AT, ImportField.MINUTES}


def field_of(header: str) -> ImportField | None:
    """What a header word means, or None."""
    return FIELDS.get(_plain(header))


def find_columns(header: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[ImportField, int]:
    """Position of each field in the header; `mapping` {our field: header} wins over the header's own words."""
    columns: dict[ImportField, int] = {}
    chosen = _chosen_columns(header, mapping or {})
    for position, word in enumerate(header):
        field = field_of(word)
        if field and field not in columns and position not in chosen.values():
            columns[field] = position
    found = {**columns, **chosen}
    if ImportField.PERSON not in found and ImportField.GIVEN_NAME in found and ImportField.FAMILY_NAME not in found:
        found[ImportField.PERSON] = found.pop(ImportField.GIVEN_NAME)
    return found


def kind_of(columns: Mapping[ImportField, int]) -> ImportKind | None:
    """What a file with these columns holds; an attendance column makes it a webinar's."""
    if ImportField.EMAIL in columns and ATTENDANCE & set(columns):
        return ImportKind.WEBINAR
    return ImportKind.CUSTOMERS if ImportField.COMPANY in columns else None


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


def _chosen_columns(header: Sequence[str], mapping: Mapping[str, str]) -> dict[ImportField, int]:
    places = {word.strip(): position for position, word in reversed(list(enumerate(header)))}
    chosen = {}
    for name, word in ((name, str(word)) for name, word in mapping.items()):
        if name not in set(ImportField):
            raise Invalid(
                f"unknown field {name!r} in the map; known are {', '.join(ImportField)}", "map", "unknown_field"
            )
        if word.strip() not in places:
            raise Invalid(
                f"the map names a column {word!r} that the header {_shown(header)} lacks", "map", "unknown_header"
            )
        chosen[ImportField(name)] = places[word.strip()]
    return chosen


def _shown(header: Sequence[str]) -> str:
    return ", ".join(repr(word[:30]) for word in header[:12] if word.strip()) or "no words at all"
