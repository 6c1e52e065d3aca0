"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""
