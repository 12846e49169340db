"""Who publishes: the register of collectivités and their organisations.

Pure modules: ``identifiers``, ``naming``, ``register``, ``refresh``, ``definition``,
``perimeters``, ``lists``,
``plan``, ``reasons``, ``contours``, ``api_geo``. The others join them to CKAN.
"""
