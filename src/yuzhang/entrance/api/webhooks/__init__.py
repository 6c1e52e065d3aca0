"""Messages that tell applications what happened: signed, kept until they arrive, and sent in order."""
