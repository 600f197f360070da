"""Parts used on a job: what and how many, never a price."""

from decimal import Decimal

from models import Bell, Part, Staff, WorkOrder, db
from portal.domain import timeline


def add(work_order: WorkOrder, *, name: str, quantity: Decimal, unit: str = "", by: Staff | None) -> Part:
    """Write a part down. `quantity` is more than 0 and has at most 4 decimal places."""
    part = Part(work_order=work_order, name=name, quantity=quantity, unit=unit)
    db.session.add(part)
    timeline.note(work_order, "part_added", by=by, bell=Bell.RING, part=name)
    return part


def remove(part: Part, *, by: Staff) -> None:
    timeline.note(part.work_order, "part_removed", by=by, bell=Bell.RING, part=part.name)
    db.session.delete(part)
