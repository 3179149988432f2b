"""The floor: an empty Flask page, and pages written by hand that read the same rows and do nothing else.

No guards, no macros, no navigation: what is left is what Flask and SQLAlchemy cost at the least.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, request
from sqlalchemy.orm import Session, selectinload

from incubator.models.accounts import Person, RoleGrant, SignIn
from incubator.models.agencies import Agency
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review

LIST = """<!doctype html><title>Portfolio</title><h1>Portfolio</h1><p>{{ total }}</p><table>
{% for row in rows %}<tr><td><a href="/pilots/{{ row.number }}">{{ row.title }}</a></td><td>{{ row.agency }}</td>
<td>{{ row.stage }}</td><td>{{ row.step }}</td><td>{{ row.due_on }}</td><td>{{ row.score }}</td>
<td>{{ row.planned_cents }}</td><td>{{ row.spent_cents }}</td></tr>{% endfor %}</table>"""

ITEM = """<!doctype html><title>{{ row.title }}</title><h1>{{ row.title }}</h1><p>{{ row.summary }}</p>
{% for review in reviews %}<h2>{{ review.total }}</h2><ul>{% for score in review.scores %}
<li>{{ score.value }}: {{ score.justification }}</li>{% endfor %}</ul>{% endfor %}"""


def make_floor(engine: sa.Engine) -> Flask:
    app = Flask("floor")
    listing, item = app.jinja_env.from_string(LIST), app.jinja_env.from_string(ITEM)

    def signed_in(session: Session) -> Any:
        token = request.cookies.get("floor", "")
        return session.execute(
            sa.select(Person.id, Person.name, RoleGrant.role)
            .join(SignIn, SignIn.person_id == Person.id)
            .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
            .where(SignIn.token_hash == token)
        ).all()

    @app.get("/empty")
    def empty() -> str:
        return "ok"

    @app.get("/list")
    def portfolio() -> str:
        with Session(engine) as session:
            signed_in(session)
            total = session.scalar(sa.select(sa.func.count()).select_from(Proposal))
            rows = session.execute(
                sa.select(
                    Proposal.number,
                    Proposal.title,
                    Agency.name.label("agency"),
                    Proposal.stage,
                    Proposal.step,
                    Proposal.due_on,
                    Proposal.score,
                    Proposal.planned_cents,
                    Proposal.spent_cents,
                )
                .join(Agency, Agency.id == Proposal.agency_id)
                .order_by(Proposal.changed_at.desc(), Proposal.id.desc())
                .limit(50)
            ).all()
            return listing.render(rows=rows, total=total)

    @app.get("/item/<number>")
    def record(number: str) -> str:
        with Session(engine) as session:
            signed_in(session)
            row = session.scalars(sa.select(Proposal).where(Proposal.number == number)).one()
            reviews = session.scalars(
                sa.select(Review).where(Review.proposal_id == row.id).options(selectinload(Review.scores))
            ).all()
            return item.render(row=row, reviews=reviews)

    @app.post("/save/<int:review_id>")
    def save(review_id: int) -> str:
        with Session(engine) as session:
            signed_in(session)
            review = session.get_one(Review, review_id)
            review.comment = request.form["comment"]
            session.commit()
            return "ok"

    return app
