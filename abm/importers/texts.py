"""What an import says about files and rows, by code, in both languages."""

import re
from collections.abc import Mapping
from typing import Any

from abm.errors import Invalid
from abm.words import Language

# code: (Japanese, English)
ROW_TEXTS: dict[str, tuple[str, str]] = {
    "no_company": ("会社名がありません。会社名を入力してください。", "The company is missing; fill it in."),
    "address_unusable": (
        "メールアドレスとして使えません。正しいアドレスに直すか、空欄にしてください。",
        "This is no usable mail address; correct it or leave the cell empty.",
    ),
    "formula": (
        "会社名・氏名・件名が数式になっています。文字に直してください。",
        "A formula sits in a name (of a company, person or record); type it as text.",
    ),
    "too_many_columns": (
        "列が多すぎます。区切り文字や引用符を確認してください。",
        "The row has far too many cells; check its delimiters and quotation marks.",
    ),
    "signs_lost": (
        "読み取れない文字があります（文字コードの混在または破損）。入力し直してください。",
        "Signs of this cell cannot be read (another encoding, or damage); type it anew.",
    ),
    "header_again": (
        "見出し行がもう一度現れています。この行は取り込みません。",
        "This is the header once more; there is nothing to import in it.",
    ),
    "no_address": (
        "メールアドレスがありません。参加者を特定できません。",
        "There is no mail address, so nobody can say who took part.",
    ),
    "unknown_address": (
        "登録のない担当者です。先に顧客データとして取り込むか、会社名の列を加えてください。",
        "Nobody is known by this address; import the person first, or add a column with the company.",
    ),
    "phone_unreadable": (
        "電話番号を読み取れません。入力のまま表示します。",
        "The phone number cannot be read; it is shown as typed.",
    ),
    "phone_zero_restored": ("電話番号の先頭の 0 を補いました。", "The leading zero of the phone number was put back."),
    "phone_first_of_several": (
        "電話番号が複数あるため、最初の番号を使います。",
        "Of several phone numbers the first is used.",
    ),
    "date_unreadable": ("日付を読み取れません。", "The date cannot be read."),
    "corporate_number_unreadable": (
        "法人番号として正しくありません（13桁、検査数字）。",
        "This is no valid corporate number (13 digits with a check digit).",
    ),
    "postcode_zero_restored": ("郵便番号の先頭の 0 を補いました。", "The leading zero of the postcode was put back."),
    "postcode_unusual": (
        "国内の郵便番号の形式ではありません。入力のまま使います。",
        "This is no Japanese postcode; it is kept as typed.",
    ),
    "month_unreadable": ("決算月を読み取れません。", "The closing month cannot be read."),
    "state_unknown": (
        "状態・ステージの値が分かりません。既定の値にします。",
        "This state is unknown; the usual one is taken.",
    ),
    "lost_reason_unknown": (
        "失注理由の値が分かりません。「その他」にします。",
        "This reason is unknown; it counts as another one.",
    ),
    "severity_unknown": (
        "重要度の値が分かりません。「中」にします。",
        "This severity is unknown; it counts as normal.",
    ),
    "owner_unknown": (
        "この名前またはアドレスのユーザーがいません。担当は空欄にします。",
        "No user has this name or mail address; nobody becomes the owner.",
    ),
    "amount_unreadable": (
        "金額を読み取れません。例: 1,200万円、¥1,200,000",
        "The amount cannot be read; write it as 1,200,000.",
    ),
    "amount_negative": ("金額がマイナスです。取り込みません。", "The amount is below zero; it is not taken."),
    "count_unreadable": ("数を読み取れません。", "The number cannot be read."),
    "probability_unreadable": (
        "確度を読み取れません。0〜100 の数字か A・B・C で入力してください。",
        "The probability cannot be read; give 0 to 100, or A, B or C.",
    ),
    "no_order_date": (
        "注文日がない、または読み取れません。日付を入力してください。",
        "The day of the order is missing or cannot be read; fill it in.",
    ),
    "custom_number_unreadable": ("数値を読み取れません。", "This is no number; it is not taken."),
    "custom_date_unreadable": ("日付を読み取れません。", "This is no date; it is not taken."),
    "custom_unknown": ("選択肢にない値です。取り込みません。", "This is none of the choices; it is not taken."),
    "custom_too_long": ("長すぎる値です。取り込みません。", "This is too long; it is not taken."),
    "extra_cells": (
        "見出しより右に値があります。その値は取り込みません。",
        "There are values beyond the last header; they are not imported.",
    ),
}
FILE_TEXTS: dict[str, str] = {
    "empty_file": "ファイルが空です。保存されているか確認し、もう一度選んでください。",
    "too_large": "ファイルが大きすぎます。必要なシートや列だけにするか、分割して取り込んでください。",
    "old_excel": "旧形式（.xls）またはパスワード付きのブックです。パスワードなしの .xlsx で保存し直してください。",
    "not_a_workbook": "拡張子は Excel ですが、ブックではありません。.xlsx または CSV で保存し直してください。",
    "unreadable_workbook": "Excel のブックとして読み取れません。Excel で開き、.xlsx で保存し直してください。",
    "unknown_encoding": "文字コードを判別できません。UTF-8 で保存し直すか、文字コードを指定してください。",
    "wrong_encoding": "指定または判別した文字コードでは読み取れません。別の文字コードを指定してください。",
    "unknown_encoding_name": "この名前の文字コードは使えません。",
    "nul_bytes": "NUL 文字が含まれています。ファイルが壊れている可能性があります。もう一度書き出してください。",
    "bad_delimiter": "区切り文字は、カンマなどの1文字を指定してください。",
    "broken_row": "行を読み取れません。閉じていない引用符がないか確認してください。",
    "file_gone": "このインポートのファイルはもう保存されていません。もう一度取り込んでください。",
    "no_sheet": "この名前のシートはブックにありません。別のシートを指定してください。",
    "no_header": "指定した行に見出しがありません。列名のある行を指定してください。",
    "too_many_columns": "列が多すぎます。区切り文字を確認するか、不要な列を削除してください。",
    "too_many_rows": "行が多すぎます。ファイルを分割して取り込んでください。",
    "no_subject_column": "商談名・件名の列が見つかりません。見出しを直すか、列の対応を指定してください。",
    "no_ordered_on_column": "注文日の列が見つかりません。見出しを「注文日」にするか、列の対応を指定してください。",
    "no_company_column": "会社名の列が見つかりません。見出しを「会社名」にするか、列の対応を指定してください。",
    "no_email_column": "メールアドレスの列が見つかりません。見出しを直すか、列の対応を指定してください。",
    "unknown_field": "列の対応に、使えない項目名があります。",
    "unknown_header": "列の対応に指定した見出しが、ファイルにありません。",
    "no_rows": "見出しの下に行がありません。",
    "no_webinar_title": "ウェビナーの題名がありません。表の上の行も含めて書き出してください。",
    "no_webinar_time": "ウェビナーの開始時刻がありません。表の上の行も含めて書き出してください。",
}
LINE = re.compile(r"^(?:line|row) (\d+)$")
PLACES = {
    "header_row": "見出し行",
    "header": "見出し",
    "encoding": "文字コード",
    "delimiter": "区切り文字",
    "sheet": "シート",
    "map": "列の対応",
    "file": "",
}
REASON_HEADER = {Language.JAPANESE: "取り込めなかった理由", Language.ENGLISH: "Reason"}


def row_text(code: str, language: Language) -> str:
    """What is wrong with a cell, in words."""
    japanese, english = ROW_TEXTS.get(code, (code, code))
    return japanese if language == Language.JAPANESE else english


def file_text(error: Invalid, language: Language) -> str:
    """Why a file cannot be imported, and where."""
    if language != Language.JAPANESE or error.code not in FILE_TEXTS:
        return str(error)
    place = PLACES.get(error.field, LINE.sub(r"\1行目", error.field))
    return f"{FILE_TEXTS[error.code]}（{place}）" if place else FILE_TEXTS[error.code]


def shown_problem(problem: Mapping[str, Any], line: int, language: Language) -> dict[str, Any]:
    """A problem as results list it."""
    return {
        "line": line,
        "column": problem["column"],
        "code": problem["code"],
        "message": row_text(problem["code"], language),
        "value": problem["value"],
    }
