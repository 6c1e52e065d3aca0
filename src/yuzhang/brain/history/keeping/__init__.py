"""How observations are kept: small files made into large ones, old rows thinned and dropped by policy, old snapshots forgotten."""
