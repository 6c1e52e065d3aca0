"""How a report looks: the same blocks as Word, PDF and HTML, with their charts and fonts."""
