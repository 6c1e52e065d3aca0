"""Traces by OpenTelemetry: a request, the actions in it, and what they ask of the databases. Imported only where traces are on."""
