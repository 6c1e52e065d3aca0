"""The first page: cards of what somebody in a role needs first, each a question to the room that knows, asked in the reader's own name."""
