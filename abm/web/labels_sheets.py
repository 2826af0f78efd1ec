"""Words of the sheets of what is sold: what each noun and field is called, and what a page without any says to do."""

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.customers.sheets import Field, Sheet

NOUNS: dict[str, LazyString] = {
    "product": _l("Product"),
    "deal": _l("Deal"),
    "decision_step": _l("Decision step"),
    "deal_file": _l("File"),
    "offer": _l("Quote or proposal"),
    "order": _l("Purchase"),
    "contract": _l("Contract"),
    "ownership": _l("Product owned"),
    "usage": _l("Use of a product"),
    "ticket": _l("Support ticket"),
    "survey_answer": _l("Survey answer"),
}
LISTS: dict[str, LazyString] = {
    "product": _l("Products"),
    "deal": _l("Deals"),
    "decision_step": _l("Decision steps"),
    "deal_file": _l("Files"),
    "offer": _l("Quotes and proposals"),
    "order": _l("Purchases"),
    "contract": _l("Contracts"),
    "ownership": _l("Products owned"),
    "usage": _l("Use of products"),
    "ticket": _l("Support tickets"),
    "survey_answer": _l("Survey answers"),
}
# What to do where there is none yet, and what for.
NONE_YET: dict[str, LazyString] = {
    "product": _l("Name what you sell. Deals, contracts and content then say which product they are about."),
    "deal": _l("Write down what you try to sell here: a name is enough, amount and date can follow."),
    "deal_file": _l("Keep minutes, drawings and quotes here, where everybody finds them."),
    "offer": _l("Write down what was offered, to whom and until when."),
    "order": _l("Purchases tell when the next one is to be expected."),
    "contract": _l("With its end known, you are reminded of the renewal in time."),
    "ownership": _l("Say what this customer owns: nobody is then offered what they already have."),
    "usage": _l("Use by month shows early when a customer turns away."),
    "ticket": _l("While a ticket is open, marketing keeps quiet and sales is warned."),
    "survey_answer": _l("What customers answer shows who is content and who is about to leave."),
}
# Of a noun first, then of every noun.
FIELDS: dict[str, LazyString] = {
    "product.name": _l("Product name"),
    "product.code": _l("Code"),
    "topics": _l("Topics"),
    "deal.name": _l("Deal name"),
    "deal_file.name": _l("File name"),
    "offer.name": _l("Subject of the offer"),
    "contract.name": _l("Contract name"),
    "order.what": _l("What was bought"),
    "order.ordered_on": _l("Day of the order"),
    "decision_step.what": _l("Step"),
    "decision_step.contact_id": _l("Who decides"),
    "decision_step.state": _l("State of the decision"),
    "decision_step.due_on": _l("Until"),
    "usage.amount": _l("Amount used"),
    "usage.month_on": _l("Month"),
    "ticket.state": _l("State of the ticket"),
    "offer.state": _l("State of the offer"),
    "contract.state": _l("State of the contract"),
    "survey_answer.kind": _l("Kind of answer"),
    "survey_answer.words": _l("In their words"),
    "offer.kind": _l("Quote or proposal"),
    "stage": _l("Deal stage"),
    "amount": _l("Amount of money"),
    "probability": _l("Probability in percent"),
    "expected_close_on": _l("Expected close"),
    "closed_on": _l("Ended on"),
    "lost_reason": _l("Reason for the loss"),
    "competitors": _l("Competitors"),
    "issues": _l("Open issues"),
    "number": _l("Reference number"),
    "note": _l("Note on it"),
    "phase": _l("Phase"),
    "issued_on": _l("Given on"),
    "valid_until": _l("Valid until"),
    "file_id": _l("File"),
    "quantity": _l("Quantity"),
    "starts_on": _l("Starts on"),
    "ends_on": _l("Ends on"),
    "renews_on": _l("Renewal decided by"),
    "renews_itself": _l("Renews by itself"),
    "since_on": _l("Owned since"),
    "until_on": _l("Owned until"),
    "unit": _l("Unit"),
    "subject": _l("Subject"),
    "body": _l("What happened"),
    "is_complaint": _l("It is a complaint"),
    "severity": _l("Severity"),
    "score": _l("Score given"),
    "answered_on": _l("Answered on"),
    "survey": _l("Survey"),
    "question": _l("Question"),
    "what": _l("What"),
    "buying_role": _l("Buying role"),
    "decided_on": _l("Decided on"),
    "contact_id": _l("Contact person"),
    "department_id": _l("Department"),
    "product_id": _l("Product"),
    "deal_id": _l("Deal"),
    "owner_id": _l("Owner"),
    "position": _l("Place in the order"),
    "opened_at": _l("Opened at"),
    "closed_at": _l("Closed at"),
}
HINTS: dict[str, LazyString] = {
    "amount": _l("As you write it: 1,200万円, ¥1,200,000"),
    "usage.amount": _l("A number, in the unit beside it"),
    "probability": _l("Empty: what the stage usually comes to"),
    "lost_reason": _l("Only of a lost deal"),
    "closed_on": _l("Empty: today, once it is won or lost"),
    "decided_on": _l("Empty: today, once it is decided"),
    "renews_on": _l("Empty: at the end. We remind you 180, 90 and 30 days ahead."),
    "product.code": _l("Empty: the name. Content and sequences name the product by it."),
    "topics": _l("Separated by commas; content with these topics points to this product"),
    "score": _l("Satisfaction 1 to 5, recommendation 0 to 10"),
    "number": _l("Of your own system, if it has one"),
}


def name_sheets(app: Flask) -> None:
    """Give templates the words of nouns and fields."""
    app.jinja_env.filters.update(noun=noun, list_title=list_title, none_yet=none_yet)
    app.jinja_env.globals.update(field_title=field_title, field_hint=field_hint)


def noun(sheet: Sheet) -> str:
    """What one record is called."""
    return str(NOUNS[sheet.noun])


def list_title(sheet: Sheet) -> str:
    """What several of them are called."""
    return str(LISTS[sheet.noun])


def none_yet(sheet: Sheet) -> str:
    """What a page says where there is none yet."""
    return str(NONE_YET.get(sheet.noun, ""))


def field_title(sheet: Sheet, field: Field) -> str:
    """What a field is called."""
    return str(FIELDS.get(f"{sheet.noun}.{field.name}") or FIELDS[field.name])


def field_hint(sheet: Sheet, field: Field) -> str:
    """What helps to fill a field in; empty when nothing needs to be said."""
    return str(HINTS.get(f"{sheet.noun}.{field.name}") or HINTS.get(field.name) or "")
