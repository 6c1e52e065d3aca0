"""The city's present state: every thing in the city as an NGSI-LD entity, behind ETSI GS CIM 009 v1.9.1.

What was, lies in `brain/history`; what follows from a change, in `brain/rules`.
"""
