"""What tells, in one statement, that a feed says what it said before.

PostgreSQL notes in each row the transaction that wrote it (``xmin``): as long as the
rows that a page is made of are the same versions, the page is the same. Whoever writes
them, by CKAN or behind its back, changes it.
"""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model
from flask import g

#: Rows that wait for a transfer, and codes or collectivités of before, are left to the
#: whole reading: they take rows of others.
_VERSION = sa.text(
    """
    SELECT md5(concat_ws('|', c.siren, c.xmin, g.xmin, datasets.said,
        (SELECT string_agg(t.schema || t.xmin, ',' ORDER BY t.schema)
           FROM odlocale_target t WHERE t.siren = c.siren),
        (SELECT string_agg(w.package_id || w.xmin, ',' ORDER BY w.package_id)
           FROM odlocale_transfer w WHERE w.to_siren = c.siren),
        (SELECT x.xmin FROM odlocale_push_choice x WHERE x.siren = c.siren),
        'siret', (SELECT d.siret FROM odlocale_datagouv d WHERE d.siren = c.siren)))
      FROM odlocale_collectivity c
      JOIN "group" g ON g.id = c.org_id,
      LATERAL (
        SELECT string_agg(concat(p.id, p.xmin, ' ', f.xmin, ' ', s.xmin), ','
                          ORDER BY p.id) AS said
          FROM package p LEFT JOIN odlocale_fragment f ON f.package_id = p.id
          LEFT JOIN odlocale_pushed s ON s.package_id = p.id
         WHERE p.owner_org = c.org_id AND p.state = 'active' AND NOT p.private
           AND p.type = 'dataset'
      ) datasets
     WHERE (c.insee = :code OR (c.siren = :code AND c.insee IS NULL))
       AND c.status = 'active' AND g.state = 'active' AND datasets.said IS NOT NULL
       AND NOT EXISTS (
         SELECT 1 FROM odlocale_transfer w
          WHERE w.from_siren = c.siren AND w.accepted_at IS NULL)
    """
)


def read_version(code: str) -> str | None:
    """Return what changes when, and as soon as, the first page of a feed may.

    Asked once in a request, whoever needs it.

    :param code: in the feed's address.
    :returns: ``None`` where only the whole reading can tell.
    """
    known: dict[str, str | None] = g.setdefault("odlocale_feed_versions", {})
    if code not in known:
        known[code] = _read_version(code)
    return known[code]


def _read_version(code: str) -> str | None:
    session, asked = model.Session(), {"code": code}
    found: str | None
    bound = session.get_bind()
    if session.in_transaction() or isinstance(bound, sa.Connection):
        # What it has changed itself counts, and what the connection that it joins has.
        found = session.execute(_VERSION, asked).scalar()
        return found
    # One statement needs no transaction: it would take two more exchanges.
    engine = bound.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = connection.execute(_VERSION, asked).scalar()
    return found
