"""The temporal API of NGSI-LD over history: entities as they were, written and asked. Clauses 5.6.11 to 5.6.16, 5.7.3, 5.7.4, 6.18 to 6.24."""
