"""What the commands of the city's present stand on: how they reach entities, files of entities, and importing those."""
