"""The search: one box in the bar of every page, answered while one types and on a page of its own."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.customers.spelling import LONGEST_QUERY, read_query
from abm.reports.search import is_behind, search
from abm.web.access import requires
from abm.web.acts import work
from abm.web.asked import fragment
from abm.words import Role, SearchField, SearchKind

bp = Blueprint("search", __name__, url_prefix="/search")

SHOWN_IN_BAR = 4
SHOWN_ON_PAGE = 20
KIND_TITLES: dict[SearchKind, LazyString] = {
    SearchKind.ACCOUNT: _l("Accounts"),
    SearchKind.CONTACT: _l("Contacts"),
    SearchKind.DEAL: _l("Deals"),
    SearchKind.CONTRACT: _l("Contracts"),
    SearchKind.ORDER: _l("Orders"),
    SearchKind.TICKET: _l("Tickets"),
    SearchKind.PRODUCT: _l("Products"),
    SearchKind.NOTE: _l("Notes and talks"),
}
FIELD_TITLES: dict[SearchField, LazyString] = {
    SearchField.NAME: _l("Name"),
    SearchField.KANA: _l("Kana"),
    SearchField.MAIL: _l("Mail address"),
    SearchField.PHONE: _l("Phone"),
    SearchField.DOMAIN: _l("Domain"),
    SearchField.CORPORATE_NUMBER: _l("Corporate number"),
    SearchField.NUMBER: _l("Record number"),
    SearchField.MEMO: _l("Words"),
    SearchField.SIMILAR: _l("Similar name"),
}
# Where a record is looked at, and by which name its page takes the id; a note is looked at on its company's page.
PAGES: dict[SearchKind, tuple[str, str]] = {
    SearchKind.ACCOUNT: ("accounts.show", "account_id"),
    SearchKind.CONTACT: ("contacts.show", "contact_id"),
    SearchKind.DEAL: ("deals.show", "record_id"),
    SearchKind.CONTRACT: ("contracts.show", "record_id"),
    SearchKind.ORDER: ("orders.show", "record_id"),
    SearchKind.TICKET: ("tickets.show", "record_id"),
    SearchKind.PRODUCT: ("products.show", "record_id"),
    SearchKind.NOTE: ("accounts.show", "account_id"),
}


@bp.get("")
@requires(Role.VIEWER)
def index() -> ResponseReturnValue:
    """What fits, by kind; a few of each while one types."""
    in_bar = fragment() == "search-found"
    typed = request.args.get("q", "")[:LONGEST_QUERY]
    with work() as act:
        groups = search(act.session, typed, SHOWN_IN_BAR if in_bar else SHOWN_ON_PAGE)
        behind = is_behind(act.session)
    template = "search/_found.html" if in_bar else "search/index.html"
    words = {"kinds": KIND_TITLES, "fields": FIELD_TITLES, "pages": PAGES}
    return render_template(template, typed=typed, behind=behind, asked=bool(read_query(typed)), groups=groups, **words)
