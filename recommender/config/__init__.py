"""config.toml: its keys (`tables`) and their `checks`, reading it (`reading`), writing a commented one (`writing`)."""

from recommender.config.delivery import NotifyConfig
from recommender.config.reading import load, parse
from recommender.config.tables import Config, FetchConfig, SectionConfig

__all__ = ["Config", "FetchConfig", "NotifyConfig", "SectionConfig", "load", "parse"]
