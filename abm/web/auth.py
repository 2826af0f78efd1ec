"""Log-in, log-out, the one-time set-up link, and the language switch."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug import Response

from abm import users
from abm.errors import Invalid
from abm.models import User
from abm.web import i18n
from abm.web.access import COOKIE, find_current_user, public
from abm.web.acts import settings, work
from abm.web.errors import error_page
from abm.web.labels import problem
from abm.web.security import limiter
from abm.words import Language

bp = Blueprint("auth", __name__)

# Guessing: per sender address, and per mail address from wherever (a form field, hashed by the limiter's key).
PER_SENDER = "20 per minute"
PER_MAIL_ADDRESS = "10 per 5 minutes"
ONE_YEAR = 31_536_000


@bp.get("/login")
@public
def log_in() -> ResponseReturnValue:
    """The log-in form; who is logged in already goes on."""
    if find_current_user():
        return redirect(_safe_next())
    with work() as act:
        first_start = not users.has_users(act.session)
    return render_template("auth/login.html", email="", error="", first_start=first_start, next=_safe_next())


@bp.post("/login")
@public
@limiter.limit(PER_SENDER, deduct_when=lambda answer: not _is_let_in(answer))
@limiter.limit(
    PER_MAIL_ADDRESS, key_func=lambda: f"mail:{hash_of_mail()}", deduct_when=lambda answer: not _is_let_in(answer)
)
def log_in_now() -> ResponseReturnValue:
    """Check the password and open a session."""
    email = request.form.get("email", "")
    with work() as act:
        user = users.check_password(act.session, email, request.form.get("password", ""))
        if user:
            return _with_session(redirect(_safe_next(), 303), users.open_session(act.session, user))
    error = _("Mail address or password is not right.")
    page = render_template("auth/login.html", email=email, error=error, first_start=False, next=_safe_next())
    return page, 422


@bp.post("/logout")
@public
def log_out() -> ResponseReturnValue:
    """End this session here and in the database."""
    with work() as act:
        users.close_session(act.session, request.cookies.get(COOKIE, ""))
    response = redirect(url_for("auth.log_in"), 303)
    response.delete_cookie(COOKIE)
    return response


@bp.get("/setup/<token>")
@public
@limiter.limit(PER_SENDER)
def set_up(token: str) -> ResponseReturnValue:
    """The form behind a one-time link."""
    with work() as act:
        link = users.find_setup_link(act.session, token)
        if link is None:
            return error_page(404, _link_is_spent())
        user = act.session.get(User, link.user_id) if link.user_id else None
        return _setup_page(token, user, {}, "", "")


@bp.post("/setup/<token>")
@public
@limiter.limit(PER_SENDER)
def set_up_now(token: str) -> ResponseReturnValue:
    """Set the password, make the first administrator if the link is for that, and log in."""
    form = request.form
    with work() as act:
        link = users.find_setup_link(act.session, token)
        if link is None:
            return error_page(404, _link_is_spent())
        user = act.session.get(User, link.user_id) if link.user_id else None
        try:
            _check_repeated(form.get("password", ""), form.get("repeated", ""))
            user = users.use_setup_link(
                act.session, token, form["password"], act.at, email=form.get("email", ""), name=form.get("name", "")
            )
        except Invalid as error:
            act.session.rollback()
            return _setup_page(token, user, form, error.field, problem(error)), 422
        return _with_session(redirect("/", 303), users.open_session(act.session, user))


@bp.post("/language")
@public
def switch_language() -> ResponseReturnValue:
    """Show the pages in the other language from now on, also after the next log-in."""
    chosen = request.form.get("language", "")
    if chosen not in set(Language):
        return error_page(422)
    user = find_current_user()
    if user:
        with work() as act:
            users.set_language(act.session, user.id, Language(chosen))
    response = redirect(_safe_next(), 303)
    response.set_cookie(i18n.COOKIE, chosen, max_age=ONE_YEAR, samesite="Lax", httponly=True, secure=_secure())
    return response


def hash_of_mail() -> str:
    """The limiter's key for an address: kept in Valkey, so never the address itself."""
    return users.digest(request.form.get("email", "").strip().lower()).hex()


def _setup_page(token: str, user: User | None, form: dict[str, str], field: str, error: str) -> str:
    return render_template(
        "auth/setup.html", token=token, user=user, values=form, errors={field: error} if error else {}
    )


def _link_is_spent() -> str:
    return str(_("This link has been used or is too old. Ask an administrator for a new one, or log in."))


def _check_repeated(password: str, repeated: str) -> None:
    if password != repeated:
        raise Invalid("the two passwords are not the same", field="repeated", code="password_differs")


def _with_session(response: Response, token: str) -> Response:
    lifetime = int(users.SESSION_LENGTH.total_seconds())
    response.set_cookie(COOKIE, token, max_age=lifetime, httponly=True, samesite="Lax", secure=_secure())
    return response


def _is_let_in(answer: Response) -> bool:
    # Only failures count as guesses: an office behind one address logs in every morning.
    return answer.status_code == 303


def _secure() -> bool:
    return settings().public_url.startswith("https://")


def _safe_next() -> str:
    """Where to go on: a path of ours, never another site (//host and /\\host are other sites to browsers)."""
    wanted = request.values.get("next", "")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\n" not in wanted and "\r" not in wanted
    return wanted if ours else "/"
