"""The how-to pages of the documentation, read inside of the application."""
