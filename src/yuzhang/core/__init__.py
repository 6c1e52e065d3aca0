"""What every room stands on: errors, settings, access, storage, languages. No city words, no rules of a domain."""
