"""What can prove an identity, and how each is checked: passwords, passkeys, code generators, recovery codes. Nothing here is stored."""
