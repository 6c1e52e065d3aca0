"""The evaluation as a document that a plan office hands in: docx, pdf, html."""
