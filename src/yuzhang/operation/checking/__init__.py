"""`yuzhang check`: is the data of an installation whole. It reads, also beside a running server, and changes nothing."""
