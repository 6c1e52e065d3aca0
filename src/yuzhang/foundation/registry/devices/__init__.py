"""The pages of devices: the list, one device, new ones by hand and by table, and those that wait for approval."""
