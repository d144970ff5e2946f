"""Enrolment links: make one, show it as address and QR code, watch who comes, take it back."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO

import segno
from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from mdm.base.db import Tx
from mdm.base.errors import NotFound
from mdm.doors.console.blueprint import console, now, tools, viewer
from mdm.doors.console.forms import LinkForm
from mdm.doors.console.live import live_answer
from mdm.doors.console.people import names
from mdm.rooms.access.service import Act, require
from mdm.rooms.links import queries, service
from mdm.rooms.links.models import EnrollmentLink
from mdm.rooms.links.queries import LinkState
from mdm.rooms.schools import queries as schools
from mdm.rooms.schools.models import ClassGroup, School


def prepare(form: LinkForm, classes: Sequence[ClassGroup]) -> LinkForm:
    """Give the form its classes and, when it is fresh, its usual values."""
    whole = (0, _l("the whole school"))
    form.class_group_id.choices = [whole, *((group.id, group.name) for group in classes)]
    if form.hours.data is None and not form.is_submitted():
        form.hours.data, form.uses.data = tools().settings.link_hours, 30
    return form


@console.post("/schools/<int:school_id>/links")
def create_link(school_id: int) -> ResponseReturnValue:
    """Make a link from the form.

    raises: NotFound, Forbidden.
    """
    with tools().database.transaction() as tx:
        require(viewer(), Act.INVITE, school_id)
        school, classes = _school(tx, school_id), schools.classes_of(tx, school_id)
        form = prepare(LinkForm(), classes)
        if form.validate():
            group = next((row for row in classes if row.id == form.class_group_id.data), None)
            made = service.create_link(
                tx,
                tools().vault,
                tools().settings,
                school,
                group,
                viewer().actor,
                now(),
                max_uses=form.uses.data or 0,
                lifetime=timedelta(hours=form.hours.data or 0),
            )
            return redirect(url_for("console.link", link_id=made.id))
    return render_template("console/link_form.html", school=school, form=form), 400


@console.route("/links/<int:link_id>")
def link(link_id: int) -> ResponseReturnValue:
    with tools().database.reading() as tx:
        row = queries.link(tx, viewer(), link_id)
        arrivals = queries.arrivals(tx, viewer(), link_id)
        url = _url(tx, link_id)
        made_by = names(tx, [row.created_by])[row.created_by]
    return render_template(
        "console/link.html",
        link=row,
        arrivals=arrivals,
        url=url,
        made_by=made_by,
        now=now(),
        may_invite=viewer().may(Act.INVITE),
    )


@console.route("/links/<int:link_id>/arrivals.json")
def arrivals(link_id: int) -> ResponseReturnValue:
    """The parts of the page that change while iPads arrive."""
    with tools().database.reading() as tx:
        row = queries.link(tx, viewer(), link_id)
        arrived = queries.arrivals(tx, viewer(), link_id)
    return live_answer(
        {"arrivals": "console/parts/arrivals.html", "uses": "console/parts/uses.html"},
        link=row,
        arrivals=arrived,
        now=now(),
    )


@console.route("/links/<int:link_id>/qr.svg")
def qr_code(link_id: int) -> ResponseReturnValue:
    """The address as a picture. raises: NotFound (also when it no longer admits)."""
    with tools().database.reading() as tx:
        row = queries.link(tx, viewer(), link_id)
        if row.state(now()) is not LinkState.OPEN:
            raise NotFound("link")
        url = _url(tx, link_id)
    picture = BytesIO()
    segno.make(url, error="m").save(picture, kind="svg", scale=8, border=4, xmldecl=False)
    return Response(picture.getvalue(), mimetype="image/svg+xml")


@console.post("/links/<int:link_id>/revoke")
def revoke_link(link_id: int) -> ResponseReturnValue:
    with tools().database.transaction() as tx:
        row = queries.link(tx, viewer(), link_id)
        require(viewer(), Act.INVITE, row.school_id)
        service.revoke_link(tx, link_id, viewer().actor, now())
    flash(gettext("The link is revoked. Nobody can enrol with it any more."))
    return redirect(url_for("console.link", link_id=link_id))


def _school(tx: Tx, school_id: int) -> School:
    found = schools.schools(tx, [school_id])
    if not found:
        raise NotFound("school")
    return found[0]


def _url(tx: Tx, link_id: int) -> str:
    row = tx.get_one(EnrollmentLink, link_id)
    return service.link_url(tx, tools().vault, tools().settings, row)
