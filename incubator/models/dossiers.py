"""The sealed file of a decision's evidence."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from incubator.database import Base


class Dossier(Base):
    """The PDF made from a decision's frozen evidence: its bytes' digest and that of the evidence. `stored_as`
    names the file in the store of attachments."""

    __tablename__ = "dossier"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decision.id"), unique=True)
    evidence_sha256: Mapped[str]
    file_sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    stored_as: Mapped[str]
    sealed_at: Mapped[datetime]
