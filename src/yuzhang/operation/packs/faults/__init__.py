"""What can be wrong in a pack, beside what the rooms that read its files say themselves."""
