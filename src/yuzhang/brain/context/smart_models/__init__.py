"""Smart Data Models: published descriptions of things of a city, kept here, and entities checked against them.

A model is a JSON Schema of the simplified representation with the @context of its subject (smartdatamodels.org). Nothing here
asks the network while an entity is checked: what a schema refers to is laid in with it.
"""
