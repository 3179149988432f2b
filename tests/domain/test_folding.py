"""One key for a name: the same in Python, in SQLite and in PostgreSQL."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.database import folded
from incubator.domain.folding import fold
from incubator.domain.roles import Role
from incubator.queries.people import Wanted, list_people

NAMES = (
    "Muñoz",
    "Mun\u0303oz",
    "ÁLVAREZ",
    "A\u0301lvarez",
    "ＩＲＡ",
    "Straße",
    "Łukasz",
    "ﬁnance",
    "中文",
    "O'Neil",
    "",
    "Ω",
)


@pytest.mark.parametrize("name", NAMES)
def test_databases_fold_as_python_does(session, name):
    assert session.scalar(sa.select(folded(sa.literal(name, sa.Text())))) == fold(name)


def test_two_unicode_forms_are_one_name():
    assert fold("Muñoz") == fold("Mun\u0303oz") == fold("MUNOZ") == "munoz"


def test_people_are_found_and_sorted_without_their_accents(world, session):
    for name in ("Zoe Bell", "Álvaro Ruiz", "Bea Mun\u0303oz", "Amy Muñoz"):
        world.person(name, Role.REVIEWER)

    def names(text=""):
        found = list_people(session, Wanted(text=text), sort="name", descending=False, offset=0, size=50)
        return [one.name for one in found]

    assert names() == ["Álvaro Ruiz", "Amy Muñoz", "Bea Mun\u0303oz", "Zoe Bell"]
    assert names("munoz") == names("MUÑOZ") == ["Amy Muñoz", "Bea Mun\u0303oz"]
    assert names("alvaro") == ["Álvaro Ruiz"]
