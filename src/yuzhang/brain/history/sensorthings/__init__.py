"""The OGC SensorThings API 1.1 over history: entities as Things, series as Datastreams, rows as Observations. Source: OGC 18-088.

It is a view: it keeps nothing of its own. Observations come in by `brain.context.accepting`, everything else is written over NGSI-LD.
"""
