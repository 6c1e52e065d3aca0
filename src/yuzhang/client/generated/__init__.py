"""A typed client of the HTTP API under /api. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.generated.api import Api

__all__ = ["Api"]
