"""What a client can ask for: the query languages of clauses 4.9, 4.10, 4.17, 4.19 and 4.23, read once and matched in memory.

How a database answers them is in the store.
"""

from yuzhang.brain.context.query.geo import Geo, parse_geo
from yuzhang.brain.context.query.kinds import Types, parse_types
from yuzhang.brain.context.query.ordering import Order, parse_order
from yuzhang.brain.context.query.q import Q, parse_q
from yuzhang.brain.context.query.scopes import ScopeQ, parse_scope
from yuzhang.brain.context.query.selection import Selection

__all__ = [
    "Geo",
    "Order",
    "Q",
    "ScopeQ",
    "Selection",
    "Types",
    "parse_geo",
    "parse_order",
    "parse_q",
    "parse_scope",
    "parse_types",
]
