"""The rules. A module is a noun, a function is a verb. No HTTP, no HTML, no network, no commit."""
