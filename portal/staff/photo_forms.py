"""What is said of a photo: when it was taken, a caption, and whether the customer sees it."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, RadioField
from wtforms.fields.choices import SelectChoice

from models import PhotoKind, Status, WorkOrder
from portal.fields import Line

KINDS = [(PhotoKind.BEFORE, _("Before")), (PhotoKind.AFTER, _("After")), (PhotoKind.OTHER, _("Other"))]


class PhotoForm(Form):
    """What is said of a photo, or of all that are sent at once."""

    kind = RadioField(
        _("When was it taken?"),
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS],
        default=PhotoKind.OTHER.value,
        validate_choice=False,
    )
    caption = Line(_("Caption"), most=120)
    is_shown = BooleanField(_("Show to the customer"))

    def said(self) -> dict:
        kind = self.kind.data if self.kind.data in list(PhotoKind) else PhotoKind.OTHER
        return {"kind": PhotoKind(kind), "caption": self.caption.data or "", "is_shown": self.is_shown.data}


def new_photos(job: WorkOrder) -> PhotoForm:
    """The form that new photos come with. What is neither before nor after, only a person can say."""
    is_begun = job.status not in (Status.SCHEDULED, Status.ON_THE_WAY)
    is_after = is_begun and (bool(job.photos) or job.status is not Status.IN_PROGRESS)
    return PhotoForm(kind=(PhotoKind.AFTER if is_after else PhotoKind.BEFORE).value, is_shown=True)
