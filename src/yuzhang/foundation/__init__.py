"""What devices, departments and files report: how it comes in, and the log that keeps it until it is filed."""
