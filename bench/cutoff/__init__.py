"""Which relevance separates papers that belong into a section from those that do not."""
