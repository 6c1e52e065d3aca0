"""The NGSI-LD HTTP binding (clause 6): requests read, routed and answered; no rules of entities."""
