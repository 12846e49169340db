"""Why an answer to a finding is refused, in words."""

from __future__ import annotations

from typing import Final

from ..base.language import translator
from .sentences import N_

_SENTENCES: Final[dict[str, str]] = {
    "shape": N_("This answer cannot be read. Load the page again, then answer anew."),
    "group": N_("The finding “{group}” is no longer there. Load the page again."),
    "option": N_("The finding “{group}” does not accept the answer “{option}”."),
    "row": N_("Row {row} is not one of the finding “{group}”."),
    "twice": N_("Row {row} has two answers. Keep one of them."),
    "no_value": N_("Write the value that replaces the cell."),
    "value_long": N_("The value is too long: {limit} characters at most."),
    "value_signs": N_("Write the value on one line, without hidden signs."),
    "unmasked": N_(
        "Row {row}: the name cannot be hidden safely. Write the text without it."
    ),
}
REFUSED_CODES = frozenset(_SENTENCES)


class DecisionRefused(ValueError):
    """An answer that fits nothing that was asked.

    :ivar code: one of :data:`REFUSED_CODES`
    :ivar params: facts of the sentence: ``group``, ``row``, ``option``, ``limit``
    """

    def __init__(self, code: str, **params: str | int) -> None:
        self.code, self.params = code, params
        super().__init__(f"{code}: {params}" if params else code)

    def say(self, lang: str = "fr") -> str:
        """Return what the person reads: what, where, what to do."""
        sentence = translator(lang).gettext(_SENTENCES[self.code])
        return sentence.format(**self.params)
