"""The tables of identity and all SQL over them, one file a subject. What is sealed is sealed and opened here."""
