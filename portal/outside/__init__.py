"""The outside world: each library or service is spoken to in exactly one file, which takes copies and plain values."""
