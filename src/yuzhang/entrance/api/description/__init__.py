"""The API described for machines, whole and with examples, and the page on which people try it."""
