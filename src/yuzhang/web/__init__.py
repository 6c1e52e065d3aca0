"""The common look: layout, components (table, chart), style, languages of pages. No rules."""
