"""config.toml: its tables (`tables`), reading and checking it (`reading`), writing a commented one (`writing`)."""

from recommender.config.reading import load, parse
from recommender.config.tables import Config, FetchConfig, SectionConfig

__all__ = ["Config", "FetchConfig", "SectionConfig", "load", "parse"]
