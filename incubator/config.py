"""Settings, typed, from the environment. In production a missing secret stops the start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from incubator.domain.clock import OFFICE_ZONE

PREFIX = "INCUBATOR_"
PROJECT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or cannot be understood."""


def _flag(value: str) -> bool:
    lowered = value.strip().lower()
    if lowered in ("1", "true", "yes", "on"):
        return True
    if lowered in ("", "0", "false", "no", "off"):
        return False
    raise SettingsError(f"“{value}” is neither yes nor no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One installation's settings.

    `instance` is a folder the application may write to: the default database, attachments, the
    chart cache and the job queue live there.
    """

    instance: Path
    secret_key: str
    database_url: str
    production: bool = False
    product_name: str = "Incubator"
    office_name: str = "State Office of Information Technology"
    time_zone: str = OFFICE_ZONE
    base_url: str = "http://127.0.0.1:8000"
    accessibility_contacts: tuple[str, ...] = ("accessibility@example.gov", "(303) 555-0100")
    idle_minutes: int = 30
    session_hours: int = 12
    attachment_megabytes: int = 20
    import_megabytes: int = 60
    secure_cookies: bool = False
    proxies: int = 0
    redis_url: str = ""
    queue_url: str = ""
    mail_server: str = ""
    mail_port: int = 25
    mail_sender: str = "incubator@example.gov"
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_without_tls: bool = False
    refusals: int = 100
    demonstration: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def attachments(self) -> Path:
        return self.instance / "attachments"

    @property
    def chart_cache(self) -> Path:
        return self.instance / "charts"

    @property
    def uploads(self) -> Path:
        return self.instance / "uploads"

    @property
    def queue_file(self) -> Path:
        return self.instance / "queue.sqlite"


def default_instance() -> Path:
    """`instance/` beside the checkout, or in the working folder when installed as a package."""
    return PROJECT / "instance" if (PROJECT / "pyproject.toml").exists() else Path.cwd() / "instance"


def _development_secret(instance: Path) -> str:
    """A secret kept beside the database, so that a restart does not sign everybody out."""
    file = instance / "secret"
    if file.exists():
        return file.read_text("ascii").strip()
    instance.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    file.touch(mode=0o600)
    file.write_text(secret, "ascii")
    return secret


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `INCUBATOR_*` (and `DATABASE_URL`, `REDIS_URL`) from the environment.

    Raises SettingsError when a value cannot be understood, or in production without its secrets.
    """

    def text(name: str, default: str) -> str:
        return environ.get(PREFIX + name, default)

    def number(name: str, default: int) -> int:
        value = text(name, str(default))
        try:
            return int(value)
        except ValueError:
            raise SettingsError(f"{PREFIX}{name} is not a whole number: “{value}”") from None

    production = _flag(text("PRODUCTION", ""))
    instance = Path(text("INSTANCE", str(default_instance()))).resolve()
    secret = text("SECRET_KEY", "")
    if production and len(secret) < 32:
        raise SettingsError(f"In production {PREFIX}SECRET_KEY must hold at least 32 characters")
    database = environ.get(PREFIX + "DATABASE_URL") or environ.get("DATABASE_URL", "")
    if production and not database:
        raise SettingsError(f"In production {PREFIX}DATABASE_URL must be set")
    base_url = text("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    if production and not base_url.startswith("https://"):
        raise SettingsError(f"In production {PREFIX}BASE_URL must begin with https://")
    zone = text("TIME_ZONE", OFFICE_ZONE)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise SettingsError(f"{PREFIX}TIME_ZONE is not a time zone: “{zone}”") from None
    return Settings(
        instance=instance,
        secret_key=secret or _development_secret(instance),
        database_url=_driver(database or f"sqlite:///{instance / 'incubator.sqlite'}"),
        production=production,
        product_name=text("PRODUCT_NAME", "Incubator"),
        office_name=text("OFFICE_NAME", "State Office of Information Technology"),
        time_zone=zone,
        base_url=base_url,
        accessibility_contacts=tuple(
            part.strip()
            for part in text("ACCESSIBILITY_CONTACTS", "accessibility@example.gov; (303) 555-0100").split(";")
            if part.strip()
        ),
        idle_minutes=number("IDLE_MINUTES", 30),
        session_hours=number("SESSION_HOURS", 12),
        attachment_megabytes=number("ATTACHMENT_MEGABYTES", 20),
        import_megabytes=number("IMPORT_MEGABYTES", 60),
        secure_cookies=production,
        proxies=number("PROXIES", 0),
        redis_url=environ.get(PREFIX + "REDIS_URL") or environ.get("REDIS_URL", ""),
        queue_url=text("QUEUE_URL", ""),
        mail_server=text("MAIL_SERVER", ""),
        mail_port=number("MAIL_PORT", 25),
        mail_sender=text("MAIL_SENDER", "incubator@example.gov"),
        mail_user=text("MAIL_USER", ""),
        mail_password=text("MAIL_PASSWORD", ""),
        refusals=number("REFUSALS", 100),
        mail_without_tls=_flag(text("MAIL_WITHOUT_TLS", "")),
        demonstration=_flag(text("DEMONSTRATION", "")),
    )


def _driver(url: str) -> str:
    """Hosts hand out `postgres://`; the driver shipped here is psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
