"""Entity maps: which entities a query found, and where they are, kept for the pages that follow. Clauses 5.5.14 and 5.14."""
