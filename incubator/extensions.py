"""The extensions' objects, bound to an application by `create_app`."""

from __future__ import annotations

from typing import Any, Literal

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from incubator.database import Base, UTCDateTime

db = SQLAlchemy(model_class=Base, session_options={"join_transaction_mode": "create_savepoint"})


def _render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


migrate = Migrate(compare_type=True, render_as_batch=True, render_item=_render_item)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
