"""Opening a session with an SMTP server: greeted, encrypted where it must be, logged in."""

import smtplib
import socket
import ssl
from functools import cache

from abm.connectors.mail.route import Route
from abm.words import SendReason


class Broken(Exception):
    """The connection is of no use any more, and why."""

    def __init__(self, reason: SendReason, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


def connect(route: Route, timeout: float) -> smtplib.SMTP:
    """A session ready for MAIL; Broken says why there is none."""
    try:
        if route.implicit_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(route.host, route.port, timeout=timeout, context=_trust())
            smtp.ehlo_or_helo_if_needed()
        else:
            smtp = smtplib.SMTP(route.host, route.port, timeout=timeout)
            smtp.ehlo_or_helo_if_needed()
            _encrypt(smtp, route)
        if route.user:
            smtp.login(route.user, route.password)
        # Commands are small and written as they come: held back by Nagle, each mail would take 40 ms longer.
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except smtplib.SMTPAuthenticationError as error:
        raise Broken(SendReason.SMTP_LOGIN, error.smtp_code) from error
    except smtplib.SMTPResponseException as error:
        raise Broken(SendReason.SMTP_DEFERRED, error.smtp_code) from error
    except ssl.SSLError as error:
        raise Broken(SendReason.SMTP_UNSAFE) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Broken(SendReason.SMTP_LOGIN) from error
    # A host that is no name is found out only when it is looked up.
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        raise Broken(SendReason.SMTP_UNREACHABLE) from error
    return smtp


@cache
def _trust() -> ssl.SSLContext:
    """Whom this process trusts; reading the certificates takes longer than a mail."""
    return ssl.create_default_context()


def _encrypt(smtp: smtplib.SMTP, route: Route) -> None:
    """TLS wherever it is offered; where it must be there, a server that does not offer it gets nothing from us."""
    if smtp.has_extn("starttls"):
        smtp.starttls(context=_trust())
        smtp.ehlo()
    elif route.must_encrypt:
        smtp.close()
        raise Broken(SendReason.SMTP_UNSAFE)
