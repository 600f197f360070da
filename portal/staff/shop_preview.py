"""The customer's page as it would look, in the frame beside a form: the real page of a job that nobody booked."""

import re

from flask import g, render_template, request, url_for

from portal import customer_copy
from portal.domain import shop as shops
from portal.fields import one_line
from portal.staff import bp, owner_only
from portal.staff.shop_forms import ShopForm

TYPED = {"name": 120, "phone": 40, "email": 254, "street": 200, "locality": 200, "opening_hours": 400, "licence": 80}


class FramedDoor:
    """The customer's page as it is, but without a way out of it; the frame takes no press anyway."""

    is_preview = False
    live = seen = ""
    page = help = calendar = pdf = "#"

    def photo(self, name: str) -> str:
        return url_for("staff.settings")  # nobody in a made-up job has a photo


@bp.get("/settings/preview")
@owner_only
def shop_preview():
    return picture()


def picture() -> str:
    """The page by what the address says was typed so far; what it says nothing of is as saved."""
    typed = {name: one_line(request.args[name])[:most] for name, most in TYPED.items() if name in request.args}
    color = request.args.get("brand_color", "")
    if re.fullmatch("#[0-9a-fA-F]{6}", color):
        typed["brand_color"] = color.lower()
    g.stands_in_a_frame = True
    copy = customer_copy.of_made_up_job(shops.profile(), **typed)
    return render_template("customer/work_order.html", copy=copy, door=FramedDoor())


def around(form: ShopForm, endpoint: str, **values: str) -> dict[str, str]:
    """What a page with the picture beside its form hands to the template. A form that was refused is shown by
    what it holds."""
    g.shows_a_frame = True
    if form.errors:
        values |= {name: (form[name].data or "")[: TYPED.get(name, 7)] for name in form.PICTURED}
    return {"preview_url": url_for(endpoint, **values)}
