"""The web application: every page on one engine, guarded, in the reader's language."""

from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import Engine

from abm.config import Settings
from abm.tokens import read_secrets
from abm.web import (
    absences,
    accounts,
    accounts_edit,
    activities,
    api_tokens,
    auth,
    calendars,
    campaigns,
    channels,
    contacts,
    contacts_edit,
    custom_fields,
    daily,
    deals,
    desks,
    domain_checks,
    engagement,
    enrollments,
    families,
    files,
    guard_policies,
    hand_overs,
    heard,
    home,
    imports,
    inbound,
    mail_health,
    mail_views,
    mailbox,
    mails,
    matches,
    merging,
    models,
    needs,
    one_off,
    privacy,
    receipts,
    renewals,
    replays,
    reports,
    restarts,
    review,
    same_people,
    search,
    segments,
    send_calendar,
    sending_limits,
    sequence_drafts,
    sequence_files,
    sequence_moves,
    sequence_results,
    sequences,
    simulations,
    sites,
    task_letters,
    task_overview,
    tasks,
    territories,
    tracking,
    tracking_verdicts,
    working_hours,
)
from abm.web import settings as settings_pages
from abm.web.access import find_current_user, guard_views
from abm.web.acts import bind
from abm.web.assets import serve_assets
from abm.web.changes import tell_changes
from abm.web.custom_fields import show_custom_values
from abm.web.deadlines import show_deadlines
from abm.web.errors import answer_errors
from abm.web.i18n import speak
from abm.web.labels import label_values
from abm.web.labels_sheets import name_sheets
from abm.web.mail_health import show_pause
from abm.web.navigation import show_rooms
from abm.web.records import BLUEPRINTS
from abm.web.restarts import show_restarts
from abm.web.security import protect
from abm.web.sentences import tell_sentences

TEMPLATES = Path(__file__).parents[2] / "templates" / "pages"
# The largest file an import takes; more would be read into memory before anybody could say no.
LARGEST_UPLOAD = 64 * 1024 * 1024

# One module a noun, each with its blueprint `bp`; a new page is a line here and one in navigation.py.
PAGES = (
    auth,
    home,
    accounts,
    accounts_edit,
    receipts,
    contacts,
    contacts_edit,
    families,
    absences,
    calendars,
    custom_fields,
    working_hours,
    territories,
    desks,
    deals,
    files,
    activities,
    daily,
    heard,
    needs,
    search,
    segments,
    sequence_files,
    sequence_results,
    sequence_drafts,
    sequence_moves,
    sequences,
    enrollments,
    simulations,
    restarts,
    campaigns,
    one_off,
    send_calendar,
    mail_health,
    mails,
    mail_views,
    tasks,
    task_overview,
    task_letters,
    channels,
    tracking,
    tracking_verdicts,
    sites,
    reports,
    engagement,
    review,
    imports,
    matches,
    merging,
    same_people,
    mailbox,
    inbound,
    models,
    guard_policies,
    sending_limits,
    domain_checks,
    api_tokens,
    privacy,
    renewals,
    replays,
    hand_overs,
    settings_pages,
)


def create_app(settings: Settings, engine: Engine) -> Flask:
    """The pages of one installation."""
    app = Flask("abm.web", template_folder=str(TEMPLATES), static_folder="static")
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_UPLOAD, MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024)
    _set_up_templates(app)
    bind(app, settings, engine)
    protect(app, settings, read_secrets(settings))
    guard_views(app)
    speak(app, settings)
    serve_assets(app)
    label_values(app)
    tell_sentences(app)
    show_deadlines(app)
    tell_changes(app)
    show_custom_values(app)
    name_sheets(app)
    show_rooms(app)
    show_restarts(app)
    show_pause(app)
    answer_errors(app)
    # Deals and files add to the pages of their sheet, and so stand in both.
    for blueprint in dict.fromkeys((*(page.bp for page in PAGES), *BLUEPRINTS.values())):
        app.register_blueprint(blueprint)
    return app


def _set_up_templates(app: Flask) -> None:
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    # A name a page forgot to pass is a fault that tests should see, not an empty place.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(current_user=find_current_user)
