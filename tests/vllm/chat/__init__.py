"""The product against a chat server: what it streams, counts, keeps, calls and stops."""
