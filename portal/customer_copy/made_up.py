"""A copy of a job that nobody booked: for the owner to see how customers will see the shop."""

from datetime import time, timedelta

from flask_babel import gettext as _

from models import OrgProfile, Staff, Status, Visit, WorkOrder
from portal import clock
from portal.customer_copy.shapes import WorkOrderCopy
from portal.customer_copy.work_order import written


def of_made_up_job(shop: OrgProfile, **changes: str) -> WorkOrderCopy:
    """The copy of a job for tomorrow morning, by `shop` as it would be with `changes`. No record is made."""
    columns = OrgProfile.__table__.columns.keys()
    changed = OrgProfile(**({name: getattr(shop, name) for name in columns} | changes))
    tomorrow = clock.today(changed.time_zone) + timedelta(days=1)
    job = WorkOrder(
        number=1042,
        title=_("Water heater replacement"),
        status=Status.SCHEDULED,
        street=_("48 Alder Street"),
        locality="",
        time_zone=changed.time_zone,
        scheduled_at=clock.now(),
    )
    visit = Visit(
        work_order=job,
        technician=Staff(name="Marcus Bell", photo=""),
        starts_at=clock.on_site(tomorrow, time(10), changed.time_zone),
        ends_at=clock.on_site(tomorrow, time(12), changed.time_zone),
        edition=1,
    )
    return written(job, changed, visit, version="")
