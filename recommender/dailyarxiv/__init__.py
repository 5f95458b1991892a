"""DailyArXiv and its forks: their format read and written, a fork migrated. A room that can be removed whole."""
