"""TotEM documents, invented, as accounting software writes them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

NAMESPACE = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
MAIN, ANNEXE = "21990001600011", "21990001600029"

#: A line: an expense of wages, real, of the running section.
WAGES = {
    "Nature": "6411", "ContNat": "012", "ArtSpe": "false", "CodRD": "D",
    "MtPrev": "42000.00", "OpBudg": "0", "Section": "F",
}  # fmt: skip


def line(**changes: str | None) -> str:
    """One line of a budget; a part set to None is left out."""
    parts = {name: value for name, value in {**WAGES, **changes}.items() if value}
    section = parts.pop("Section", None)
    calculated = parts.pop("calculated", None)
    inside = "".join(f"<{name} V={quoteattr(value)}/>" for name, value in parts.items())
    if section:
        inside += f'<CaracSup V="{section}" Code="Section"/>'
    flag = f' calculated="{calculated}"' if calculated else ""
    return f"<LigneBudget{flag}>{inside}</LigneBudget>"


def budget(
    lines: Sequence[str] = (line(),),
    *,
    name: str = "BUDGET PRINCIPAL",
    siret: str = MAIN,
    kind: str = "P",
    step: str = "01",
    year: str = "2022",
    chart: str = "M14-M14_COM_500_3500",
    draft: str = "false",
) -> str:
    """One budget: header, lines, and the annexes that name people."""
    return f"""<Budget>
<EnTeteBudget><LibelleEtab V={quoteattr(name)}/><IdEtab V="{siret}"/>
<Nomenclature V={quoteattr(chart)}/></EnTeteBudget>
<BlocBudget><NatDec V="{step}"/><Exer V="{year}"/><ProjetBudget V="{draft}"/>
<CodTypBud V="{kind}"/></BlocBudget>
{"".join(lines)}
<Annexes><DATA_PERSONNEL><PERSONNEL><LibNom V="Agathe Inventée"/></PERSONNEL>
</DATA_PERSONNEL><DATA_SIGNATAIRE><SIGNATAIRE><Nom V="Zoé Signataire"/></SIGNATAIRE>
</DATA_SIGNATAIRE></Annexes></Budget>"""


def document(*budgets: str, before: str = "", encoding: str = "ISO-8859-1") -> bytes:
    """A whole document."""
    text = f"""<?xml version="1.0" encoding="{encoding}"?>{before}
<DocumentBudgetaire xmlns="{NAMESPACE}"><VersionSchema V="100"/>
<EnTeteDocBudgetaire><LibellePoste V="TRESORERIE"/><LibelleColl V="VALFLEURI"/>
<IdColl V="{MAIN}"/></EnTeteDocBudgetaire>{"".join(budgets or (budget(),))}
</DocumentBudgetaire>"""
    return text.encode(encoding)
