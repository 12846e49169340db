"""Publishing rows again without the file that they came from.

A release that must change by itself (its model has a new version, rows of it are
erased) becomes another one, whose original is the published file.
"""

from __future__ import annotations

from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing import keeping
from ckanext.odlocale.publishing.analysis import Choice, analyse
from ckanext.odlocale.publishing.answers import Answers
from ckanext.odlocale.publishing.fiche import Wishes
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import owner_of_rows
from ckanext.odlocale.publishing.release import put_online
from ckanext.odlocale.scdl.catalogue import Catalogue
from ckanext.odlocale.scdl.table_schema import TableSchema, extend_schema
from ckanext.odlocale.scdl.typed import read_canonical


def republish(
    context: Context,
    former: Deposit,
    content: bytes,
    schema: TableSchema,
    channel: str,
    wishes: Wishes,
) -> Deposit:
    """Put rows online at the address of a release, which is then replaced.

    In the caller's transaction. Nothing here refuses: the rows are online already.

    :param content: a canonical CSV
    :param schema: the version of the model that the rows follow
    :param channel: what is written of the file's origin
    :param wishes: what the agent changed of the fiche
    """
    stored = keeping.keep(content)
    user = model.User.get(context["user"])
    later = Deposit.start(former.org_id, former.siren, stored, user and user.id)
    later.channel = channel
    later.filename = f"{former.schema}-{former.key}.csv"
    # Columns that were published beyond the model are published still.
    headers = tuple(read_canonical(content).columns)
    analysis = analyse(
        storage.open_path(stored.sha256),
        later.filename,
        Choice(schema=schema.slug),
        Catalogue((extend_schema(schema, headers),)),
        owner=owner_of_rows(former),
    )
    later.answers = Answers(
        chosen=schema.slug,
        columns_answered=True,
        # Its address never moves, whatever key the rows would give.
        key_suffix=Answers.from_dict(former.answers).key_suffix,
        wishes=wishes,
    ).to_dict()
    later.schema, later.key = former.schema, former.key
    later.schema_version = schema.version
    later.report = analysis.to_dict()
    later.rows = analysis.report.rows if analysis.report else None
    model.Session.add(later)
    model.Session.flush()
    put_online(context, later, analysis)
    return later
