"""Mails inside a page: foreign content, shut in so that it can touch nothing around it."""

from flask import Response

# No script, no form, no cookie; its links open beside the page and its pictures load, because a mail program would do
# so too and the open must be seen.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-downloads allow-top-navigation-by-user-activation; "
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)


def shut_in(html: str) -> Response:
    """A mail's own page, for a frame."""
    page = Response(_opening_links_beside(html), content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = MAIL_POLICY
    page.headers["X-Frame-Options"] = "SAMEORIGIN"
    # The address of this page is nobody's business but ours.
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


def _opening_links_beside(html: str) -> str:
    base = '<base target="_blank">'
    head = html.lower().find("<head")
    end = html.find(">", head) + 1 if head >= 0 else 0
    return html[:end] + base + html[end:]
