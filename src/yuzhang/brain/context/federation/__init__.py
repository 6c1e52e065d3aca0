"""One present out of many brokers: what others are registered for is asked there, written there, and put together here.

Who is registered for what is in `registrations`. Source: ETSI GS CIM 009 v1.9.1, clauses 4.3.6, 5.5, 6.3.17 and 6.3.18.
"""
