"""What was done, by whom and why: a chain of signed records that shows every change made to it."""
