"""Delivery: secrets from outside config.toml, mail over TLS, chats by apprise; what is said comes from `digest`."""
