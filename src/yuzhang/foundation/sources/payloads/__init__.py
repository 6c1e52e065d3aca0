"""What messages carry, as rows: JSON, CSV, binary records and Sparkplug B. What a row means is the business of a mapping."""
