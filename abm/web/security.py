"""What protects every page: security headers, form tokens, and the brake on guessing passwords."""

from hashlib import blake2b

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect

from abm.config import Settings
from abm.engines.counters import count_in_valkey

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True, swallow_errors=True)

# data: pictures are the check marks and arrows inside the style sheet.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def protect(app: Flask, settings: Settings, secrets: list[bytes]) -> None:
    """Switch every protection on."""
    app.config.update(
        SECRET_KEY=_page_key(secrets[0]),
        SECRET_KEY_FALLBACKS=[_page_key(secret) for secret in secrets[1:]],
        SESSION_COOKIE_NAME="abm_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        # A form left open over lunch still works; the token ends with the browser's session.
        WTF_CSRF_TIME_LIMIT=None,
        **count_in_valkey(settings),
    )
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    # A route that shows foreign content (a caught mail in a frame) may have set a policy of its own.
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        # Pages hold people's data: the back button after a log-out must not show them.
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.add("Vary", "HX-Request")
    return response


def _page_key(secret: bytes) -> bytes:
    # Mail tokens hang on the same secret: neither may be made from the other.
    return blake2b(secret, digest_size=32, person=b"abm-pages").digest()
