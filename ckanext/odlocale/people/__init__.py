"""Who may act for whom: how people come in, what they may do, how they leave.

A role is CKAN's own ``member`` row (:mod:`~.roles`); what a role does not give, a
mandate may (:mod:`~.mandates`); :mod:`~.rights` answers from both whether somebody may
publish a kind of data for a collectivité. People come in by an invitation
(:mod:`~.invitations`) or by a code sent to the town hall (:mod:`~.codes`).
"""
