"""Rules as text: what each key means, what can be wrong with it, and a rule written back."""
