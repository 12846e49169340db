"""What the animator's page shows of a plan: filters, pages, answers, exports."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.odlocale.base.french import slugify

Step = Mapping[str, Any]

#: What a person must see comes first.
VERDICTS = (
    "conflict",
    "doubtful",
    "create",
    "merge",
    "adopt",
    "rename",
    "update",
    "close",
    "unchanged",
)
#: What applying the plan does; the others are left as they are.
DONE = ("create", "merge", "adopt", "rename", "update", "close")
LIVE = "live"
#: A choice of perimeters: all those of the person.
ALL = "tous"
NONE = "none"
PER_PAGE = 50

ANSWER_PREFIX = "answer-"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Asked:
    """What the page's address asks.

    :ivar perimeter: the SIREN of an ATD, or :data:`ALL`.
    :ivar register: a year, or :data:`LIVE`.
    :ivar verdict: show these steps only; all that is not unchanged where empty.
    :ivar q: a name or a code that the steps must hold.
    """

    perimeter: str
    register: str
    verdict: str = ""
    q: str = ""
    page: int = 1

    def to_query(self, **changes: Any) -> dict[str, Any]:
        """Return the address's parameters, without those that say nothing."""
        changed = replace(self, **changes)
        query = {
            "perimetre": changed.perimeter,
            "registre": changed.register,
            "verdict": changed.verdict,
            "q": changed.q,
            "page": changed.page if changed.page > 1 else "",
        }
        return {name: value for name, value in query.items() if value}

    def to_action(self, own: Iterable[str]) -> dict[str, Any]:
        """Return what the actions on a plan are asked.

        :param own: the SIREN of all the perimeters of the person.
        """
        chosen = list(own) if self.perimeter == ALL else [self.perimeter]
        asked: dict[str, Any] = {"perimeters": chosen}
        if self.register == LIVE:
            asked["live"] = True
        else:
            asked["vintage"] = int(self.register)
        return asked


def read_asked(
    given: Mapping[str, str], perimeters: Sequence[str], vintages: Sequence[int]
) -> Asked:
    """Read an address, or a form that carries its parameters.

    :param perimeters: those of the person: the first one is shown by default.
    :param vintages: the years that the portal has, the latest first.
    """
    perimeter = given.get("perimetre", "")
    if perimeter not in perimeters and not (perimeter == ALL and len(perimeters) > 1):
        perimeter = perimeters[0]
    register = given.get("registre", "")
    if register not in (LIVE, *map(str, vintages)):
        register = str(vintages[0])
    verdict = given.get("verdict", "")
    written = given.get("page", "")
    page = int(written) if written.isdecimal() and len(written) < 8 else 1
    return Asked(
        perimeter,
        register,
        verdict if verdict in VERDICTS else "",
        given.get("q", "").strip()[:200],
        max(page, 1),
    )


@dataclass(frozen=True)
class Screen:
    """One page of a plan.

    :ivar counts: how many steps have each verdict, those that have some.
    :ivar to_apply: how many steps applying carries out.
    :ivar groups: (verdict, its steps on this page), in the order above.
    :ivar doubtful: the steps that a person must answer, all of them.
    :ivar count: how many steps the filters leave.
    """

    counts: dict[str, int]
    to_apply: int
    groups: tuple[tuple[str, tuple[Step, ...]], ...]
    doubtful: tuple[Step, ...]
    count: int
    page: int
    pages: int


def arrange_plan(plan: Mapping[str, Any], asked: Asked) -> Screen:
    """Return the page of a plan that an address asks."""
    counted = {verdict: plan["counts"].get(verdict, 0) for verdict in VERDICTS}
    kept = [step for step in plan["steps"] if _is_asked(step, asked)]
    rank = {verdict: number for number, verdict in enumerate(VERDICTS)}
    # Stable: a plan lists parents before children.
    kept.sort(key=lambda step: rank[step["verdict"]])
    pages = max(1, -(-len(kept) // PER_PAGE))
    page = min(asked.page, pages)
    shown = kept[(page - 1) * PER_PAGE : page * PER_PAGE]
    groups = {
        verdict: tuple(step for step in shown if step["verdict"] == verdict)
        for verdict in VERDICTS
    }
    return Screen(
        counts={verdict: n for verdict, n in counted.items() if n},
        to_apply=sum(counted[verdict] for verdict in DONE),
        groups=tuple((verdict, steps) for verdict, steps in groups.items() if steps),
        doubtful=tuple(s for s in plan["steps"] if s["verdict"] == "doubtful"),
        count=len(kept),
        page=page,
        pages=pages,
    )


def _is_asked(step: Step, asked: Asked) -> bool:
    if asked.verdict:
        if step["verdict"] != asked.verdict:
            return False
    elif step["verdict"] in ("unchanged", "doubtful") and not asked.q:
        # Doubtful ones are the questions above the table.
        return False
    if not asked.q:
        return True
    words = [word for word in slugify(asked.q).split("-") if word]
    codes = (step.get("siren"), step.get("insee"))
    folded = f"-{slugify(str(step['title']))}-"
    named = bool(words) and all(f"-{word}" in folded for word in words)
    return asked.q in codes or named


@dataclass(frozen=True)
class Answer:
    """What a person said of an organisation made by hand.

    :ivar choice: the SIREN of the collectivité that it is, or ``none``.
    :ivar name: of the organisation.
    :ivar title: of the collectivité; empty for ``none``.
    """

    choice: str
    name: str
    title: str

    def to_dict(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"choice": self.choice, "name": self.name, "title": self.title}


def read_answers(text: str) -> dict[str, Answer]:
    """Read the answers that were kept, by organisation; none where it is no JSON."""
    try:
        kept = json.loads(text or "{}")
        return {
            str(key): Answer(str(one["choice"]), str(one["name"]), str(one["title"]))
            for key, one in kept.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def write_answers(answers: Mapping[str, Answer]) -> str:
    """Write answers as text, for :func:`read_answers`."""
    kept = {key: answer.to_dict() for key, answer in answers.items()}
    return json.dumps(kept, ensure_ascii=False)


def to_decisions(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Return answers as the actions on a plan expect them."""
    return {key: answer.choice for key, answer in answers.items()}


def gather_answers(
    form: Mapping[str, str], doubtful: Iterable[Step]
) -> dict[str, Answer]:
    """Return what a form answers to the doubtful steps of a plan.

    What was not asked, or is not among the candidates, is left out.
    """
    found = {}
    for step in doubtful:
        choice = form.get(ANSWER_PREFIX + str(step["organization_id"]), "")
        titles = {one["siren"]: one["title"] for one in step["candidates"]}
        if choice == NONE or choice in titles:
            found[str(step["organization_id"])] = Answer(
                choice, str(step["title"]), titles.get(choice, "")
            )
    return found


EXPORTED = (
    "verdict",
    "kind",
    "siren",
    "insee",
    "title",
    "organization",
    "successor",
    "message",
    "changes",
)


def write_plan_csv(
    plan: Mapping[str, Any], headers: Mapping[str, str], verdicts: Mapping[str, str]
) -> bytes:
    """Write a plan for a French spreadsheet program, one step a line.

    Semicolons and a UTF-8 mark: the only form that Excel 2013 opens as a table with
    its accents. What looks like a formula is written as text.

    :param headers: the columns' titles, by the names of :data:`EXPORTED`.
    :param verdicts: the verdicts in words.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([headers[name] for name in EXPORTED])
    for step in plan["steps"]:
        successor = step.get("successor") or {}
        changes = "; ".join(
            f"{one.get('label') or one['field']}: {_show(one['before'])} → "
            f"{_show(one['after'])}"
            for one in step.get("changes") or ()
        )
        values = {
            **step,
            "verdict": verdicts.get(step["verdict"], step["verdict"]),
            "successor": successor.get("title"),
            "changes": changes,
        }
        writer.writerow([_as_text(values.get(name)) for name in EXPORTED])
    return "\ufeff".encode() + out.getvalue().encode()


def _show(value: object) -> str:
    return "–" if value in (None, "") else str(value)


def _as_text(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
