"""How sensitive the city's data are, by type and attribute, and what of it a party may see. The rules by which parties may are the entrance's."""
