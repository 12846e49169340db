"""What a software reads of the file that it sent, as JSON.

The report is the engine's own, documented by ``scdl/data/report.schema.json``, with
its sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.publishing.answers import read_report
from ckanext.odlocale.publishing.push_core import Result
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.outcomes import Outcome, to_json
from ckanext.odlocale.scdl.report import Report, page_of

#: The status of an answer that refuses nothing.
STATUSES: Mapping[Result, int] = {
    "created": 201,
    "replaced": 200,
    "unchanged": 200,
    "draft": 202,
    "withdrawn": 200,
}

Absolute = Callable[[str], str]


def sentence_of(result: Result, lang: str) -> str:
    """Say what became of a file."""
    gettext = translator(lang).gettext
    sentences = {
        "created": gettext("The file is online."),
        "replaced": gettext("The file is online. It replaces the former one."),
        "unchanged": gettext("This file is online already. Nothing has changed."),
        "draft": gettext("The file is kept as a draft. A person publishes it."),
        "withdrawn": gettext("The file is no longer online."),
    }
    return sentences[result]


def describe_delivery(
    result: Result,
    deposit: Mapping[str, Any],
    *,
    reasons: list[dict[str, str]],
    lang: str,
    absolute: Absolute,
) -> dict[str, Any]:
    """Return the answer to a file that was sent.

    :param deposit: as ``odlocale_deposit_show`` gives it
    :param reasons: why it stays a draft, see :func:`reasons_of`
    :param absolute: writes an address of the portal in full
    """
    return {
        "result": result,
        "message": sentence_of(result, lang),
        "reasons": reasons,
        "deposit": describe_deposit(deposit, absolute),
        "corrected": int((deposit["analysis"] or {}).get("corrected") or 0),
        "corrections": list_corrections(deposit["corrections"], absolute),
        "report": describe_report(deposit, lang),
    }


def describe_deposit(deposit: Mapping[str, Any], absolute: Absolute) -> dict[str, Any]:
    """Return what a software needs to know of a deposit.

    ``address``: of the file for everybody, once it is online; ``page``: where a person
    of the town hall goes on with it.
    """
    names = ("id", "state", "schema", "schema_version", "key", "rows")
    return {
        **{name: deposit[name] for name in names},
        "collectivity": deposit["code"],
        "sha256": deposit["original_sha256"],
        "sent_at": deposit["created_at"],
        "published_at": deposit["published_at"],
        "address": deposit["address"] if deposit["state"] == "published" else None,
        "page": absolute(f"/publier/depot/{deposit['id']}"),
    }


def list_corrections(
    passes: list[list[Any]], absolute: Absolute
) -> list[dict[str, str]]:
    """Return the corrections that were applied, each with the page that explains it."""
    return [
        {"id": one, "page": absolute("/" + page_of(one.rpartition("-")[0]))}
        for batch in passes or ()
        for one in batch
        if isinstance(one, str)
    ]


def describe_report(deposit: Mapping[str, Any], lang: str) -> dict[str, Any] | None:
    """Return the engine's report with its sentences; nothing where it was not read."""
    report = read_report(deposit["analysis"])
    if report is None:
        return None
    return to_json(Outcome(str(deposit["filename"]), report=report), lang)


def reasons_of(
    report: Report | None, publishes: bool, lang: str, absolute: Absolute
) -> list[dict[str, str]]:
    """Return why a file stays a draft: what blocks in it, or what the token lets do.

    :param publishes: whether the token lets publish
    """
    reasons = [
        {
            "code": one.code,
            "message": " ".join(
                filter(None, (render(one, lang).sentence, render(one, lang).remedy))
            ),
            "page": absolute("/" + page_of(one.code)),
        }
        for severity in ("blocks", "personal")
        for one in (report.by_severity(severity) if report else ())
    ]
    if not publishes:
        said = translator(lang).gettext("This access sends drafts only.")
        reasons.append({"code": "draft_only", "message": said, "page": ""})
    return reasons
