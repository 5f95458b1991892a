"""The `recommend` command: parse, call the library or a verb, print. Results go to stdout, all else to stderr.

Heavy imports stay inside the verbs, so that `--help` answers at once and no verb pays for another's stages.
"""

import click

from recommender.fronts.cli import ask, fill, keep, look, make, mcp, notify, profile, rate, serve, watch
from recommender.fronts.cli.group import Group


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="recommender")
def main() -> None:
    """Recommend arXiv papers by meaning: a daily digest, search in your own words, papers like another.

    \b
    recommend update                            fetch what is new and write the digest
    recommend search "retrieve an image by a picture and a change in words"
    recommend similar 2407.16658                papers like this one
    recommend like 2407.16658                   and `recommend today` finds what is new and like it
    """


for verb in (
    *(ask.search, ask.similar, ask.info),
    *(look.show, look.open_, look.completion),
    *(fill.update, fill.fetch, fill.import_, fill.migrate),
    *(keep.init, keep.check, keep.index),
    *(make.digest, make.site, make.train),
    *rate.VERBS,
    *profile.VERBS,
    *(watch.watch, serve.serve, mcp.mcp),
    notify.notify,
):
    main.add_command(verb)
