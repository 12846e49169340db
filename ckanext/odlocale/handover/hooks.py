"""What the other rooms ask before they write."""

from __future__ import annotations

from typing import Any

from ckanext.odlocale.handover import taking


def before_dataset_create(context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    """Create nothing for a collectivité that left this portal.

    :raises ValidationError: it says where to go.
    """
    taking.refuse_moved(context, data_dict.get("owner_org"))
