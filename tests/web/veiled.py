"""A call that hides names, with a proposal that is full of them: in its text, its files and its sponsor."""

from __future__ import annotations

import hashlib
from pathlib import Path

from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.proposals import Attachment, Revision

CANARIES = (
    "Wilhelmina",
    "Oystercatcher",
    "Sandpiper",
    "Bureau of Marshes",
    "MARSH",
    "whimbrel",
    "PDFKESTREL",
    "555-0142",
)
"""Nothing of this may reach a reviewer once the copy is given to them."""

PDF = b"%PDF-1.7\nPDFKESTREL\n%%EOF\n"
CLEAN = b"%PDF-1.7\nNobody is named here.\n%%EOF\n"


class Veiled:
    """`original` and `plain` are attachments; the people's roles are their names."""

    def __init__(self, world, folder: Path) -> None:
        self.folder = folder
        self.agency = world.agency("MARSH", "Bureau of Marshes")
        self.call = world.call("Blind round", names_hidden=True, rubric=world.rubric(60, 40))
        self.author = world.person("Wilhelmina Oystercatcher", agency=self.agency)
        self.coordinator = world.person("Cora Dean", Role.COORDINATOR)
        self.reviewer = world.person("Rae Bell", Role.REVIEWER)
        self.proposal = world.proposal(
            "Permits at the Bureau of Marshes",
            agency=self.agency,
            call=self.call,
            step=Step.REVIEW,
            authors=(self.author,),
            sponsor="Ida Sandpiper, Deputy Director",
            summary="Wilhelmina Oystercatcher asks whether permits could be faster.",
        )
        self.review = world.review(self.proposal, self.reviewer)
        self.original = self._attach(world, "whimbrel-plan.pdf", PDF, "Plan by Oystercatcher")
        self.plain = self._attach(world, "counts.pdf", CLEAN, "Counts")
        self.hand_in(world, 1)

    def _attach(self, world, name: str, content: bytes, description: str) -> Attachment:
        key = hashlib.sha256(name.encode()).hexdigest()[:48]
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / key).write_bytes(content)
        return world.add(
            Attachment(
                proposal_id=self.proposal.id,
                name=name,
                media_type="application/pdf",
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                storage_key=key,
                description=description,
                added_at=world.now,
            )
        )

    def hand_in(self, world, number: int, *, problem: str = "") -> None:
        self.proposal.revision_number = number
        files = [
            {"id": one.id, "name": one.name, "media_type": one.media_type, "size": one.size}
            | {"sha256": one.sha256, "description": one.description}
            for one in (self.original, self.plain)
        ]
        world.add(
            Revision(
                proposal_id=self.proposal.id,
                number=number,
                content={
                    "title": self.proposal.title,
                    "summary": self.proposal.summary,
                    "sponsor": self.proposal.sponsor,
                    "authors": [self.author.name],
                    "agency": {"code": "MARSH", "name": "Bureau of Marshes"},
                    "answers": {
                        "idea": {
                            "title": self.proposal.title,
                            "summary": self.proposal.summary,
                            "sponsor": self.proposal.sponsor,
                            "uses_ai": False,
                        },
                        "problem": {
                            "problem": problem or "People wait. Call Wilhelmina at 303-555-0142.",
                            "baseline": "51 minutes, says MARSH-0001",
                            "not a question": "Sandpiper",
                        },
                        "cost": {"requested": 500_000},
                        "after": {"owner": "Ida Sandpiper"},
                    },
                    "attachments": files,
                },
                sha256="0" * 64,
                form_version=1,
                submitted_at=world.now,
            )
        )
