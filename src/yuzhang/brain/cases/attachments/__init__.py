"""What comes with a case: photos, documents, signatures. Checked by what they are, and kept by the hash of their content."""
