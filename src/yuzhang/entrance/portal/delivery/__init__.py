"""Takes notifications to where people are: e-mail, text messages, a webhook. What waits is kept until it arrives or is given up."""
