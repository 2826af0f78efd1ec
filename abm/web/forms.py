"""Forms of records: what a form came to, said by field in the reader's language."""

from collections.abc import Callable, Mapping

from flask_babel import lazy_gettext as _l

from abm.errors import Conflict, Invalid
from abm.web.labels import problem

# Of a field first, then of the rule; what stands in neither shows the error's own text.
SENTENCES = {
    "required": _l("Please fill this in."),
    "formula": _l("A name is not a formula; type it as text."),
    "too_long": _l("This is too long."),
    "unknown": _l("Please choose one of the list."),
    "phone_unreadable": _l("This phone number cannot be read. Example: 03-1234-5678"),
    "address_unusable": _l("This is not a mail address. Example: tanaka@company.co.jp"),
    "corporate_number_unreadable": _l("This is no valid corporate number: 13 digits with a check digit."),
    "month_unreadable": _l("Please choose a month."),
    "contact_exists": _l("Another contact has this mail address already."),
    "corporate_number.taken": _l("Another account has this corporate number already."),
    "campaign_taken": _l("Another campaign has this name already."),
    "campaign_closed": _l("This campaign is closed; reopen it first."),
    "name.missing": _l("Say which system it is for, in at most 100 signs."),
    "scopes.missing": _l("Please choose at least one thing that it may do."),
    "token_revoked": _l("This token was revoked already."),
    "sending_paused": _l("All sending is paused already."),
    "sending_not_paused": _l("Sending is not paused."),
    "fate_known": _l("Somebody has said so already, or a report has come."),
    "name.taken": _l("The account has a department of this name already."),
    "activity_missing": _l("Please choose what it was."),
    "on.gone_by": _l("This day is gone by."),
    "said_on.future": _l("This day is still to come."),
    "happened_at.future": _l("What is still to come is a next action."),
    "contact_id.unknown": _l("This person is not at the account."),
    "department_id.unknown": _l("This department is not of the account."),
    "employees.count_unreadable": _l("This is not a number of people. Example: 250"),
    "number_unreadable": _l("This is not a number. Example: 1,200 or 2.5"),
    "zone_unknown": _l("This time zone is not known. Example: Asia/Tokyo"),
    "domain_shared": _l("This is a provider's domain: many firms write from it, so it says nothing about this one."),
    "at_once": _l("Give a number of at least 1; connections to our own server 64 at most."),
    "per_minute": _l("Give a number of at least 1, or nothing for no limit."),
    "group_name": _l("Give the group a name of at most 60 signs."),
    "named_twice": _l("This is named in another row already."),
    "domain_unreadable": _l("This is not a domain. Example: company.co.jp"),
    "too_many": _l("There are too many of these already."),
    "circle": _l("This company stands below the account already, or is the account itself."),
    "parent_id.unknown": _l("This company is not among the accounts any more."),
    "field_exists": _l("There is a field of this title already, perhaps an archived one."),
    "choices_missing": _l("Please give the choices, one in each line."),
    "kind_kept": _l("A field keeps its kind. Archive this one and make another."),
    "until_on.before_start": _l("The last day lies before the first."),
    "gone_by": _l("These days have gone by."),
    "same_person": _l("Nobody is their own substitute."),
    "manager_id.circle": _l("Nobody is their own manager, not by way of others either."),
    "closes.before_start": _l("The day ends before it begins."),
    "work_days.required": _l("Please choose at least one day of the week."),
    "hours_unreadable": _l("Give hours from 1 to 200."),
    "hour_unreadable": _l("Please type a time of day, for example 09:00."),
    "capacity_unreadable": _l("Give a number from 0 to 1,000, or nothing for no limit."),
    "until_on.too_long": _l("Give 60 days at most."),
    "prefecture.required": _l("Please name a prefecture, an industry or a tier."),
    "overlaps": _l("Another absence covers some of these days. Cancel that one first."),
    "basis.required": _l("A consent needs a basis: why may this person be mailed?"),
    "evidence.required": _l("Say how we know: when, where and to whom it was said."),
    "changed_meanwhile": _l("Somebody changed this record meanwhile. Reload the page, look, and change it again."),
    "merged": _l("This account was merged into another; undo the merge instead."),
    "open_task": _l("There is an open task here; answer it first."),
    "account_archived": _l("The account is archived; restore it first."),
    "address_taken": _l("Another contact has this mail address by now; change one of the two first."),
    "faster": _l("Somebody was faster with this address or name. Reload the page and look again."),
    "file_gone": _l("The file of this import is no longer kept. Import it again."),
    "erased": _l("This person was erased; nothing is left to restore."),
    "pattern_unreadable": _l("This is not a path. Example: /price*"),
    "mail.required": _l("Who asks must be answered: the mail address has to be filled in."),
    "days_unreadable": _l("Give days as a number from 0 to 36,500."),
    "nothing_owned": _l("This user looks after nothing at these accounts."),
    "to.unknown": _l("Please choose another user who can log in."),
    "not_later": _l("The next renewal day lies after this one."),
    "contract_over": _l("This contract is over already."),
    "closed_already": _l("This next action is closed already."),
    "decided_already": _l("Somebody has decided about this suggestion already."),
    "minutes_out_of_range": _l("A meeting takes between a minute and a day."),
    "moved_meanwhile": _l("This record has just moved with a merge. Reload the page and look."),
    "code_taken": _l("Another product has this code by now; change one of the two first."),
    "code.taken": _l("Another product has this code already."),
    "amount_unreadable": _l("This is no amount. Examples: 1,200万円, ¥1,200,000, 1.5億円"),
    "amount_negative": _l("An amount is not below zero."),
    "count_unreadable": _l("Please type a number, for example 12."),
    "date_unreadable": _l("This day cannot be read. Examples: 2026/12/10, 令和8年12月10日"),
    "month_on.month_unreadable": _l("This month cannot be read. Example: 2026/12"),
    "probability.too_much": _l("A probability lies between 0 and 100 percent."),
    "lost_needs_reason": _l("A lost deal needs the reason: it is how the next one is won."),
    "before_start": _l("This day lies before the beginning."),
    "csat_scale": _l("Satisfaction is told on a scale from 1 to 5."),
    "nps_scale": _l("Recommendation is told on a scale from 0 to 10."),
    "deal_id.unknown": _l("This deal is not of the account."),
    "file_id.unknown": _l("This file is not of the account."),
    "product_id.unknown": _l("Please choose one of your products."),
    "url_unusable": _l("This is no web address. Example: https://zoom.us/j/1234567890"),
    "moment_unreadable": _l("Please give a day and a time."),
    "webinar_exists": _l("A webinar of this title is held about then already."),
    "file_empty": _l("Please choose a file that is not empty."),
    "file_too_large": _l("A file may have 20 MB at most."),
}


def sentence(field: str, code: str, otherwise: str) -> str:
    """What a reader is told about one field."""
    return str(SENTENCES.get(f"{field}.{code}") or SENTENCES.get(code) or otherwise)


def refused(problems: Mapping[str, str], save: Callable[[], object]) -> tuple[dict[str, str], int]:
    """Save, unless something could not be read; answers what is wrong by field, and the status to say so with.

    What concerns no field stands under "".
    """
    if problems:
        return {field: sentence(field, code, code) for field, code in problems.items()}, 422
    try:
        save()
    except Invalid as error:
        return {error.field: sentence(error.field, error.code, problem(error))}, 422
    except Conflict as error:
        return {"": sentence("", error.code, problem(error))}, 409
    return {}, 200


def why_not(save: Callable[[], object]) -> str | None:
    """Save; what kept that from being done, in the reader's language, where a button has no form to show it in."""
    errors, _status = refused({}, save)
    return next(iter(errors.values()), None)
