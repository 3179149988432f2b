"""The checks refuse what must not reach a page."""

import re
from dataclasses import replace

import pytest

from incubator.demonstration import checks, reading
from incubator.demonstration.answers import WEEKS_A_MONTH
from incubator.demonstration.facts import Demonstration, load
from incubator.demonstration.published import Theme, Year
from incubator.demonstration.reading import DataError, DataFile

WHOLE = load()


def _broken_link() -> Demonstration:
    return replace(WHOLE, ideas=(replace(WHOLE.ideas[0], theme="nowhere"), *WHOLE.ideas[1:]))


def _double() -> Demonstration:
    return replace(WHOLE, projects=(*WHOLE.projects, WHOLE.projects[0]))


def _wrong_ceiling() -> Demonstration:
    first = WHOLE.projects[0]
    phase = replace(first.phases[0], ceiling_dollars=15_001)
    return replace(WHOLE, projects=(replace(first, phases=(phase,)), *WHOLE.projects[1:]))


def _shares() -> Demonstration:
    programme = replace(WHOLE.programme, end_reasons=WHOLE.programme.end_reasons[1:])
    return replace(WHOLE, programme=programme)


def _conflict() -> Demonstration:
    invented = WHOLE.illustration
    own = next(one for one in invented.reviews if one.idea == "equitable-form-design")
    review = replace(own, reviewer="reviewer-commerce")
    return replace(WHOLE, illustration=replace(invented, reviews=(review,)))


def _backwards() -> Demonstration:
    invented = WHOLE.illustration
    proposal = replace(invented.proposals[-1], signed_off_day=-1)
    return replace(WHOLE, illustration=replace(invented, proposals=(*invented.proposals[:-1], proposal)))


def _future_reading() -> Demonstration:
    invented = WHOLE.illustration
    pilot = invented.pilots[0]
    metric = replace(pilot.metrics[0], first_month=-19)
    pilot = replace(pilot, metrics=(metric,))
    return replace(WHOLE, illustration=replace(invented, pilots=(pilot,)))


def _bid_elsewhere() -> Demonstration:
    rounds = WHOLE.illustration.rounds
    bid = replace(rounds.bids[0], idea="equitable-form-design")
    return replace(WHOLE, illustration=replace(WHOLE.illustration, rounds=replace(rounds, bids=(bid,))))


def _off_the_scale() -> Demonstration:
    rounds = WHOLE.illustration.rounds
    first = replace(rounds.elsewhere.proposals[0], scores={"Reviewer A": (6, 1, 1, 1)})
    panel = replace(rounds.elsewhere, proposals=(first,))
    return replace(WHOLE, illustration=replace(WHOLE.illustration, rounds=replace(rounds, elsewhere=panel)))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (_broken_link, "know-your-civil-rights: no theme nowhere"),
        (_bid_elsewhere, "equitable-form-design: is not in the call that is judged"),
        (_off_the_scale, "Permit questions answered by text message by Reviewer A: off the scale"),
        (_double, "projects: demographic-map-of-the-united-states occurs more than once"),
        (_wrong_ceiling, "demographic-map-of-the-united-states: ceiling 15001"),
        (_shares, "end reasons: not 100 percent"),
        (_conflict, "review of equitable-form-design: reviewer-commerce has a conflict"),
        (_backwards, "the order of time is broken"),
        (_future_reading, "days-to-permit: readings after the load day"),
    ],
)
def test_a_contradiction_is_named(broken: object, message: str) -> None:
    assert callable(broken)
    with pytest.raises(DataError, match=message):
        checks.check(broken())


def _file(text: str) -> DataFile:
    head = 'provenance = "illustration"\nsource = "s"\nsource_url = ""\ncommit = ""\ncommit_date = ""\nrights = "r"\n'
    file = object.__new__(DataFile)
    file.name = "made.toml"
    file.tables = reading.tomllib.loads(f"[head]\n{head}\n{text}")
    file.head = reading._table(reading.Head, file.tables["head"], "made.toml [head]", None)
    return file


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('key = "a"\ntitle = "t"', r"made.toml themes\[1\]: missing description"),
        ('key = "a"\ntitle = "t"\ndescription = "d"\ncolour = "red"', "unknown colour"),
        ('key = 3\ntitle = "t"\ndescription = "d"', r"themes\[1\] key: 3 is no str"),
        ('key = "a"\ntitle = " "\ndescription = "d"', r"themes\[1\] title: empty text"),
    ],
)
def test_a_table_of_the_wrong_form_is_refused(row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        _file(f"[[themes]]\n{row}").rows("themes", Theme)


def test_true_is_no_number() -> None:
    row = 'fiscal_year = true\nideas_received = 1\nsuspect = false\nkicked_off = 1\nclosed_out = 1\ntold_by = "t"'
    with pytest.raises(DataError, match="True is no int"):
        _file(f"[[years]]\n{row}").rows("years", Year)


def test_a_proposal_says_the_same_number_of_months_everywhere():
    words = dict(
        zip(
            [
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
            ],
            range(1, 13),
            strict=True,
        )
    )
    wrong = {}
    for source in WHOLE.illustration.proposals:
        told = re.findall(r"\b(?:for|over) (\w+) months", (source.answers or {}).get("pilot", ""))
        months = round((source.weeks or 26) / WEEKS_A_MONTH)
        if told and words[told[0]] != months:
            wrong[source.idea] = (told[0], months)
    assert wrong == {}
