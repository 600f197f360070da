"""Very many customers, each with a link of their own, put straight into the tables of a sample shop."""

import secrets

from sqlalchemy import func, insert, select, text

from models import Kind, Link, Visit, WorkOrder, db
from portal import clock
from portal.db import writing
from portal.domain import links


def shared_jobs(count: int, keys: dict[str, bytes]) -> dict[str, int]:
    """{path of the customer's page: id of the work order}, copies of the sample shop's first one."""
    first = select(func.max(WorkOrder.id) + 1, func.max(WorkOrder.number) + 1)
    with writing():
        job_id, number = db.session.execute(first).one()
        job, visit = copied(WorkOrder), copied(Visit)
        rows = [job | {"id": job_id + place, "number": number + place} for place in range(count)]
        db.session.execute(insert(WorkOrder), rows)
        db.session.execute(insert(Visit), [visit | {"work_order_id": row["id"]} for row in rows])
        made = [link(row["id"], keys) for row in rows]
        db.session.execute(insert(Link), [values for values, _path in made])
        if db.engine.dialect.name == "postgresql":  # the ids were given by hand
            db.session.execute(text("SELECT setval('work_order_id_seq', (SELECT max(id) FROM work_order))"))
            db.session.execute(text("ANALYZE"))
    return {path: values["record_id"] for values, path in made}


def copied(table) -> dict:
    """The columns of its first row, for more like it."""
    row = db.session.scalars(select(table).order_by(table.id)).first()
    return {column.name: getattr(row, column.name) for column in table.__table__.columns if column.name != "id"}


def link(job_id: int, keys: dict[str, bytes]) -> tuple[dict, str]:
    values = {"kind": Kind.WORK_ORDER, "record_id": job_id, "key_id": list(keys)[-1], "nonce": secrets.token_bytes(16)}
    token = links.token(Link(**values), keys)
    values |= {"lookup": links.lookup(Kind.WORK_ORDER, token), "created_at": clock.now(), "opened_count": 0}
    return values, f"/portal/wo/{token}"
