"""The customer signs for the work where the shop asks for it, on a page of its own: the job's page stays light."""

from flask import g, redirect, render_template, request, url_for

from portal import customer_copy
from portal.customer import bp, only_for
from portal.customer.pages import Door
from portal.db import writing
from portal.domain import links, signatures
from portal.domain.refusals import NotAllowed
from portal.signature_form import SignatureForm


@bp.get("/sign")
def sign():
    only_for("wo")
    return sign_page(SignatureForm())


@bp.post("/sign", endpoint="send_sign")
def send_sign():
    """Whoever comes too late, or twice, sees how it stands by now."""
    only_for("wo")
    form = SignatureForm(request.form)
    if not form.validate():
        return sign_page(form, code=422)
    try:
        with writing():
            link = links.still(g.link.id)
            who = {"name": form.name.data, "path": form.path, "by": None}
            signatures.sign(links.record(link), **who, link=link, address=request.remote_addr or "")
    except NotAllowed:
        pass  # signed already, or nobody asks any more: the page says which
    return to_the_job()


def sign_page(form: SignatureForm, *, code: int = 200):
    copy = customer_copy.of(g.link)
    if not copy.asks_signature:
        return to_the_job()
    return render_template("customer/sign.html", copy=copy, door=Door(), form=form), code


def to_the_job():
    return redirect(url_for("customer.page"), 303)
