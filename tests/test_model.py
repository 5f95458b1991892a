"""The model that comes with the package: one folder, two ways to run it, the same vectors."""

from recommender import embed
from recommender.sources.files import PaperFile
from recommender.vectors import unit
from recommender.verbs.imports import STARTER


def test_sentence_transformers_gives_the_same_vectors_on_a_thousand_abstracts() -> None:
    from sentence_transformers import SentenceTransformer

    papers = list(PaperFile(STARTER).papers(lambda *_: None))[:1000]
    theirs = SentenceTransformer(str(embed.DEFAULT_MODEL), device="cpu").encode(
        [embed.document_text(p) for p in papers]
    )
    ours = embed.load("default").encode_documents(papers)
    assert (ours * unit(theirs)).sum(axis=1).min() > 0.9999


def test_the_model_stays_small_enough_for_a_repository() -> None:
    assert sum(file.stat().st_size for file in embed.DEFAULT_MODEL.rglob("*") if file.is_file()) <= 50_000_000
