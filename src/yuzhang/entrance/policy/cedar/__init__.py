"""Cedar as the room uses it: files read into statements, their schema, and what of them concerns one question. Nobody else speaks to cedarpy."""
