"""How simulated things are told from real ones: by their id, so that no setting can mix them up."""

MARK = "sim"
INSIDE = f":{MARK}:"
"""How the mark stands in an id."""


def is_simulated(entity: str) -> bool:
    """Whether an entity is made up.

    >>> is_simulated("urn:ngsi-ld:PumpStation:sim:7"), is_simulated("urn:ngsi-ld:PumpStation:7")
    (True, False)
    """
    return INSIDE in entity
