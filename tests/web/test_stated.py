"""What a published source states is read as words and amounts, on the page and in the dossier."""

from incubator.demonstration.published import Outcome
from incubator.web.stated import stated_facts


def test_facts_of_a_source_have_labels_and_their_right_form(app):
    frozen = {
        "fiscal_year": 2018,
        "phase": 3,
        "ceiling_dollars": 650_000,
        "outcome": "approved_not_started",
        "page": 19,
    }
    with app.test_request_context():
        assert stated_facts(frozen) == [
            ("Fiscal year", "2018"),
            ("Phase", "3"),
            ("Ceiling", "$650,000"),
            ("At the end of the phase", "Approved, not started"),
            ("Page", "19"),
        ]


def test_every_end_of_a_phase_has_words(app):
    with app.test_request_context():
        for end in Outcome:
            (said,) = stated_facts({"outcome": end.value})
            assert said[1] != end.value
            assert "_" not in said[1]
