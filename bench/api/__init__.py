"""The API, asked by a machine that reads its description: schemathesis against a small library on loopback."""
