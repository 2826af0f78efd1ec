"""The links, files and webinars of a published mail, as rows that tokens lead to."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from abm.errors import Invalid
from abm.models import Asset, Link, Mail, Webinar
from abm.tokens import new_link_key
from abm.words import AssetKind, Language, LinkKind
from campaigns.compile import ASSET, WEBINAR, CompiledLink
from campaigns.document import list_assets
from campaigns.library import read_asset
from campaigns.mail_templates import LinkAbout
from campaigns.mails import CompiledMail, stored_form

CONTENT_TYPES = {".pdf": "application/pdf", ".zip": "application/zip", ".txt": "text/plain; charset=utf-8"}


def save_assets(session: Session, document: Mapping[str, Any]) -> dict[str, Asset]:
    """The document's files, one row per language, by their names in links (`guide/ja`)."""
    saved = {}
    for asset in list_assets(document):
        for language, filename in asset["file"].items():
            row = _asset_row(asset, language, filename)
            statement = upsert(Asset).values(**row)
            changes = {key: statement.excluded[key] for key in row if key != "name"}
            statement = statement.on_conflict_do_update(index_elements=["name"], set_=changes)
            saved[row["name"]] = session.scalars(statement.returning(Asset)).one()
    return saved


def _asset_row(asset: Mapping[str, Any], language: str, filename: str) -> dict[str, Any]:
    suffix = filename[filename.rfind(".") :].lower()
    if suffix not in CONTENT_TYPES:
        known = ", ".join(CONTENT_TYPES)
        raise Invalid(f"{filename}: files offered for download end in {known}", field=f"assets.{asset['name']}")
    return {
        "name": f"{asset['name']}/{language}",
        "kind": AssetKind.FILE,
        "title": dict(asset.get("title") or {}),
        "filename": filename,
        "content_type": CONTENT_TYPES[suffix],
        "content": read_asset(filename),
        "topics": list(asset.get("topics") or []),
        "product": asset.get("product"),
        "is_premium": bool(asset.get("premium")),
    }


def save_mail(
    session: Session,
    version_id: uuid.UUID | None,
    mail: CompiledMail,
    assets: Mapping[str, Asset],
    topics: Mapping[str, list[str]],
) -> Mail:
    """Keep a compiled mail with a link row for each of its places, and one for the honeypot."""
    row = Mail(sequence_version_id=version_id, name=mail.name, language=mail.language, compiled={})
    row.template_id = mail.template_id
    session.add(row)
    session.flush()
    rows = [_link_row(session, row.id, link, mail, assets, topics) for link in mail.compiled.links]
    rows.append(_row(row.id, LinkKind.HONEYPOT, ""))
    numbers = session.scalars(insert(Link).returning(Link.number, sort_by_parameter_order=True), rows).all()
    by_n = {link.n: number for link, number in zip(mail.compiled.links, numbers[:-1], strict=True)}
    row.compiled = stored_form(mail.compiled, by_n, numbers[-1])
    session.flush()
    return row


def _link_row(
    session: Session,
    mail_id: uuid.UUID,
    link: CompiledLink,
    mail: CompiledMail,
    assets: Mapping[str, Asset],
    topics: Mapping[str, list[str]],
) -> dict[str, Any]:
    about = mail.about.get(link.url, LinkAbout())
    own = _together(list(about.topics), topics.get(link.url, []))
    said: dict[str, Any] = {"label": link.label, "topics": own, "product": about.product}
    if link.kind == LinkKind.WEBINAR:
        webinar = _find_webinar(session, link, mail)
        said |= {"webinar_id": webinar.id, "topics": _together(webinar.topics, own)}
    if link.kind == LinkKind.FILE:
        asset = _find_asset(link, mail, assets)
        said |= {"asset_id": asset.id, "topics": _together(asset.topics, own)}
        said["product"] = about.product or asset.product
    return _row(mail_id, link.kind, link.url, **said)


def _together(topics: list[str], more: list[str]) -> list[str]:
    """All of these topics, each once."""
    return list(dict.fromkeys([*topics, *more]))


def _row(mail_id: uuid.UUID, kind: LinkKind, url: str, **over: Any) -> dict[str, Any]:
    bare: dict[str, Any] = {"asset_id": None, "webinar_id": None, "label": None, "topics": [], "product": None}
    return {"key": new_link_key(), "kind": kind, "url": url, "mail_id": mail_id, **bare, **over}


def _find_asset(link: CompiledLink, mail: CompiledMail, assets: Mapping[str, Asset]) -> Asset:
    name = link.url.removeprefix(ASSET)
    for language in (mail.language, *Language):
        if asset := assets.get(f"{name}/{language}"):
            return asset
    raise Invalid(
        f"mail {mail.name} ({mail.language}) leads to {link.url}, which the sequence does not list under assets",
        field=f"mail.{mail.name}.{link.place}",
        code="no_such_asset",
    )


def _find_webinar(session: Session, link: CompiledLink, mail: CompiledMail) -> Webinar:
    """The webinar of this id or this exact title; of several with one title, only the id says which."""
    name = unquote(link.url.removeprefix(WEBINAR)).strip()
    is_named = Webinar.id == uuid.UUID(name) if _is_id(name) else Webinar.title == name
    found = session.scalars(select(Webinar).where(is_named).order_by(Webinar.held_at)).all()
    if len(found) == 1:
        return found[0]
    place = f"mail {mail.name} ({mail.language}), {link.place}, leads to {link.url}"
    if found:
        which = ", ".join(f"webinar:{one.id} ({one.held_at:%Y-%m-%d})" for one in found)
        code, remedy = "several_webinars", f"which is the title of several webinars: {which}; write the one you mean"
    else:
        code, remedy = (
            "no_such_webinar",
            "which is no webinar; Tracking, Webinars shows ids and titles",
        )
    raise Invalid(f"{place}, {remedy}", field=f"mail.{mail.name}.{link.place}", code=code)


def _is_id(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True
