"""`yuzhang doctor`: is this machine fit to run Yuzhang, and if not, what to do. It looks, and changes nothing."""
