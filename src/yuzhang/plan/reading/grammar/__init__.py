"""The grammar of promises: from plain prose to quantities with their subjects. Pure text, no plan structure, no storage."""
