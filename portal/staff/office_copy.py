"""The office copy: records as staff pages read them, with the words and addresses a page needs."""

from flask import url_for
from flask_babel import gettext as _

from models import Customer, Message, MessageKind, OrgProfile, Part, Signature, Staff, Status, Visit, WorkOrder
from portal import clock, dates
from portal.customer_copy import phone_uri, quantity_words
from portal.domain import messages, schedule, signatures, timeline, visits, work_orders
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.staff import language_field, photo_copy, quote_answers, reach, records
from portal.staff.shapes import (
    CustomerView,
    JobRow,
    MessageView,
    PartView,
    ShopView,
    SignatureView,
    StaffView,
    StepView,
    VisitView,
    WorkOrderView,
)


def frame(person: Staff, *, here: str) -> dict:
    return {
        "live_version": timeline.staff_version(),  # before what it counts: what comes in between is news to the page
        "shop": of_shop(shops.profile()),
        "current_staff": of_staff(person),
        "here": here,
        "open_messages": messages.open_count(person),
        "undo_url": "",
    }


def of_shop(shop: OrgProfile) -> ShopView:
    return ShopView(
        name=shop.name,
        initials=shops.initials(shop.name),
        brand_color=shop.brand_color,
        phone=shop.phone,
        is_sample=shop.is_sample,
        time_zone=shop.time_zone,
        logo=shop.logo,
        logo_width=shop.logo_width,
        logo_height=shop.logo_height,
    )


def of_staff(person: Staff) -> StaffView:
    return StaffView(
        id=person.id,
        name=person.name,
        first_name=people.first_name(person),
        initials=people.initials(person.name),
        role=person.role.value,
        photo=person.photo,
        can_office=people.can_office(person),
    )


def role_word(role: str) -> str:
    return {"owner": _("Owner"), "office": _("Office"), "technician": _("Technician")}.get(role, role)


def of_customer(customer: Customer, jobs: int = 0) -> CustomerView:
    return CustomerView(
        id=customer.id,
        name=customer.name,
        phone=customer.phone,
        phone_uri=phone_uri(customer.phone),
        email=customer.email,
        street=customer.street,
        locality=customer.locality,
        notes=customer.notes,
        language=language_field.name(customer.locale),
        is_archived=customer.archived_at is not None,
        jobs=jobs,
    )


def of_row(row: schedule.Row, locale: str) -> JobRow:
    work_order, visit = row.work_order, row.visit
    big, small = row_times(visit, work_order.time_zone, locale)
    status = "late" if row.is_late else "unassigned" if row.is_unassigned else work_order.status.value
    return JobRow(
        work_order=work_order,
        visit=visit,
        technician=of_staff(visit.technician) if visit and visit.technician else None,
        title=work_order.title,
        customer_name=work_order.customer.name,
        street=work_order.street,
        status=status,
        is_running=work_order.status in schedule.RUNNING,
        is_shared=row.is_shared,
        has_message=row.has_message,
        time_big=big,
        time_small=small,
    )


def address_lines(work_order: WorkOrder) -> tuple[str, ...]:
    return tuple(line for line in (work_order.street, work_order.locality) if line)


def row_times(visit: Visit | None, zone: str, locale: str) -> tuple[str, str]:
    """("10:00", "am") for today, ("Mon", "Nov 23") for another day."""
    if visit is None or not visit.starts_at:
        return _("No date"), ""
    if dates.local_date(visit.starts_at, zone) == clock.today(zone):
        big, *small = dates.clock_time(visit.starts_at, zone, locale).split(maxsplit=1)  # at a no-break space too
        return big, "".join(small)
    return dates.weekday(visit.starts_at, zone, locale, short=True), dates.month_day(visit.starts_at, zone, locale)


def of_work_order(work_order: WorkOrder) -> WorkOrderView:
    return WorkOrderView(
        id=work_order.id,
        number=work_order.number,
        title=work_order.title,
        status=work_order.status.value,
        customer=of_customer(work_order.customer),
        address_lines=address_lines(work_order),
        internal_notes=work_order.internal_notes,
        parts=tuple(of_part(part) for part in work_order.parts),
        photos=photo_copy.of_all(work_order.photos),
        signature=of_signature(work_order.signature) if work_order.signature else None,
        may_sign=signatures.may_sign(work_order),
        asks_signature=work_order.asks_signature,
    )


def of_part(part: Part) -> PartView:
    more, less = part.quantity + 1, part.quantity - 1
    return PartView(
        id=part.id,
        name=part.name,
        quantity_words=quantity_words(part),
        more=f"{more.normalize():f}",
        less=f"{less.normalize():f}" if less > 0 else "",
    )


def of_signature(signature: Signature) -> SignatureView:
    by = people.first_name(signature.staff) if signature.staff else ""
    through = _("on %(name)s’s phone", name=by) if by else _("through the link") if signature.link_id else ""
    return SignatureView(name=signature.name, path=signature.path, signed_at=signature.signed_at, through=through)


def of_visit(visit: Visit, current: Visit | None) -> VisitView:
    if visit.finished_at:
        word = _("Done")
    elif visits.is_touched(visit):
        word = _("Now")
    else:
        word = _("Next") if visit is current else ""
    return VisitView(
        id=visit.id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        technician=of_staff(visit.technician) if visit.technician else None,
        state_word=word,
        is_open=not visit.finished_at and visit.work_order.status in work_orders.OPEN,
    )


def steps(work_order: WorkOrder, locale: str) -> list[StepView]:
    """The three presses: On the way, Start, Complete. Done ones carry their time."""
    status, visit, zone = work_order.status, visits.current(work_order), work_order.time_zone
    reached = {
        Status.SCHEDULED: 0,
        Status.ON_THE_WAY: 1,
        Status.IN_PROGRESS: 2,
        Status.COMPLETED: 3,
        Status.CANCELLED: 0,
    }[status]
    stamps = (visit.on_my_way_at, visit.started_at, visit.finished_at) if visit else (None, None, None)
    faces = (
        ("set_off", _("On the way"), _("On the way"), "van", _("Tell the customer")),
        ("start", _("Start"), _("Started"), "play", _("Work begins")),
        ("complete", _("Complete"), _("Completed"), "ok", _("When done")),
    )
    rows = []
    for place, (verb, word, done_word, icon, note) in enumerate(faces):
        if place < reached:
            state = "done"
        elif status not in work_orders.OPEN or (verb == "complete" and reached < 2):
            state = "off"
        else:
            state = "next" if place == reached else "later"
        at = dates.clock_time(stamps[place], zone, locale) if stamps[place] and state == "done" else ""
        url = url_for(f"staff.{verb}", id=work_order.id)
        rows.append(
            StepView(verb=verb, url=url, word=word, done_word=done_word, icon=icon, at=at, note=note, state=state)
        )
    return rows


def undo(work_order: WorkOrder) -> dict[str, str] | None:
    verb = work_orders.undoable(work_order)
    if verb is None:
        return None
    words = {
        "set_off": _("Undo “On the way”"),
        "started": _("Undo “Started”"),
        "completed": _("Undo “Completed”"),
        "cancelled": _("Undo “Cancelled”"),
        "finished_visit": _("Undo “Visit finished”"),
    }[verb]
    return {"url": url_for("staff.undo", id=work_order.id, verb=verb), "words": words}


def more_verbs(work_order: WorkOrder) -> list[dict[str, str]]:
    verbs = []
    if work_order.status is Status.IN_PROGRESS:
        verbs.append(
            {"url": url_for("staff.finish_visit", id=work_order.id), "word": _("Finish this visit, more to come")}
        )
    if work_order.status in work_orders.OPEN:
        verbs.append({"url": url_for("staff.cancel", id=work_order.id), "word": _("Cancel the job")})
    return verbs


def of_message(message: Message, reader: Staff | None = None) -> MessageView:
    """`reader` is asked for where somebody may read a message of a job that is not theirs."""
    about = messages.record(message)
    record, customer = records.of_record(about, reader), about.customer
    may_see = reader is None or records.may_see(about, reader)
    return MessageView(
        id=message.id,
        face=reach.FACES[message.kind],
        name=message.name or (customer.name if message.kind is not MessageKind.HELP else ""),
        reach_at=message.reach_at,
        ways=reach.ways(message.reach_at),
        on_file=reach.ways(customer.phone) + reach.ways(customer.email) if may_see else (),
        about_words=reach.about_words(message.about),
        body=message.body,
        first_words=" ".join(message.body[:400].split())[:160],
        created_at=message.created_at,
        answered_at=message.answered_at,
        is_open=message.answered_at is None,
        assigned_to=of_staff(message.assigned_to) if message.assigned_to else None,
        record=record,
        customer_id=customer.id,
        customer_name=customer.name,
        headline=quote_answers.headline(message),
        happened=quote_answers.happened(message),
        action=quote_answers.action(message) if may_see else None,
    )


def when_words(day: str, time: str) -> str:
    return _("%(day)s at %(time)s", day=day, time=time) if day else _("today at %(time)s", time=time)
