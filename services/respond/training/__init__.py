"""Makes the weights of the defensiveness gate out of our own replies. Needs numpy; no service runs on it."""
