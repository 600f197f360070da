"""The words of each mail, made when it goes. A customer's are made from the customer's copy and from nothing else.

A link's token is derived here and a way in is made here, so that the outbox never holds one.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from models import Invoice, Mail, MailKind, Message, OrgProfile, Quote, Staff
from portal import customer_copy, languages, office_letters
from portal.customer_copy import WorkOrderCopy
from portal.domain import links
from portal.domain import shop as shops
from portal.domain import staff as people
from portal.outside.letter import Attachment, Letter, calm

INVITATION_LASTS = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a letter says, in the order it is read. Text and HTML are both made from this."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()  # what a customer wrote, line by line
    after: tuple[str, ...] = ()
    button: str = ""
    url: str = ""
    small: tuple[str, ...] = ()  # at the foot
    reply_to: str = ""


def way_in(mail: Mail) -> str:
    """The one-time address that an invitation or a reset carries, made now; "" for any other mail.

    Writes: only a hash of it is kept, so it cannot be made again after the commit.
    """
    if mail.kind not in (MailKind.INVITE, MailKind.RESET):
        return ""
    lasts = INVITATION_LASTS if mail.kind is MailKind.INVITE else people.SIGN_IN_LINK_LASTS
    return staff_address(f"sign-in/{people.sign_in_link(mail.staff, lasts=lasts)}")


def goes_with(mail: Mail) -> Quote | Invoice | None:
    """What is enclosed as a PDF, where the shop wants that: the quote or invoice that the letter is about."""
    record = links.record(mail.link) if mail.kind is MailKind.LINK and mail.link else None
    return record if isinstance(record, (Quote, Invoice)) and shops.profile().attaches_paper else None


def write(mail: Mail, way_in: str = "", paper: Attachment | None = None) -> Letter:
    """The letter that `mail` asks for, in its reader's language, with its `paper`. Raises KeyLost."""
    shop = shops.profile()
    locale = locale_of(mail, shop)
    with force_locale(locale):
        words = words_of(mail, shop, way_in, has_paper=paper is not None)
        frame = {"words": words, "shop_name": calm(shop.name), "brand_color": shop.brand_color}
        return Letter(
            recipient=mail.recipient,
            sender_name=shop.name,
            reply_to=words.reply_to,
            subject=words.subject,
            text=render_template("mail/letter.txt", **frame),
            html=render_template("mail/letter.html", **frame),
            locale=locale,
            written_at=mail.created_at,
            attachment=paper,
            mark=f"{current_app.extensions['settings'].base_url} {mail.id} {mail.created_at.isoformat()}",
        )


def locale_of(mail: Mail, shop: OrgProfile) -> str:
    if mail.kind is MailKind.LINK:
        return languages.of_customer(links.record(mail.link).customer.locale, shop.locale)
    return languages.of_shop(shop.locale)


def words_of(mail: Mail, shop: OrgProfile, way_in: str, *, has_paper: bool = False) -> Words:
    match mail.kind:
        case MailKind.LINK:
            url, record = links.url(mail.link, current_app.extensions["settings"]), links.record(mail.link)
            if isinstance(record, (Quote, Invoice)):
                return document_words(record, shop, url, has_paper=has_paper)
            return link_words(customer_copy.of(mail.link), url, reply_to=shop.email)
        case MailKind.MESSAGE:
            return message_words(mail.message)
        case MailKind.INVITE:
            return invitation_words(mail.staff, shop, way_in)
        case MailKind.RESET:
            return reset_words(mail.staff, shop, way_in)
    return test_words(shop)


def link_words(copy: WorkOrderCopy, url: str, *, reply_to: str) -> Words:
    shop = calm(copy.shop.name)
    call = _("Questions? Call %(shop)s: %(phone)s", shop=shop, phone=calm(copy.shop.phone)) if copy.shop.phone else ""
    return Words(
        subject=_("Your job with %(shop)s", shop=shop),
        heading=calm(copy.title),
        paragraphs=(
            _("%(shop)s has a page for you where you can follow your job. You don’t need an account.", shop=shop),
            calm(copy.headline) + ".",
        ),
        button=_("See your job"),
        url=url,
        after=(_("The page always shows how things stand. Whoever has this link can see it too."),),
        small=tuple(calm(line) for line in (shop, *copy.shop.address_lines, call) if line),
        reply_to=reply_to,
    )


def document_words(record: Quote | Invoice, shop: OrgProfile, url: str, *, has_paper: bool) -> Words:
    """To a quote or an invoice. It names neither title nor sum: those stand on the page, as they are by then."""
    about, number = customer_copy.of_shop(shop), str(record.number)
    name = calm(about.name)
    call = _("Questions? Call %(shop)s: %(phone)s", shop=name, phone=calm(about.phone)) if about.phone else ""
    if isinstance(record, Quote):
        subject = _("Your quote from %(shop)s", shop=name)
        heading, button = _("Quote %(number)s", number=number), _("See your quote")
        lead = _("%(shop)s has a quote for you. Read it and approve it there. You don’t need an account.", shop=name)
    elif record.credits_id:
        subject = _("Your credit note from %(shop)s", shop=name)
        heading, button = _("Credit note %(number)s", number=number), _("See your credit note")
        lead = _("%(shop)s has a credit note for you, to read and to print. You don’t need an account.", shop=name)
    else:
        subject = _("Your invoice from %(shop)s", shop=name)
        heading, button = _("Invoice %(number)s", number=number), _("See your invoice")
        lead = _("%(shop)s has an invoice for you, to read and to print. You don’t need an account.", shop=name)
    return Words(
        subject=subject,
        heading=heading,
        paragraphs=(lead, _("The PDF is attached.")) if has_paper else (lead,),
        button=button,
        url=url,
        after=(_("The page always shows how things stand. Whoever has this link can see it too."),),
        small=tuple(calm(line) for line in (name, *about.address_lines, call) if line),
        reply_to=shop.email,
    )


def message_words(message: Message) -> Words:
    news, reach_at = office_letters.of(message), calm(message.reach_at)
    return Words(
        subject=news.subject,
        heading=news.heading,
        paragraphs=(news.about,),
        quoted=tuple(message.body.split("\n")) if message.body else (),
        after=(news.after,),
        button=news.button,
        url=staff_address(news.page),
        small=(news.small,),
        reply_to=reach_at if "@" in reach_at else "",
    )


def invitation_words(person: Staff, shop: OrgProfile, url: str) -> Words:
    return Words(
        subject=_("Your way in: %(shop)s", shop=named(shop)),
        heading=_("Welcome, %(name)s", name=calm(people.first_name(person))),
        paragraphs=(_("You can now sign in to the work orders of %(shop)s.", shop=named(shop)),),
        button=_("Sign in"),
        url=url,
        after=(_("This works once, within three days. Then choose a password of your own."),),
        small=(_("Don’t pass this mail on: whoever has the link can sign in as you."),),
    )


def reset_words(person: Staff, shop: OrgProfile, url: str) -> Words:
    return Words(
        subject=_("Your sign-in link: %(shop)s", shop=named(shop)),
        heading=_("Hello %(name)s", name=calm(people.first_name(person))),
        paragraphs=(_("Here is the sign-in link that was asked for."),),
        button=_("Sign in"),
        url=url,
        after=(_("This works once, within an hour. Then you can choose a new password under your name."),),
        small=(
            _("Don’t pass this mail on: whoever has the link can sign in as you."),
            _("You didn’t ask for it? Then leave it: nothing has changed."),
        ),
    )


def test_words(shop: OrgProfile) -> Words:
    return Words(
        subject=_("Test mail: %(shop)s", shop=named(shop)),
        heading=_("It works"),
        paragraphs=(_("Mail from %(shop)s arrives. There is nothing else to do.", shop=named(shop)),),
    )


def named(shop: OrgProfile) -> str:
    return calm(shop.name) or "Porchlight"


def staff_address(rest: str) -> str:
    return f"{current_app.extensions['settings'].base_url}/staff/{rest}"
