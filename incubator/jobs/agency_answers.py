"""What the command line says of the agencies in a file, and what it is told of those nobody has settled."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from incubator.flows.inventory_agencies import NEW, AgencyLine, Directory
from incubator.imports.problems import ImportProblem

_WIDTH = 110


class UnsettledAgencies(Exception):
    """A person has to say first which agencies these lines mean."""

    def __init__(self, lines: list[AgencyLine]) -> None:
        super().__init__("The file names agencies that are not known here.")
        self.lines = lines


def answer_agencies(
    directory: Directory, said: Mapping[str, str], agency_is: Mapping[str, str], *, new_agencies: bool
) -> tuple[dict[str, str], list[AgencyLine]]:
    """The answers by line with those of the command line, and the lines that nothing is said of.

    `agency_is` gives the code here for a name in the file; with `new_agencies` those that are not known are made.
    Raises ImportProblem for a code or a name that there is not.
    """
    answers, left = dict(said), []
    wanted = {name.casefold(): code for name, code in agency_is.items()}
    for line in directory.lines.values():
        code = wanted.pop(line.given_name.casefold(), "") or wanted.pop(line.given_code.casefold(), "")
        if code:
            known = next((one for one in directory.names if one.casefold() == code.casefold()), None)
            if known is None:
                raise ImportProblem("No agency here has the code %(code)s.", code=code)
            answers[line.key] = known
        elif line in directory.open_lines():
            if new_agencies:
                answers[line.key] = NEW + line.code
            else:
                left.append(line)
    for name in wanted:
        raise ImportProblem("No row of the file is from “%(name)s”.", name=name)
    return answers, left


def describe_agencies(found: Sequence[AgencyLine], command: str) -> str:
    """The agencies that are not settled, and commands that go on."""
    lines = ["", "These agencies are not known here:", ""]
    for line in found:
        given = " · ".join(text for text in (line.given_code, line.given_name) if text)
        lines.append(f"  {line.rows:>7,} {'row' if line.rows == 1 else 'rows'} of {given}"[:_WIDTH])
        if line.alike:
            like = "; ".join(f"{code} {name}" for code, name in line.alike[:3])
            lines.append(f"          may be {like}"[:_WIDTH])
        else:
            lines.append(f"          would be created as {line.code} {line.name}"[:_WIDTH])
    doubtful = [line for line in found if line.alike]
    same = "".join(
        f" --agency-is {shlex.quote(f'{line.given_name or line.given_code}={line.alike[0][0]}')}"
        for line in doubtful
    )
    fresh = " --new-agencies" if len(doubtful) < len(found) else ""
    lines += ["", "Nothing was changed. To go on, one of:"]
    if doubtful:
        lines.append(f"  {command}{same}{fresh}")
    lines.append(f"  {command} --new-agencies")
    return "\n".join(lines)
