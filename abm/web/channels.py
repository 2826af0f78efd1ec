"""Channels as settings: who is told of tasks besides their owners, by what way, and what became of it."""

import uuid
from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from abm.channels.channels import (
    Entering,
    Wish,
    add_channel,
    change_channel,
    enable_channel,
    get_channel,
    masked,
    remove_channel,
    rotate_secret,
    send_again,
    send_all_again,
)
from abm.channels.sealed import address_of, secrets_of
from abm.channels.told import read_target
from abm.channels.trial import try_channel
from abm.connectors.mail.smtp import Fate
from abm.errors import BadConfiguration, Conflict, Invalid
from abm.models import Channel
from abm.reports.channels import DAYS, count_mails, list_channels, list_deliveries
from abm.web.access import current_user, requires
from abm.web.acts import settings, signer, work
from abm.web.asked import asked_page, read_local_moment
from abm.web.labels import label, problem
from abm.words import ChannelKind, Language, Role, TaskEvent
from abm.work import Work

bp = Blueprint("channels", __name__, url_prefix="/settings/channels")


@bp.get("")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Every channel, and how the mails to owners do."""
    return _index({}, None)


@bp.post("")
@requires(Role.ADMIN)
def add() -> ResponseReturnValue:
    """A new channel; the secret of a webhook is shown this once."""
    form = request.form
    try:
        with work() as act:
            channel = add_channel(act.session, _wish(form), _entering(act))
    except Invalid as error:
        return _index(form, error), 422
    if channel.secrets:
        return _secret(channel)
    flash(_("The channel was added. Send a test to see whether it works."), "success")
    return redirect(url_for("channels.show", channel_id=channel.id), 303)


@bp.get("/mails")
@requires(Role.ADMIN)
def mails() -> ResponseReturnValue:
    """What became of the mails to owners."""
    with work() as act:
        rows, has_more = list_deliveries(act.session, None, asked_page())
    return render_template("channels/mails.html", rows=rows, page=asked_page(), has_more=has_more)


@bp.get("/<uuid:channel_id>")
@requires(Role.ADMIN)
def show(channel_id: uuid.UUID) -> ResponseReturnValue:
    """One channel: what it listens to, and its deliveries with their tries."""
    with work() as act:
        return _page(act.session, get_channel(act.session, channel_id), None)


@bp.post("/<uuid:channel_id>")
@requires(Role.ADMIN)
def change(channel_id: uuid.UUID) -> ResponseReturnValue:
    """Name, events, language, and where it is."""
    try:
        with work() as act:
            kind = get_channel(act.session, channel_id).kind
            wish = _wish({**request.form, "kind": kind}, request.form.getlist("events"))
            change_channel(act.session, channel_id, wish, _entering(act))
    except Invalid as error:
        with work() as act:
            return _page(act.session, get_channel(act.session, channel_id), error), 422
    flash(_("Saved."), "success")
    return redirect(url_for("channels.show", channel_id=channel_id), 303)


@bp.post("/<uuid:channel_id>/test")
@requires(Role.ADMIN)
def test(channel_id: uuid.UUID) -> ResponseReturnValue:
    """Send a test and say what came of it; no transaction is open meanwhile."""
    with work() as act:
        target = read_target(get_channel(act.session, channel_id), act.at, signer().seal)
    posted = try_channel(target, settings())
    if posted.fate is Fate.ACCEPTED:
        flash(_("The test was taken (%(status)s).", status=posted.status), "success")
    else:
        why = label(posted.reason, "DeliveryReason")
        told = f"{why} ({posted.status})" if posted.status else why
        flash(_("The test did not get through: %(why)s.", why=told), "danger")
    return redirect(url_for("channels.show", channel_id=channel_id), 303)


@bp.post("/<uuid:channel_id>/secret")
@requires(Role.ADMIN)
def rotate(channel_id: uuid.UUID) -> ResponseReturnValue:
    """A new secret, shown this once."""
    with work() as act:
        channel = rotate_secret(act.session, channel_id, _entering(act))
    return _secret(channel)


@bp.post("/<uuid:channel_id>/enable")
@requires(Role.ADMIN)
def enable(channel_id: uuid.UUID) -> ResponseReturnValue:
    """Let it take deliveries again."""
    with work() as act:
        enable_channel(act.session, channel_id, by=current_user().id, at=act.at)
    flash(_("The channel is on again. What it missed can be sent again below."), "success")
    return redirect(url_for("channels.show", channel_id=channel_id), 303)


@bp.post("/<uuid:channel_id>/remove")
@requires(Role.ADMIN)
def remove(channel_id: uuid.UUID) -> ResponseReturnValue:
    """Take it away."""
    with work() as act:
        remove_channel(act.session, channel_id, by=current_user().id, at=act.at)
    flash(_("The channel was removed."), "success")
    return redirect(url_for("channels.index"), 303)


@bp.post("/<uuid:channel_id>/deliveries/<uuid:delivery_id>/again")
@requires(Role.ADMIN)
def again(channel_id: uuid.UUID, delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Make one delivery once more."""

    def send(act: Work) -> str:
        send_again(act.session, delivery_id, by=current_user().id, at=act.at)
        return _("It is being sent again.")

    return _send(channel_id, send)


@bp.post("/<uuid:channel_id>/again")
@requires(Role.ADMIN)
def all_again(channel_id: uuid.UUID) -> ResponseReturnValue:
    """Make everything once more since a moment: what did not arrive, or all of it."""
    since = read_local_moment(request.form.get("since", ""))
    also_sent = request.form.get("also_sent") == "1"

    def send(act: Work) -> str:
        if since is None:
            raise Invalid("say since when", "since", "channel_since")
        by = current_user().id
        count = send_all_again(act.session, channel_id, since, also_sent=also_sent, by=by, at=act.at)
        return _("Being sent again: %(count)s.", count=count)

    return _send(channel_id, send)


def _send(channel_id: uuid.UUID, send: Callable[[Work], str]) -> ResponseReturnValue:
    try:
        with work() as act:
            said, tone = send(act), "success"
    except Invalid as error:
        said, tone = problem(error), "warning"
    except Conflict as conflict:
        said, tone = _conflict(conflict), "warning"
    flash(said, tone)
    return redirect(url_for("channels.show", channel_id=channel_id) + "#deliveries", 303)


def _conflict(conflict: Conflict) -> str:
    if conflict.code == "channel_off":
        return _("The channel is switched off. Switch it on first.")
    return _("This delivery is under way already.")


def _wish(form: Mapping[str, str], chosen: list[str] | None = None) -> Wish:
    kind, language = form.get("kind", ""), form.get("language", "")
    if kind not in set(ChannelKind):
        raise Invalid("choose what kind of channel it is", "kind", "channel_kind")
    events = request.form.getlist("events") if chosen is None else chosen
    return Wish(
        ChannelKind(kind),
        form.get("title", ""),
        form.get("url", ""),
        [TaskEvent(event) for event in events if event in set(TaskEvent)],
        Language(language) if language in set(Language) else Language(settings().language),
    )


def _index(values: Mapping[str, str], error: Invalid | None) -> str:
    with work() as act:
        rows, owner_mails = list_channels(act.session, act.at), count_mails(act.session, act.at)
    errors = {error.field: problem(error)} if error else {}
    chosen = request.form.getlist("events")
    known = {"values": values, "errors": errors, "chosen": chosen, "days": DAYS}
    return render_template("channels/index.html", rows=rows, mails=owner_mails, **known)


def _page(session: Session, channel: Channel, error: Invalid | None) -> str:
    page = asked_page()
    rows, has_more = list_deliveries(session, channel.id, page)
    errors = {error.field: problem(error)} if error else {}
    values = request.form if error else {"title": channel.title, "language": channel.language}
    chosen = request.form.getlist("events") if error else channel.events
    known = {"values": values, "errors": errors, "chosen": chosen, "page": page, "has_more": has_more}
    return render_template("channels/show.html", channel=channel, address=_address(channel), rows=rows, **known)


def _entering(act: Work) -> Entering:
    return Entering(current_user().id, act.at, signer().seal, settings().allow_private_targets)


def _address(channel: Channel) -> str:
    """What one tells the address by, or why it cannot be read any more."""
    try:
        return masked(address_of(channel, signer().seal))
    except BadConfiguration:
        return _("unreadable: the secret key has changed. Enter the address again.")


def _secret(channel: Channel) -> str:
    return render_template("channels/secret.html", channel=channel, secret=secrets_of(channel, signer().seal)[0])
