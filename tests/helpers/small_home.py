"""A reader's home of 27 papers on four topics that no model mixes up, and what its sections show.

The store, the index and the default model are real, so that a key of config.toml is followed all the way to the digest.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from recommender import config, embed
from recommender.digest.model import Digest, Section
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.store import Fetch
from recommender.verbs import digest as sections

DAY = date(2026, 11, 20)
"Day of the newest paper, a Friday."
CODES, GALAXIES, IMAGES, PROTEINS = "quant-ph", "astro-ph.GA", "cs.CV", "q-bio.BM"
"The topics, each with a category of its own."

_TEXTS = {
    CODES: (
        (
            "Quantum error correction with the surface code",
            "Quantum error correction protects logical qubits. We decode syndromes of the surface code, a stabilizer "
            "code, and estimate its fault-tolerance threshold.",
        ),
        (
            "Decoders for quantum error correction by matching",
            "Minimum-weight matching decodes the syndromes of quantum error correcting codes fast enough for logical "
            "qubits.",
        ),
        (
            "Fault-tolerant logical gates on stabilizer codes",
            "Quantum computers need logical gates that keep errors correctable. We construct fault-tolerant gates for "
            "quantum stabilizer codes.",
        ),
        (
            "Low-density parity-check codes for quantum memories",
            "Quantum codes with sparse parity checks correct errors with few physical qubits.",
        ),
        (
            "Bosonic codes: correcting photon loss in a quantum oscillator",
            "A logical qubit in an oscillator survives photon loss by quantum error correction with cat states.",
        ),
        (
            "Leakage errors of superconducting qubits under error correction",
            "Leakage out of the qubit space spoils quantum error correction; we remove it between syndrome rounds.",
        ),
        (
            "Concatenated quantum codes against biased noise",
            "Biased noise lets concatenated quantum error correcting codes reach higher thresholds.",
        ),
    ),
    GALAXIES: (
        ("Star formation in dwarf galaxies", "We measure star formation rates of dwarf galaxies and their gas."),
        ("Galaxy clusters seen in X-rays", "Hot gas in clusters of galaxies shines in X-rays and weighs dark halos."),
        ("The rotation curves of spiral galaxies", "Rotation of stars and gas in spiral galaxies traces dark matter."),
        ("Mergers of massive galaxies", "Massive galaxies grow by mergers, as their stellar halos show."),
        ("Quasars and the galaxies that host them", "Host galaxies of luminous quasars form stars vigorously."),
        ("Metals in the gas around galaxies", "Absorption lines show metals in the circumgalactic gas of galaxies."),
    ),
    IMAGES: (
        ("Composed image retrieval from a picture and a text", "A query image and a text that changes it find images."),
        ("Image retrieval with learned embeddings", "Images are found by embeddings that a vision model learns."),
        ("Hashing for fast image search", "Binary codes of images make search among millions of pictures fast."),
        ("Sketches as queries for image retrieval", "A drawn sketch finds photographs; a network aligns both."),
        ("Retrieval of video moments by language", "Moments in videos are retrieved by sentences that describe them."),
        ("Benchmarks for visual search", "A benchmark of visual search measures how well images are retrieved."),
    ),
    PROTEINS: (
        ("Protein folding by deep networks", "Networks predict how an amino acid sequence folds into a protein."),
        ("Docking of ligands to proteins", "Binding poses of small molecules in protein pockets are predicted."),
        ("Design of enzymes from scratch", "Generated protein backbones become enzymes with new active sites."),
        ("Molecular dynamics of membrane proteins", "Simulations show how membrane proteins change conformation."),
        ("Language models of protein sequences", "Models trained on amino acid sequences predict protein function."),
        ("Disordered proteins and their phases", "Intrinsically disordered proteins separate into liquid phases."),
    ),
}
_AGES = (40, 3, 200, 0, 75, 12, 120)
"Days before DAY, so that no order of a topic's papers by date is their order by relevance."
NUMBER = sum(map(len, _TEXTS.values()))


def papers() -> list[Paper]:
    """All papers; the n-th of the t-th topic is `2601.0t00n`."""
    return [paper(topic, n) for topic, texts in _TEXTS.items() for n in range(len(texts))]


def paper(topic: str, number: int) -> Paper:
    """One paper of a topic."""
    title, abstract = _TEXTS[topic][number]
    day = DAY - timedelta(days=_AGES[number])
    return Paper(
        f"2601.{list(_TEXTS).index(topic):02}{number:03}",
        title,
        abstract,
        authors=("Ada Byron", "Emmy Noether"),
        categories=(topic,),
        published=day,
        updated=day,
        version=1,
        comment=f"{number + 5} pages",
    )


@cache
def encoder() -> embed.Encoder:
    """The default model, loaded once."""
    return embed.load("default")


def open_home(folder: Path, tables: dict[str, Any] | None = None, *, write: bool = False) -> Recommender:
    """The library of a folder under these tables of config.toml."""
    library = Recommender(config.parse(tables or {}, folder=folder), write=write, today=DAY + timedelta(days=1))
    if "model" not in (tables or {}).get("embedding", {}):
        library.encoder = encoder()
    return library


def fill(folder: Path, some: Iterable[Paper], **tables: Any) -> Path:
    """Store papers, and make the index; the folder."""
    with open_home(folder, tables, write=True) as library:
        library.add(some)
        library.refresh()
    return folder


def made(folder: Path, *wanted: dict[str, Any], **tables: Any) -> Digest:
    """The digest of a home with these sections and other tables of config.toml."""
    with open_home(folder, {"sections": list(wanted), **tables}) as library:
        return sections.make(library)


def section(folder: Path, title: str = "Quantum error correction", *, keys: Any = None, **tables: Any) -> Section:
    """The one section of a home: its title, its other keys, and other tables of config.toml."""
    return made(folder, {"title": title, **(keys or {})}, **tables).sections[0]


def ids(shown: Section) -> list[str]:
    """What it shows, in order."""
    return [row.paper.id for row in shown.rows]


def topics(shown: Section) -> list[str]:
    """The topic of each paper that it shows, in order."""
    return [row.paper.categories[0] for row in shown.rows]


def enter(folder: Path, target: str, *fetches: tuple[date, bool, str]) -> None:
    """Write down fetches of a target: day, whether it worked, and why it did not."""
    with open_home(folder, write=True) as library:
        for day, ok, reason in fetches:
            at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
            library.store.ledger.enter(Fetch(target, "api", at, ok=ok, detail=reason))
