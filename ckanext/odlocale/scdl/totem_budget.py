"""One budget of a TotEM document, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Budget:
    """One budget of a document: what heads it, and its lines as they are written.

    :ivar head: values of the header's elements, by name
    :ivar lines: for each line, the first value of each of its elements; ``Section``
        stands for the line's own section
    :ivar calculated: lines left out, which the software adds up
    """

    head: dict[str, str] = field(default_factory=dict)
    lines: list[dict[str, str]] = field(default_factory=list)
    calculated: int = 0

    @property
    def name(self) -> str:
        """The collectivité's name, and the budget's where it is an annexe."""
        authority = self.head.get("LibelleColl", "").strip()
        budget = self.head.get("LibelleEtab", "").strip()
        main = self.head.get("CodTypBud", "P") == "P" or not budget
        if main or budget == authority:
            return authority or budget
        return f"{authority} – {budget}" if authority else budget
