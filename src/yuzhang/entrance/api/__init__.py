"""The API for other programs: keys, quotas, webhooks, the page to try it. Each room brings its own endpoints."""
