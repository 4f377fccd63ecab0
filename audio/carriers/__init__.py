"""How sound reaches a zone: one file and one registry line for each carrier."""
