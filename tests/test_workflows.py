"""The workflows: pinned and modest by structure, and their steps run here, in a real repository with a real remote."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.post import chat_server

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: dict[str, Any] = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in FILES}
DIGEST = WORKFLOWS["digest"]

needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "git", "jq", "awk"))) or sys.platform != "linux",
    reason="the steps need a runner's tools: bash, git, jq, awk and GNU date",
)

GH = '''\
#!/usr/bin/env python3
"""Stands in for GitHub's command line: keeps the issues in issues.json."""
import json, pathlib, sys
file = pathlib.Path(__file__).with_name("issues.json")
issues = json.loads(file.read_text()) if file.exists() else []
command, options = sys.argv[1:3], sys.argv[3:]
body = pathlib.Path(options[options.index("--body-file") + 1]).read_text() if "--body-file" in options else ""
if command == ["issue", "list"]:
    print(issues[-1]["number"] if issues else "")
elif command == ["issue", "create"]:
    issues.append({"number": len(issues) + 7, "body": body, "comments": []})
elif command == ["issue", "view"]:
    print(issues[-1]["body"].replace("\\n", "\\r\\n"))
elif command == ["issue", "edit"]:
    issues[-1]["body"] = body
elif command == ["issue", "comment"]:
    issues[-1]["comments"].append(body)
elif command[0] == "api":
    sys.exit(0 if (file.parent / "pages").exists() else 1)
elif command != ["label", "create"]:
    sys.exit(f"gh {command}?")
file.write_text(json.dumps(issues))
'''


CONFIG = """\
[[sections]]
title = "Retrieval, of: 100% images"
query = "image retrieval"

[issue]
path = "issue.md"

[feeds]
path = "site/feeds"

[fetch]
api_url = "http://127.0.0.1:9/api"
sources = ["api"]
budget_seconds = 3
timeout_seconds = 1
"""


def steps(workflow: Any) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(file: Path) -> None:
    used = re.findall(r"uses: *(.*)", file.read_text("utf-8"))
    assert used
    for line in used:
        assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_no_job_may_do_more_than_it_needs() -> None:
    assert DIGEST["permissions"] == {}
    assert {name: job["permissions"] for name, job in DIGEST["jobs"].items()} == {
        "digest": {"contents": "write", "issues": "write", "pages": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }
    assert WORKFLOWS["ci"]["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_every_job_ends_and_no_script_holds_text_from_outside(name: str) -> None:
    for job in WORKFLOWS[name]["jobs"].values():
        assert job["timeout-minutes"] <= 90
    for step in steps(WORKFLOWS[name]):
        assert "${{" not in step.get("run", "")


def test_the_digest_runs_daily_and_by_hand_never_twice_at_once() -> None:
    assert list(DIGEST[True]) == ["schedule", "workflow_dispatch"]  # YAML 1.1 reads `on` as true
    assert re.fullmatch(r"[1-9]\d* \d+ \* \* \*", DIGEST[True]["schedule"][0]["cron"])
    assert DIGEST["concurrency"] == {"group": "digest", "cancel-in-progress": False}


def test_the_index_is_kept_whatever_fails_after_the_update() -> None:
    names = [step.get("name", step.get("uses")) for step in DIGEST["jobs"]["digest"]["steps"]]
    assert names.index("Restore the index") < names.index("Update") < names.index("Save the index")
    save = next(step for step in steps(DIGEST) if step.get("name") == "Save the index")
    restore = next(step for step in steps(DIGEST) if step.get("name") == "Restore the index")
    assert save["if"] == "always()"
    assert save["with"] == {key: value for key, value in restore["with"].items() if key != "restore-keys"}
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])


@pytest.mark.skipif(not shutil.which("actionlint"), reason="actionlint is not installed")
def test_actionlint_finds_nothing() -> None:
    run = subprocess.run(["actionlint", *map(str, FILES)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


class Runner:
    """A runner's machine: a clone of a bare remote, `recommend` and `gh` on the PATH."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.tools, self.clone, self.remote = folder / "bin", folder / "clone", folder / "remote.git"
        self.tools.mkdir()
        self._tool("gh", GH)
        self._tool("recommend", f'#!/bin/sh\nexec {sys.executable} -m recommender "$@"\n')
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.remote), cwd=folder)
        self.git("clone", "--quiet", str(self.remote), str(self.clone), cwd=folder)
        shutil.copytree(home / "index", self.clone / "index")
        for name in (".gitignore", "README.md"):
            shutil.copy(ROOT / "index" / name, self.clone / "index" / name)
        (self.clone / "config.toml").write_text(CONFIG)
        (self.clone / "README.md").write_text("# My papers\n")
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "Start")
        self.git("push", "--quiet", "--set-upstream", "origin", "main")

    def _tool(self, name: str, text: str) -> None:
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        run = subprocess.run(["git", *arguments], cwd=cwd or self.clone, capture_output=True, text=True, check=True)
        return run.stdout.strip()

    def step(self, name: str, *, now: str = "1790000000") -> str:
        """Run a step as a runner does; its output."""
        step = next(step for step in steps(DIGEST) if step.get("name") == name)
        path = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        output = self.tools / "output"
        variables = {"PATH": path, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": now, "GH_REPO": "a/b"}
        run = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.clone,
            env={**os.environ, **variables, "GITHUB_OUTPUT": str(output), "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout + (output.read_text() if output.exists() else "")

    @property
    def issues(self) -> list[dict[str, Any]]:
        file = self.tools / "issues.json"
        return list(yaml.safe_load(file.read_text())) if file.exists() else []

    def pushed(self) -> list[str]:
        return self.git("log", "--format=%s", "main", cwd=self.remote).splitlines()


@pytest.fixture
def runner(tmp_path: Path, home: Path) -> Runner:
    (tmp_path / "runner").mkdir()
    return Runner(tmp_path / "runner", home)


@needs_tools
def test_a_days_run_updates_warns_writes_and_pushes(runner: Runner) -> None:
    runner.step("Update")
    warnings = runner.step("Show what is stale")
    assert re.match(r"::warning title=Retrieval%2C of%3A 100%25 images could not be fetched::\S", warnings), (
        "arXiv does not answer in this test"
    )
    assert "(published)" not in runner.step("Write the site")
    runner.step("Commit")
    files = runner.git("ls-tree", "-r", "--name-only", "main", cwd=runner.remote).splitlines()
    assert {"README.md", "config.toml", "index/README.md", "site/map.svg", "site/months.svg"} <= set(files)
    assert [name for name in files if name.endswith((".html", ".db", ".faiss")) or name == "issue.md"] == []
    assert "site/feeds/all.atom" in files
    assert re.fullmatch(r"Digest of \d{4}-\d\d-\d\d", runner.pushed()[0])
    assert "## Retrieval, of: 100% images" in runner.git("show", "main:README.md", cwd=runner.remote)


@needs_tools
def test_a_run_that_changes_nothing_commits_nothing(runner: Runner) -> None:
    for _ in range(2):
        runner.step("Update")
        runner.step("Write the site")
        said = runner.step("Commit")
    assert "nothing changed" in said
    assert len(runner.pushed()) == 2


@needs_tools
def test_after_45_silent_days_an_empty_commit_keeps_the_schedule_alive(runner: Runner) -> None:
    when = f"{date(2020, 1, 1)}T00:00:00Z"
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--amend", "--no-edit"],
        cwd=runner.clone,
        env={**os.environ, "GIT_COMMITTER_DATE": when},
        check=True,
    )
    runner.git("push", "--quiet", "--force")
    runner.step("Commit")
    assert runner.pushed() == ["Keep the schedule alive", "Start"]
    assert "nothing changed" in runner.step("Commit")


@needs_tools
def test_what_somebody_pushed_meanwhile_stays(runner: Runner, tmp_path: Path) -> None:
    other = tmp_path / "other"
    runner.git("clone", "--quiet", str(runner.remote), str(other))
    (other / "NOTES.md").write_text("mine")
    runner.git("add", "NOTES.md", cwd=other)
    runner.git("-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "--quiet", "-m", "Notes", cwd=other)
    runner.git("push", "--quiet", cwd=other)
    (runner.clone / "README.md").write_text("# My papers, today\n")
    runner.step("Commit")
    assert runner.pushed()[1:] == ["Notes", "Start"]


def test_what_was_sent_is_saved_with_the_index() -> None:
    names = [step.get("name", "") for step in DIGEST["jobs"]["digest"]["steps"]]
    assert names.index("Update") < names.index("Notify") < names.index("Save the index")


@needs_tools
def test_readers_are_told_only_where_config_toml_names_any(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runner.step("Notify") == "config.toml names nobody to notify\n"
    target = '\n[[notify]]\nname = "lab"\nchat = "env:CHAT_URL"\nwhen = "always"\n'
    (runner.clone / "config.toml").write_text(CONFIG + target)
    monkeypatch.setenv("CHAT_URL", "")
    assert "::warning title=A message was not sent::" in runner.step("Notify")
    with chat_server() as server:
        monkeypatch.setenv("CHAT_URL", f"json://{server.address}")
        assert runner.step("Notify").startswith("lab: sent (")
    assert [posted["title"] for _, posted in server.posts] == ["Papers 2026-09-21: 100 to begin with"]


@needs_tools
def test_one_issue_rolls_with_a_comment_for_each_days_news(runner: Runner) -> None:
    issue = runner.clone / "issue.md"
    runner.step("Update the issue")
    assert runner.issues == [], "a day without news opens none"
    first = "---\ntitle: 1 new paper\nlabels: documentation\n---\n\n## Tsunamis\n\n---\n* A paper\n"
    issue.write_text(first)
    runner.step("Update the issue")
    body = "\n## Tsunamis\n\n---\n* A paper\n"
    assert runner.issues == [{"number": 7, "body": body, "comments": []}]
    runner.step("Update the issue")
    assert runner.issues == [{"number": 7, "body": body, "comments": []}], "the same news are not mailed twice"
    issue.write_text(first.replace("A paper", "Another"))
    runner.step("Update the issue")
    second = body.replace("A paper", "Another")
    assert runner.issues == [{"number": 7, "body": second, "comments": [second]}]


@needs_tools
@pytest.mark.parametrize("enabled", [True, False])
def test_the_site_is_published_only_where_pages_are_enabled(runner: Runner, enabled: bool) -> None:
    if enabled:
        (runner.tools / "pages").touch()
    said = runner.step("Is Pages enabled?")
    assert f"enabled={str(enabled).lower()}" in said
    assert ("::notice" in said) != enabled
    publish = DIGEST["jobs"]["publish"]
    assert publish["if"] == "needs.digest.outputs.pages == 'true'"
    assert publish["needs"] == "digest"
