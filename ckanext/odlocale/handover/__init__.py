"""Hand a collectivité over, with all that is its own, to another portal.

ATDs come and go with elections. What a collectivité published must survive them:
its files, their history, its addresses and its place on data.gouv.fr.
"""
