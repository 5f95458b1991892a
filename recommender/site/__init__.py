"""The digest as a static site: pages, pictures, and a search that runs in the reader's browser.

model   what the site is made of          environment   the templates and what they are given
pages   every page as text                front         what opens the front page, and why
chart   the map; layout, themes, plots draw it
search  the papers that the search finds  engine        the model that it runs; packed: few bits a number
files   the folder on disk                latex         formulas as plain text
"""

from recommender.site.files import Written, write
from recommender.site.model import Above, Feed, Site
from recommender.site.pages import render

__all__ = ["Above", "Feed", "Site", "Written", "render", "write"]
