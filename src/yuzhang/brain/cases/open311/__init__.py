"""Open311 GeoReport v2: other programs report here and follow what they reported; what another system handles is reported to it."""
