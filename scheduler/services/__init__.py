"""One function per use case; each takes a session and leaves the transaction to its caller."""
