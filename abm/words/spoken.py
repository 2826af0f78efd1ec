"""Words that mails, chats and pages say alike, in both languages: written once, on the floor below all of them."""

from collections.abc import Mapping

from abm.words.records import BuyingRole
from abm.words.tasks import AnswerCode
from abm.words.users import Language

JA, EN = Language.JAPANESE, Language.ENGLISH

# What sales answered.
ANSWERS: Mapping[str, Mapping[str, str]] = {
    AnswerCode.ACCEPT: {JA: "受け取る", EN: "Accept"},
    AnswerCode.START: {JA: "着手", EN: "Start"},
    AnswerCode.MEETING: {JA: "面談", EN: "Meeting"},
    AnswerCode.OPPORTUNITY: {JA: "商談化", EN: "Deal opened"},
    AnswerCode.NOT_NOW: {JA: "時期尚早", EN: "Not now"},
    AnswerCode.NO_BUDGET: {JA: "予算なし", EN: "No budget"},
    AnswerCode.NO_NEED: {JA: "ニーズなし", EN: "No need"},
    AnswerCode.NOT_FIT: {JA: "対象外企業", EN: "Not our kind of company"},
    AnswerCode.WRONG_PERSON: {JA: "担当者違い", EN: "Wrong person"},
    AnswerCode.UNREACHABLE: {JA: "連絡つかず", EN: "Cannot be reached"},
    AnswerCode.BAD_DATA: {JA: "情報誤り", EN: "Wrong data"},
    AnswerCode.ALREADY_WORKING: {JA: "対応中・商談中", EN: "Already being worked on"},
    AnswerCode.ALREADY_CUSTOMER: {JA: "導入済み", EN: "Already a customer"},
    AnswerCode.COMPETITOR: {JA: "競合・同業", EN: "Competitor"},
    AnswerCode.FALSE_SIGNAL: {JA: "誤検知", EN: "False signal"},
    AnswerCode.DO_NOT_CONTACT: {JA: "連絡拒否", EN: "Asked not to be contacted"},
    AnswerCode.OTHER: {JA: "その他", EN: "Other reason"},
}
# Parts played in a purchase.
ROLES: Mapping[str, Mapping[str, str]] = {
    BuyingRole.DECISION_MAKER: {JA: "決裁者", EN: "Decision maker"},
    BuyingRole.APPROVER: {JA: "承認者", EN: "Approver"},
    BuyingRole.INFLUENCER: {JA: "影響者", EN: "Influencer"},
    BuyingRole.CHAMPION: {JA: "推進者", EN: "Champion"},
    BuyingRole.DRAFTER: {JA: "起案者", EN: "Drafter of the proposal"},
    BuyingRole.PRACTITIONER: {JA: "実務担当者", EN: "Practitioner"},
    BuyingRole.GATEKEEPER: {JA: "窓口", EN: "Gatekeeper"},
    BuyingRole.BLOCKER: {JA: "反対者", EN: "Blocker"},
}
