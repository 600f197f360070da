"""How the office's pages say what happened: a line for each verb that leaves an event."""

from flask_babel import gettext as _
from flask_babel import ngettext

from models import Event, Kind, PhotoKind
from portal import amounts
from portal.domain import shop as shops
from portal.domain import staff as people


def event_words(event: Event, who: str = "", times: int = 1) -> str:
    """One line of the activity: who did what, and how often. By first name, unless `who` says otherwise."""
    who = who or (people.first_name(event.staff) if event.staff else "")
    if event.kind in (Kind.QUOTE, Kind.INVOICE) and (words := money_words(event, who)):
        return words
    if not who:
        return {
            "opened": _("Customer opened the link"),
            "message_left": _("Customer sent a message"),
            "signed": _("Customer signed"),
            "way_in_mailed": _("A sign-in link was sent to %(name)s", name=(event.details or {}).get("name", "")),
            "link_mail_failed": _("The email with the link could not be delivered"),
            "samples_filled": _("Sample data was put in"),
            "shared": _("Link shared from the command line"),
            "revoked": _("Link revoked from the command line"),
            "person_added": _("%(person)s was added from the command line", person=person_named(event)),
        }.get(event.verb) or machine_words(event)
    return (
        {
            "booked": _("%(who)s booked the job", who=who),
            "edited": _("%(who)s changed the job", who=who),
            "notes_edited": _("%(who)s changed the notes", who=who),
            "set_off": _("%(who)s said “On the way”", who=who),
            "started": _("%(who)s started the job", who=who),
            "finished_visit": _("%(who)s finished the visit", who=who),
            "completed": _("%(who)s completed the job", who=who),
            "cancelled": _("%(who)s cancelled the job", who=who),
            "reopened": _("%(who)s took the job up again", who=who),
            "undone": _("%(who)s took the last step back", who=who),
            "visit_booked": _("%(who)s booked a visit", who=who),
            "visit_moved": _("%(who)s moved the visit", who=who),
            "visit_removed": _("%(who)s took a visit out", who=who),
            "visit_reassigned": _("%(who)s changed the technician", who=who),
            "shared": _("%(who)s shared the link", who=who),
            "revoked": _("%(who)s revoked the link", who=who),
        }.get(event.verb)
        or on_site_words(event, who).get(event.verb)
        or wider_words(event, who, times)
    )


def on_site_words(event: Event, who: str) -> dict[str, str]:
    """What is written down on site, by verb."""
    part = (event.details or {}).get("part", "")
    return {
        "part_added": _("%(who)s added %(part)s", who=who, part=part),
        "part_removed": _("%(who)s removed %(part)s", who=who, part=part),
        "part_counted": _("%(who)s counted %(part)s", who=who, part=part),
        "signed": _("Customer signed with %(who)s", who=who),
        "signature_asked": _("%(who)s asked the customer to sign", who=who),
        "signature_not_asked": _("%(who)s asks for no signature any more", who=who),
        "signature_taken_back": _("%(who)s took the signature back", who=who),
    }


def wider_words(event: Event, who: str, times: int) -> str:
    """What was done about messages, customers, people and the shop itself."""
    to = (event.details or {}).get("to", "")
    taken = to in (who, event.staff.name if event.staff else "")
    count = (event.details or {}).get("count", 1)
    return (
        {
            "message_answered": _("%(who)s answered the message", who=who),
            "message_reopened": _("%(who)s reopened the message", who=who),
            "link_mailed": _("%(who)s sent the link by email", who=who),
            "test_mailed": _("%(who)s sent themselves a test mail", who=who),
            "message_assigned": _("%(who)s took the message", who=who)
            if taken
            else _("%(who)s gave the message to %(name)s", who=who, name=to),
            "message_unassigned": _("%(who)s gave the message to nobody in particular", who=who),
            "signed_out": _("%(who)s signed out", who=who),
            "opened_shop": _("%(who)s opened the shop", who=who),
            "samples_cleared": _("%(who)s cleared the samples", who=who),
            "profile_edited": _("%(who)s changed the shop’s settings", who=who),
            "logo_set": _("%(who)s changed the logo", who=who),
            "print_asked": ngettext(
                "%(who)s printed one document", "%(who)s printed %(num)d documents", count, who=who
            ),
        }.get(event.verb)
        or (
            people_words(event, who) | customer_words(who) | price_words(event, who) | photo_words(event, who, times)
        ).get(event.verb)
        or _("%(who)s made a change", who=who)
    )


def people_words(event: Event, who: str) -> dict[str, str]:
    """By verb: what was done about who works here."""
    person = person_named(event)
    return {
        "person_added": _("%(who)s added %(person)s", who=who, person=person),
        "person_edited": _("%(who)s changed the card of %(person)s", who=who, person=person),
        "role_changed": _("%(who)s changed what %(person)s may see", who=who, person=person),
        "person_invited": _("%(who)s made an invite link for %(person)s", who=who, person=person),
        "password_reset": _("%(who)s made a link to a new password for %(person)s", who=who, person=person),
        "invite_mailed": _("%(who)s had a way in sent to %(person)s", who=who, person=person),
        "person_switched_off": _("%(who)s switched %(person)s off", who=who, person=person),
        "person_switched_on": _("%(who)s switched %(person)s on", who=who, person=person),
        "signed_out_everywhere": _("%(who)s signed %(person)s out everywhere", who=who, person=person),
        "photo_set": _("%(who)s changed the photo of %(person)s", who=who, person=person),
        "password_set": _("%(who)s chose a new password", who=who),
        "card_edited": _("%(who)s changed their own card", who=who),
    }


def person_named(event: Event) -> str:
    return (event.details or {}).get("person", "")


def machine_words(event: Event) -> str:
    """What nobody of the staff did: sample data, or a command on the shop's computer."""
    return {"booked": _("Booked"), "visit_booked": _("Visit booked"), "reopened": _("Taken up again")}.get(
        event.verb
    ) or _("Changed by the shop’s computer")


def customer_words(who: str) -> dict[str, str]:
    """What is done to customers' cards, by verb."""
    return {
        "customer_added": _("%(who)s added a customer", who=who),
        "customer_edited": _("%(who)s changed a customer’s card", who=who),
        "customer_archived": _("%(who)s archived a customer", who=who),
        "customer_restored": _("%(who)s brought a customer back", who=who),
        "customers_merged": _("%(who)s merged two customers’ cards", who=who),
        "customers_imported": _("%(who)s imported customers from a file", who=who),
    }


def photo_words(event: Event, who: str, times: int) -> dict[str, str]:
    """What is done to a job's photos, by verb."""
    return {
        "photo_added": ngettext("%(who)s added a photo", "%(who)s added %(num)d photos", times, who=who),
        "photo_edited": _("%(who)s changed what is said of a photo", who=who),
        "photo_shown": _("%(who)s let the customer see a photo", who=who),
        "photo_hidden": _("%(who)s hid a photo from the customer", who=who),
        "photo_removed": _("%(who)s took a photo out: %(photo)s", who=who, photo=photo_named(event))
        if photo_named(event)
        else _("%(who)s took a photo out", who=who),
    }


def photo_named(event: Event) -> str:
    """As the photo's tile said it."""
    details = event.details or {}
    word = {PhotoKind.BEFORE: _("Before"), PhotoKind.AFTER: _("After")}.get(details.get("kind"), "")
    return " · ".join(filter(None, (word, details.get("caption", ""))))


def price_words(event: Event, who: str) -> dict[str, str]:
    """What is done to the price list, the taxes and the numbers, by verb."""
    details = event.details or {}
    tax, number = details.get("name", ""), details.get("number", "")
    return {
        "item_added": _("%(who)s put something on the price list", who=who),
        "item_edited": _("%(who)s changed an entry of the price list", who=who),
        "item_archived": _("%(who)s took an entry off the price list", who=who),
        "item_restored": _("%(who)s put an entry back on the price list", who=who),
        "tax_added": _("%(who)s added the tax rate %(tax)s", who=who, tax=tax),
        "tax_edited": _("%(who)s changed the tax rate %(tax)s", who=who, tax=tax),
        "tax_archived": _("%(who)s archived the tax rate %(tax)s", who=who, tax=tax),
        "tax_restored": _("%(who)s brought the tax rate %(tax)s back", who=who, tax=tax),
        "tax_default": _("%(who)s made %(tax)s the usual tax rate", who=who, tax=tax),
        "numbering_set": _("%(who)s had invoices go on with number %(number)s", who=who, number=number)
        if details.get("series") == "invoice"
        else _("%(who)s had quotes go on with number %(number)s", who=who, number=number),
    }


def money_words(event: Event, who: str) -> str | None:
    """The same for a quote or an invoice."""
    if event.verb == "payment_recorded":
        return payment_words(event.details or {}, who)
    if not who:
        return {
            "opened": _("Customer opened the link"),
            "message_left": _("Customer sent a message"),
            "approved": _("Customer approved the quote"),
            "changes_requested": _("Customer asked for changes"),
            "declined": _("Customer declined the quote"),
            "shared": _("Link shared from the command line"),
            "revoked": _("Link revoked from the command line"),
            "payment_taken_back": _("Money that went back came back to us"),
            "payment_flagged": _("A payment needs a look"),
            "payment_looked_at": _("A payment needs no look any more"),
            "online_processing": _("Customer paid; their bank takes some days"),
            "online_failed": _("The customer’s bank refused the payment"),
            "online_refused": _("Stripe did not open its page for a payment"),
            "online_lost": _("Stripe knows nothing of a payment that was begun"),
            "created": _("Draft started"),
            "sent": _("Quote sent"),
            "issued": _("Invoice issued"),
        }.get(event.verb)
    number = (event.details or {}).get("number", "")
    return quote_words(who, number).get(event.verb) or invoice_words(who, number).get(event.verb)


def payment_words(details: dict, who: str) -> str:
    """Money that came or went back: how much, where the event kept its currency too."""
    minor, currency = details.get("amount", 0), details.get("currency")
    if currency:
        amount = amounts.amount(abs(minor), currency, shops.profile().locale)
        if minor < 0:
            words = _("%(who)s paid %(amount)s back", who=who, amount=amount)
            return words if who else _("%(amount)s went back", amount=amount)
        words = _("%(who)s recorded a payment of %(amount)s", who=who, amount=amount)
        return words if who else _("A payment of %(amount)s came in", amount=amount)
    if minor < 0:
        return _("%(who)s paid money back", who=who) if who else _("Money went back")
    return _("%(who)s recorded a payment", who=who) if who else _("A payment came in")


def quote_words(who: str, number: int | str) -> dict[str, str]:
    return {
        "created": _("%(who)s started a draft", who=who),
        "edited": _("%(who)s changed the draft", who=who),
        "sent": _("%(who)s sent the quote", who=who),
        "approved": _("%(who)s took down the customer’s approval", who=who),
        "changes_requested": _("%(who)s took down what the customer wants changed", who=who),
        "declined": _("%(who)s took down that the customer declined", who=who),
        "answer_undone": _("%(who)s took the customer’s answer back", who=who),
        "reopened": _("%(who)s reopened the quote to revise it", who=who),
        "work_order_made": _("%(who)s booked job %(number)s from it", who=who, number=number),
        "invoice_made": _("%(who)s started the invoice", who=who),
        "archived": _("%(who)s moved it to the archive", who=who),
        "restored": _("%(who)s took it out of the archive", who=who),
        "shared": _("%(who)s shared the link", who=who),
        "revoked": _("%(who)s revoked the link", who=who),
        "message_answered": _("%(who)s answered the message", who=who),
        "message_reopened": _("%(who)s reopened the message", who=who),
    }


def invoice_words(who: str, number: int | str) -> dict[str, str]:
    return {
        "issued": _("%(who)s issued invoice %(number)s", who=who, number=number),
        "voided": _("%(who)s voided the invoice", who=who),
        "credited": _("%(who)s credited it with credit note %(number)s", who=who, number=number),
        "credit_voided": _("%(who)s voided credit note %(number)s", who=who, number=number),
        "payment_taken_back": _("%(who)s took a payment out again", who=who),
        "payment_looked_at": _("%(who)s looked at a payment", who=who),
    }
