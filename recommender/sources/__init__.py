"""Where papers come from: archives' services, behind one chain, and files."""
