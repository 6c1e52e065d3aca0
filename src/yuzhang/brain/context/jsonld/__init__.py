"""JSON-LD as far as NGSI-LD needs it: which name a term stands for, and back. Contexts are compiled once; no document is processed."""

from yuzhang.brain.context.jsonld.contexts import Contexts
from yuzhang.brain.context.jsonld.loading import Loading
from yuzhang.brain.context.jsonld.terms import CORE, Terms

__all__ = ["CORE", "Contexts", "Loading", "Terms"]
