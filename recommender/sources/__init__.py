"""Where papers come from: arXiv's query API, OAI-PMH and RSS, metadata files, DailyArXiv READMEs."""
