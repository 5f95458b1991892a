"""Training on papers: pairs that belong together, a model that both kinds of loader agree on, and no lost work."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recommender import embed
from recommender.config import Config
from recommender.config import load as load_config
from recommender.errors import InputError, ModelError
from recommender.library import Recommender
from recommender.paper import Paper
from recommender.progress import Progress, silent
from recommender.sources.files import PaperFile
from recommender.train import Settings, command, corpus, folder, loop, train
from recommender.train.pairs import Groups, Pairs
from recommender.vectors import FloatArray, unit
from recommender.verbs import digest
from recommender.verbs.imports import STARTER, open_for_asking
from recommender.verbs.train import train as train_verb

QUICK = Settings(start="none", steps=12, batch=256, vocabulary=2000, dimensions=32, rate=0.01)


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    """As many as training asks for; the beginnings of their abstracts are enough to learn from."""
    return [replace(paper, abstract=paper.abstract[:400]) for paper in PaperFile(STARTER).papers(lambda *_: None)]


@pytest.fixture(scope="module")
def built(papers: list[Paper]) -> corpus.Corpus:
    return corpus.build(papers, folder.new_tokenizer((paper.abstract for paper in papers), 2000), lambda *_: None)


@pytest.fixture(scope="module")
def trained(papers: list[Paper], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    train(papers, out, replace(QUICK, steps=60), origin="the starter papers")
    return out


def test_training_makes_held_out_titles_find_their_abstracts(papers: list[Paper], tmp_path: Path) -> None:
    report = train(papers, tmp_path, replace(QUICK, steps=120))
    assert report.held_out == len(papers) // 20
    assert report.after > 1.2 * report.before


def test_the_folder_gives_the_same_vectors_with_and_without_torch(trained: Path, papers: list[Paper]) -> None:
    from sentence_transformers import SentenceTransformer

    encoder = embed.load(str(trained))
    ours = encoder.encode_documents(papers[:200])
    model = SentenceTransformer(str(trained), device="cpu")
    theirs = unit(model.encode([embed.document_text(paper) for paper in papers[:200]]))
    assert (ours * theirs).sum(axis=1).min() > 0.9999
    assert encoder.background.shape == (2048, QUICK.dimensions)


def test_a_word_counts_three_times_at_most_in_the_folder_too(trained: Path) -> None:
    few, more, many = embed.load(str(trained)).encode_queries([f"{'quantum ' * times}codes" for times in (2, 3, 9)])
    np.testing.assert_allclose(more, many, atol=1e-6)
    assert few @ many < 0.9999


def test_an_index_of_other_dimensions_is_refused_in_one_line(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[embedding]\nmodel = "{trained}"\n', encoding="utf-8")
    with open_for_asking(Config(tmp_path)) as recommender:
        assert recommender.search("quantum codes")
    with Recommender(load_config(tmp_path / "config.toml")) as recommender:
        for ask in (
            lambda: recommender.search("quantum codes"),
            lambda: recommender.similar(["0704.0202", "quantum codes"]),
            lambda: digest.make(recommender),
        ):
            with pytest.raises(ModelError, match="embed them anew"):
                ask()


def test_the_card_says_what_the_model_was_made_of(trained: Path, papers: list[Paper]) -> None:
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert f"{len(papers):,} papers from the starter papers" in card
    assert "60 steps" in card
    assert not (trained / "checkpoint.pt").exists()


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(built: corpus.Corpus, tmp_path: Path) -> None:
    table = np.random.default_rng(0).standard_normal((2000, 16), np.float32)
    plan = loop.Plan(steps=9, batch=128, rate=0.01, seed=3, teaching=0)

    def stop_at(last: int) -> Progress:
        def progress(stage: str, done: int, of: int, *, unit: str = "papers", note: str = "") -> None:
            if done == last:
                raise KeyboardInterrupt

        return progress

    def run(name: str, progress: Progress) -> FloatArray:
        return loop.run(built, table, plan, None, checkpoint=tmp_path / name, save_every=4, progress=progress)

    whole = run("whole.pt", silent)
    with pytest.raises(KeyboardInterrupt):
        run("broken.pt", stop_at(6))
    np.testing.assert_allclose(run("broken.pt", silent), whole, atol=1e-6)
    with pytest.raises(InputError, match="other settings"):
        loop.run(
            built,
            table,
            replace(plan, seed=4),
            None,
            checkpoint=tmp_path / "broken.pt",
            save_every=4,
            progress=silent,
        )


def test_the_same_seed_trains_the_same_model(built: corpus.Corpus, tmp_path: Path) -> None:
    table = np.random.default_rng(0).standard_normal((2000, 16), np.float32)
    plan = loop.Plan(steps=3, batch=128, rate=0.01, seed=3, teaching=0)
    first, second = (
        loop.run(built, table, plan, None, checkpoint=tmp_path / "none", save_every=100, progress=silent)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file of the user's", encoding="utf-8")
    with pytest.raises(InputError, match=r"model: cannot be written \(File exists\)"):
        train_verb(Config(tmp_path), tmp_path / "model", QUICK, files=[STARTER], teacher="", bad=[], progress=silent)
    assert (tmp_path / "model").read_text(encoding="utf-8") == "a file of the user's"


def test_too_few_papers_are_refused_with_the_number(papers: list[Paper], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"4,999 papers are too few.*at least {command.FEWEST:,}"):
        train(papers[:4999], tmp_path, QUICK)


def test_a_start_that_is_no_static_model_is_refused(papers: list[Paper], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no static model"):
        train(papers, tmp_path / "out", replace(QUICK, start=str(tmp_path)))


def test_a_start_from_a_teachers_vectors_of_tokens_begins_near_what_it_says(
    papers: list[Paper], tmp_path: Path
) -> None:
    teacher = embed.load("default")
    settings = replace(QUICK, start="teacher", steps=1, taught=1000, rate=1e-6)
    report = train(papers, tmp_path / "taught", settings, teacher=teacher)
    assert report.before > 1.2 * train(papers, tmp_path / "drawn", replace(QUICK, steps=1)).before
    with pytest.raises(InputError, match=r"at least 300 dimensions; static-[0-9a-f]+ has 256"):
        train(papers, tmp_path / "more", replace(settings, dimensions=300), teacher=teacher)
    with pytest.raises(InputError, match="none is named"):
        train(papers, tmp_path / "alone", settings)


def test_a_teacher_is_asked_once_and_imitated(papers: list[Paper], tmp_path: Path) -> None:
    class Teacher:
        identity, dimensions, batch, asked = "teacher", 16, 256, 0

        def encode_documents(self, some: list[Paper]) -> FloatArray:
            self.asked += len(some)
            return unit(np.array([[len(p.title), len(p.abstract) / 9, *range(14)] for p in some], np.float32))

    def lessons(taught: int) -> loop.Lessons:
        return command._lessons(papers, _corpus(papers), teacher, taught, tmp_path, silent)  # type: ignore[arg-type]

    teacher = Teacher()
    first = lessons(2000)
    assert teacher.asked == len(first.rows) == 2000
    more = lessons(3000)
    assert teacher.asked == len(more.rows) == 3000
    np.testing.assert_array_equal(more.vectors[:2000], first.vectors)


def _corpus(papers: list[Paper]) -> corpus.Corpus:
    return corpus.build(papers, folder.new_tokenizer((paper.title for paper in papers), 1000), lambda *_: None)


def test_imitation_is_nothing_only_for_the_teachers_own_similarities() -> None:
    torch.manual_seed(0)
    teacher, other = (torch.nn.functional.normalize(torch.randn(20, 8), dim=1) for _ in range(2))
    turned = teacher @ torch.linalg.qr(torch.randn(8, 8)).Q
    assert loop.imitation(turned @ turned.T, teacher @ teacher.T).item() == pytest.approx(0, abs=1e-5)
    assert loop.imitation(other @ other.T, teacher @ teacher.T).item() > 0.1


def test_a_teacher_moves_the_similarities_towards_its_own(built: corpus.Corpus, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = built.learnt[:1200]
    seen = unit(np.eye(40, dtype=np.float32)[np.unique(built.categories[rows] % 40, return_inverse=True)[1]] + 0.01)
    lessons = loop.Lessons(rows, seen.astype(np.float16))
    table = rng.standard_normal((2000, 32), np.float32)
    plan = loop.Plan(steps=15, batch=64, rate=0.05, seed=1, teaching=5)

    def distance(trained: FloatArray) -> float:
        vectors = loop.embedded(torch.from_numpy(trained), corpus.counted(built.full(rows[:300])))
        return loop.imitation(vectors @ vectors.T, torch.from_numpy(seen[:300] @ seen[:300].T)).item()

    after = loop.run(built, table, plan, lessons, checkpoint=tmp_path / "none", save_every=100, progress=silent)
    assert distance(after) < 0.9 * distance(table)


def test_pairs_come_from_papers_that_are_not_held_out(built: corpus.Corpus) -> None:
    hidden = set(built.held_out.tolist())
    assert not hidden & set(built.learnt.tolist())
    assert not hidden & set(built.authors.ravel().tolist())
    assert len(hidden) + len(built.learnt) == len(built)


def test_every_kind_of_pair_is_drawn_with_as_many_firsts_as_seconds(built: corpus.Corpus) -> None:
    pairs = Pairs(built)
    for seed in range(12):
        first, second = pairs.draw(64, np.random.default_rng(seed))
        assert len(first.offsets) == len(second.offsets) > 1


def test_hard_batches_keep_to_few_categories_and_no_member_comes_twice() -> None:
    categories = np.repeat(np.arange(50), 40)
    groups = Groups(np.arange(2000), categories)
    hard = groups.draw(90, 1.0, np.random.default_rng(1))
    easy = groups.draw(90, 0.0, np.random.default_rng(1))
    assert len(set(hard.tolist())) == len(set(easy.tolist())) == 90
    assert len(np.unique(categories[hard])) == 3 < len(np.unique(categories[easy]))


def test_joined_texts_are_title_then_abstract(built: corpus.Corpus) -> None:
    rows = np.array([5, 2])
    title, abstract, both = built.titles.bag(rows), built.abstracts.bag(rows), built.full(rows)
    assert both.ids[both.offsets[1] :].tolist() == [
        *title.ids[title.offsets[1] :],
        *abstract.ids[abstract.offsets[1] :],
    ]


def test_a_token_counts_three_times_at_most_and_texts_are_kept_apart() -> None:
    bag = corpus.Bag(np.array([7, 5, 7, 7, 7, 7, 5, 9]), np.array([0, 4, 4]))
    texts = corpus.counted(bag)
    assert texts.ids.tolist() == [5, 7, 5, 7, 9]
    assert texts.times.tolist() == [1, 3, 1, 2, 1]
    assert texts.offsets.tolist() == [0, 2, 2]  # the second text is empty


def test_dropping_leaves_out_tokens_with_all_their_repetitions() -> None:
    bag = corpus.Bag(np.tile(np.arange(100), 3), np.array([0]))
    thin = corpus.counted(bag, dropped=0.5, rng=np.random.default_rng(0))
    assert set(thin.times.tolist()) == {3}
    assert 30 < len(thin.ids) < 70


def test_training_computes_nearly_the_vectors_that_the_finished_model_gives(papers: list[Paper]) -> None:
    tokenizer, table = folder.read(embed.DEFAULT_MODEL)
    some = [paper for paper in papers if len(paper.abstract) < 1000][:200]
    built = corpus.build(some, tokenizer, lambda *_: None)
    inside = loop.vectors(table, corpus.counted(built.full(np.arange(200))))
    outside = embed.load("default").encode_documents(some)
    uncounted = unit(np.stack([table[text].sum(axis=0) for text in _tokens(built)]))
    assert (inside * outside).sum(axis=1).mean() > 0.995 > (uncounted * outside).sum(axis=1).mean()


def _tokens(built: corpus.Corpus) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    bag = built.full(np.arange(len(built)))
    return np.split(bag.ids, bag.offsets[1:])


def test_a_start_whose_tokenizer_splits_otherwise_is_refused(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "other")
    tokenizer = json.loads((tmp_path / "other" / "tokenizer.json").read_bytes())
    tokenizer["pre_tokenizer"] = {"type": "Whitespace"}
    (tmp_path / "other" / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    with pytest.raises(ModelError, match="does not split words as BERT's does"):
        folder.read(tmp_path / "other")
