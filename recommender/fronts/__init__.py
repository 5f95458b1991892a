"""The fronts: thin shells over the library and the verbs, with one record of a paper and one way to show it."""
