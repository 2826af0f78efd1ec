"""How many mails leave at once and a minute, as settings: for all together, for each domain, for groups of domains."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from abm.errors import Invalid
from abm.web.access import current_user, requires
from abm.web.acts import work
from abm.web.forms import refused
from abm.words import LimitSort, Role
from campaigns.limits import read_limits, save_limits
from campaigns.pace import ALL, OTHERS, Limit, SendingLimits

bp = Blueprint("sending_limits", __name__, url_prefix="/settings/sending")

SORTS = {ALL: LimitSort.ALL, OTHERS: LimitSort.OTHERS}


@dataclass(frozen=True)
class Line:
    """A limit as its fields hold it."""

    name: str
    domains: str = ""
    per_minute: str = ""
    at_once: str = ""

    @property
    def sort(self) -> LimitSort:
        """Whom it is about."""
        return SORTS.get(self.name, LimitSort.GROUP)

    @property
    def is_empty(self) -> bool:
        """Whether nobody typed anything that would name a group."""
        return self.sort is LimitSort.GROUP and not self.name and not self.domains


@bp.get("")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """The limits that count now."""
    with work() as act:
        limits = read_limits(act.session)
    return _page([_as_line(one) for one in limits.every], {})


@bp.post("")
@requires(Role.ADMIN)
def save() -> ResponseReturnValue:
    """Let what was typed count from now on."""
    lines = _typed()

    def keep() -> None:
        limits = [_as_limit(line) for line in lines]
        groups = tuple(one for one in limits if one.sort is LimitSort.GROUP)
        known = {one.name: one for one in limits}
        if not {ALL, OTHERS} <= known.keys():
            raise Invalid("the limits of all mails and of other domains are missing", "", "required")
        with work() as act:
            saved = SendingLimits(known[ALL], known[OTHERS], groups)
            save_limits(act.session, saved, by=current_user().id, at=act.at)

    errors, status = refused({}, keep)
    if errors:
        return _page(lines, errors), status
    flash(_("Saved. Senders keep to it from their next batch on, within a minute."), "success")
    return redirect(url_for("sending_limits.index"), 303)


def _typed() -> list[Line]:
    """The rows of the form; a group whose name and domains were emptied is taken away."""
    form = request.form
    columns = [form.getlist(name) for name in ("name", "domains", "per_minute", "at_once")]
    lines = [Line(*(text.replace("\0", "").strip() for text in row)) for row in zip(*columns, strict=False)]
    return [line for line in lines if not line.is_empty]


def _as_line(limit: Limit) -> Line:
    per_minute = "" if limit.per_minute is None else str(limit.per_minute)
    return Line(limit.name, ", ".join(limit.domains), per_minute, str(limit.at_once))


def _as_limit(line: Line) -> Limit:
    """The limit that was typed; Invalid names the field that holds no number."""
    domains = (one.strip().lower() for one in line.domains.replace("、", ",").replace(" ", ",").split(","))
    at_once = _number(line, "at_once")
    if at_once is None:
        raise Invalid("give a number", f"at_once.{line.name}", "required")
    return Limit(line.name, line.sort, at_once, _number(line, "per_minute"), tuple(one for one in domains if one))


def _number(line: Line, field: str) -> int | None:
    text = getattr(line, field).replace(",", "")
    if not text:
        return None
    # Full-width digits are decimal, too; longer ones are no number of mails.
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(f"{text!r} is no number", f"{field}.{line.name}", "number_unreadable")
    return int(text)


def _page(lines: list[Line], errors: Mapping[str, str]) -> str:
    return render_template("settings/sending.html", lines=lines, errors=errors)
