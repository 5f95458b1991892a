"""arXiv's three services, every answer checked: the query API, OAI-PMH, the announcement feeds."""
