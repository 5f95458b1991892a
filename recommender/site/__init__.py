"""The digest as a static site: pages, pictures, and a search that runs in the reader's browser.

model   what the site is made of          plots    a map of the papers, papers per month
pages   every page as text                layout   vectors to two dimensions
search  the model and the papers, packed  files    the folder on disk
"""

from recommender.site.files import Written, write
from recommender.site.model import Feed, Site
from recommender.site.pages import render

__all__ = ["Feed", "Site", "Written", "render", "write"]
