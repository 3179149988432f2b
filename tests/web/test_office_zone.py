"""Days are those of the office whose application is at work, also with two of them in one process."""

from __future__ import annotations

from pathlib import Path

from incubator import create_app
from incubator.config import Settings
from incubator.domain.clock import current_office_zone


def test_each_application_has_the_days_of_its_own_office(tmp_path: Path) -> None:
    apps = [
        create_app(
            Settings(
                instance=tmp_path / str(place),
                secret_key="s" * 48,
                database_url=f"sqlite:///{tmp_path / str(place)}.sqlite",
                time_zone=zone,
            )
        )
        for place, zone in enumerate(("Pacific/Honolulu", "Europe/Madrid"))
    ]
    with apps[0].app_context():
        assert current_office_zone() == "Pacific/Honolulu"
        with apps[1].test_request_context():
            assert current_office_zone() == "Europe/Madrid"
        assert current_office_zone() == "Pacific/Honolulu"
    assert current_office_zone() == "America/Denver"
