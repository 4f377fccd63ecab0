"""Pages of the topic fleet: a one-time code for a box (a new one or one in place of another), and taking a box away."""

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from scheduler.domain.people import Right
from scheduler.models import Zone
from scheduler.services import fleet_box, pairing
from web.coverage_forms import TokenForm
from web.fleet import read_box
from web.fleet_forms import RevokeForm
from web.forms import status_of
from web.security import allow, me, scope
from web.station import change, look, now, station

pages = Blueprint("fleet_pairing", __name__)


@pages.post("/fleet/zones/<code>/code")
@allow(Right.COVER)
def make_code(code: str) -> ResponseReturnValue:
    """A one-time code; an answer to the form itself, so that it stands in no address and no cookie."""
    form = TokenForm()
    if not form.validate_on_submit():
        return redirect(url_for("fleet.show_box", code=code), 303)
    with change() as session:
        zone = fleet_box.get_zone(session, code, scope(Right.COVER))
        replaces = any(pairing.find_players(session, zone_id=zone.id))
        made = pairing.make_code(session, zone_id=zone.id, by=me().name, user_id=me().id, now=now())
        return _show_code(zone, made, replaces=replaces)


def _show_code(zone: Zone, code: str, *, replaces: bool) -> str:
    address = station().settings.public_url or request.host_url.rstrip("/")
    link = f"{address}/village/pair#{code}"
    # Black on white whatever the page's colours are: a telephone's camera must read it in the dark too.
    image = segno.make(link, error="m").svg_data_uri(scale=6, border=4, dark="#000", light="#fff")
    return render_template(
        "fleet/code.html",
        zone=zone,
        code=code,
        image=image,
        address=address,
        hours=int(pairing.CODE_LASTS.total_seconds() // 3600),
        replaces=replaces,
    )


@pages.post("/fleet/zones/<code>/revoke")
@allow(Right.COVER)
def revoke(code: str) -> ResponseReturnValue:
    """Let the box of a zone in no more, and say why."""
    form = RevokeForm()
    with look() as session:
        fleet_box.get_zone(session, code, scope(Right.COVER))
        if not form.validate_on_submit():
            return render_template("fleet/box.html", **read_box(session, code, form)), status_of(form)
    with change() as session:
        zone = fleet_box.get_zone(session, code, scope(Right.COVER))
        player = pairing.get_player(session, zone.id)
        pairing.revoke(session, player.id, by=me().name, user_id=me().id, reason=str(form.reason.data), now=now())
    flash(_("Đã thu hồi máy. Trong vòng 60 giây máy không còn vào được."))
    return redirect(url_for("fleet.show_box", code=code), 303)
