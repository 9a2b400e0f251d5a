"""From a bundle to a row and back: what is stored, shown, ranked, claimed and undone."""

from __future__ import annotations

import json

import pytest
from boards import text_of
from submission_bundles import CARD, all_cells, files_of, render, snapshot

from leaderboard.analyses.ranking import RANKING
from leaderboard.board import build
from leaderboard.results.rows import ranked


@pytest.fixture
def board(store, corpora):
    return lambda: build(store.root, "tiny", own=corpora, resamples=50)


def row(board, label="mine [submitted]"):
    (found,) = [row for row in board[RANKING].rows if row.label == label]
    return found


def test_a_bundle_becomes_a_row_that_is_scored_as_own_rows_are_and_says_what_it_is(
    bundle, command, store, board
):
    before = snapshot(store.root)
    done = command("submit", "add", bundle(), "--store", store.root)
    assert done.exit_code == 0, done.output
    after = snapshot(store.root)
    assert {name: after[name] for name in before} == before, "no existing file was touched"
    made = board()
    submitted = row(made)
    # politics: 3 right of 3, 4 gold; ai: 2 of 2, 3 gold
    assert submitted.scores["politics"].f1 == pytest.approx(6 / 7)
    assert submitted.scores["ai"].f1 == pytest.approx(4 / 5)
    assert submitted.average.f1 == pytest.approx((6 / 7 + 4 / 5) / 2)
    assert [one.label for one in ranked(made[RANKING].rows)] == ["own", "mine [submitted]"]
    assert "mine \\[submitted\\] \\[recomputed\\]" in text_of(made, "board.md")
    assert json.loads(text_of(made, "board.json"))["submissions"][0]["tier"] == "recomputed"


def test_undo_leaves_the_store_as_it_was(bundle, command, store, board):
    command("submit", "validate", bundle(), "--store", store.root)
    before = snapshot(store.root)
    page = text_of(board(), "board.md")
    assert command("submit", "add", bundle(), "--store", store.root).exit_code == 0
    assert "mine" in command("submit", "list", "--store", store.root, gold=False).output
    assert command("submit", "undo", "mine", "--store", store.root, gold=False).exit_code == 0
    assert snapshot(store.root) == before
    assert text_of(board(), "board.md") == page
    assert not (store.root / "tiny" / "submissions").exists()


def test_a_row_without_a_required_seed_or_domain_is_not_ranked_and_says_which(bundle, command, store, board):
    cells = {place: content for place, content in all_cells(1).items() if place[1:] != ("ai", 2)}
    done = command("submit", "add", bundle(cells), "--store", store.root)
    assert "Not ranked: missing zero-shot ai (seed 2)" in done.output
    made = board()
    assert row(made).unranked == ("missing cells: zero-shot ai (seed 2)",)
    assert row(made).scores["politics"].f1 == pytest.approx(6 / 7), "what it has is scored all the same"
    assert [one.label for one in ranked(made[RANKING].rows)] == ["own"]
    assert "submitted: not ranked" in text_of(made, "board.md")


def test_submitted_seeds_with_equal_predictions_are_one_seed(bundle, command, store, board):
    assert command("submit", "add", bundle(), "--store", store.root).exit_code == 0
    made = board()
    assert row(made).equal == {"politics": (1, 2), "ai": (1, 2)}
    assert (row(made).seeds, row(made).runs, row(made).average.seeds) == ((1, 2), 1, 1)
    assert "the seeds 1, 2 gave equal predictions in every domain: one seed" in text_of(made, "board.md")


def test_a_claim_that_is_not_borne_out_is_shown_beside_the_score_and_fails(bundle, command, store):
    card = CARD + "[claims.zero-shot]\npolitics = 85.71\nai = 90.0\naverage = 82.9\n"
    before = snapshot(store.root)
    done = command("submit", "add", bundle(card=card), "--store", store.root)
    assert done.exit_code == 1
    assert "as claimed: zero-shot politics: claimed 85.71, recomputed 85.7143" in done.output
    assert "NOT AS CLAIMED: zero-shot ai: claimed 90.0, recomputed 80.0000" in done.output
    assert "as claimed: zero-shot average: claimed 82.9, recomputed 82.8571" in done.output
    assert snapshot(store.root) == before


def test_claims_alone_make_a_reported_row_without_a_score_or_a_rank(bundle, command, store, board):
    card = CARD + "[claims.zero-shot]\npolitics = 85.7\n"
    assert command("submit", "add", bundle({}, card=card), "--store", store.root).exit_code == 0
    made = board()
    assert (row(made).scores, row(made).average) == ({}, None)
    (found,) = json.loads(text_of(made, "board.json"))["submissions"]
    assert (found["tier"], found["claims"][0]["recomputed"]) == ("reported", None)
    assert "zero-shot politics 85.7, no predictions" in text_of(made, "board.md")


def test_a_duplicate_of_a_row_is_named(bundle, command, store, board):
    cells = {**all_cells(1), ("zero-shot", "ai", 1): render("ai")}
    done = command("submit", "add", bundle(cells), "--store", store.root)
    assert "Duplicate: 1 of 4 cells are those of own (mini), to the byte" in done.output
    assert "1 of its 4 cells are the predictions of own (mini), to the byte" in text_of(board(), "board.md")


def test_the_order_of_sentences_mentions_and_keys_of_a_bundle_hides_no_duplicate(bundle, command, store):
    lines = [json.loads(line) for line in render("politics").splitlines()]
    other = "".join(
        json.dumps({"mentions": line["mentions"][::-1], "id": line["id"]}) + "\n" for line in reversed(lines)
    )
    cells = {("zero-shot", "politics", 1): other.encode()}
    done = command("submit", "validate", bundle(cells), "--store", store.root)
    assert "Duplicate: 1 of 1 cells are those of own (mini)" in done.output


def test_a_name_that_is_taken_is_refused(bundle, command, store):
    taken = command(
        "submit", "validate", bundle(card=CARD.replace("mine", "OWN"), name="OWN"), "--store", store.root
    )
    assert "the name 'OWN', which a row has" in str(taken.exception)
    assert command("submit", "add", bundle(), "--store", store.root).exit_code == 0
    again = command("submit", "add", bundle(), "--store", store.root)
    assert "there is a submission 'mine'" in str(again.exception)


def test_declared_contamination_is_shown_and_costs_no_rank(bundle, command, store, board):
    card = CARD.replace("training = []", '[[training]]\nname = "the web"\ncontains_test = ["politics"]')
    assert command("submit", "add", bundle(card=card), "--store", store.root).exit_code == 0
    made = board()
    assert row(made).unranked == ()
    assert "[saw test sentences]" in text_of(made, "board.md").replace("\\", "")
    assert "the web (holds the test set of politics)" in text_of(made, "board.md")


def test_a_stored_submission_that_was_changed_is_named_with_what_to_do(bundle, command, store, board):
    command("submit", "add", bundle(), "--store", store.root)
    path = store.root / "tiny/submissions/mine/predictions/zero-shot/ai/s1.jsonl"
    path.write_bytes(render("ai"))
    with pytest.raises(Exception, match=r"s1\.jsonl: found other bytes.*submit undo mine"):
        board()


def test_a_bundle_packed_from_a_stores_row_is_valid(command, store, tmp_path):
    (tmp_path / "method.toml").write_text(CARD, encoding="utf-8")
    out = tmp_path / "packed.zip"
    done = command(
        *("submit", "pack", store.root / "tiny", "--name", "mine", "--row", "own"),
        *("--method", tmp_path / "method.toml", "--output", out),
        gold=False,
    )
    assert done.exit_code == 0, done.exception
    first = out.read_bytes()
    checked = command("submit", "validate", out, "--store", store.root)
    assert "4 of 4 cells are those of own" in checked.output
    command(
        *("submit", "pack", store.root / "tiny", "--name", "mine", "--row", "own"),
        *("--method", tmp_path / "method.toml", "--output", out),
        gold=False,
    )
    assert out.read_bytes() == first, "the same content packs to the same bytes"


def test_the_template_is_a_method_toml_without_a_fault():
    from leaderboard.submit.card import parse_card
    from leaderboard.submit.findings import Findings
    from leaderboard.submit.pack import template

    findings = Findings()
    card = parse_card(template("some-name", ["Ada Example"]).encode(), "method.toml", findings)
    assert not findings
    assert card.name == "some-name"


def test_the_page_shows_ranked_and_unranked_submissions_and_escapes_what_they_say(
    bundle, command, store, corpora, tmp_path
):
    card = CARD.replace("Ada Example", "Ada & 'Co'")
    assert command("submit", "add", bundle(card=card), "--store", store.root).exit_code == 0
    cells = {place: content for place, content in all_cells(1).items() if place[2] == 1}
    other = card.replace('"mine"', '"half"')
    half = bundle(cells, card=other, name="half")
    assert command("submit", "add", half, "--store", store.root).exit_code == 0
    done = command("build", store.root / "tiny", "--html", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.exception
    page = (tmp_path / "out/site/index.html").read_text("utf-8")
    assert "mine [submitted]" in page
    assert "half [submitted]" in page
    lines = (tmp_path / "out/board.csv").read_text("utf-8").splitlines()
    assert sum(",unranked-average," in line for line in lines) == 1
    assert sum(",average," in line for line in lines) == 2, "own and mine"


@pytest.mark.parametrize("author", ["Your Name", "your name", "TODO"])
def test_a_placeholder_is_no_author(bundle, command, store, author):
    before = snapshot(store.root)
    done = command("submit", "add", bundle(card=CARD.replace("Ada Example", author)), "--store", store.root)
    assert done.exit_code != 0
    assert "no placeholder" in str(done.exception) and author in str(done.exception)
    assert snapshot(store.root) == before


def test_the_template_as_it_is_printed_is_refused_until_it_names_an_author():
    from leaderboard.submit.card import parse_card
    from leaderboard.submit.findings import Findings
    from leaderboard.submit.pack import template

    findings = Findings()
    assert parse_card(template("some-name").encode(), "method.toml", findings) is None
    assert "Your Name" in str(findings.errors[0])


def test_a_folder_of_all_predictions_is_added_by_one_command_and_told_its_place(command, store, tmp_path):
    folder = tmp_path / "work"
    for name, content in files_of(all_cells(1)).items():
        if name != "manifest.json":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    done = command("submit", "validate", folder, "--suite", "tiny", "--store", store.root)
    assert done.exit_code == 0, done.exception
    # politics 2 of 3 found and right: 6/7; ai the same: 2 of 3, 4/5
    assert "zero-shot: average F1 82.86, place 2 of 2 (below own (mini) 100.00)" in done.output
    done = command("submit", "add", folder, "--suite", "tiny", "--store", store.root)
    assert done.exit_code == 0, done.exception
    assert (store.root / "tiny" / "submissions" / "mine" / "submission.json").is_file()
    assert sorted(path.name for path in folder.iterdir()) == ["method.toml", "predictions"]
    # another one is now held against it as well
    (folder / "method.toml").write_text(CARD.replace('"mine"', '"better"'))
    for path in folder.rglob("*.jsonl"):
        path.write_bytes(render(path.parent.name))
    done = command("submit", "validate", folder, "--suite", "tiny", "--store", store.root)
    assert (
        "average F1 100.00, place 2 of 3 (below own (mini) 100.00, above mine [submitted] 82.86)"
        in done.output
    )


def test_a_folder_without_a_suite_or_a_method_toml_says_what_to_do(bundle, command, store, tmp_path):
    (tmp_path / "empty").mkdir()
    done = command("submit", "validate", tmp_path / "empty", "--suite", "tiny", "--store", store.root)
    assert "submit template" in str(done.exception)
    done = command("submit", "validate", bundle(), "--suite", "tiny", "--store", store.root)
    assert "its manifest.json says its name and its suite" in str(done.exception)


def test_a_bundle_that_lacks_cells_is_told_no_place(bundle, command, store):
    some = {place: content for place, content in all_cells(1).items() if place[2] == 1}
    done = command("submit", "validate", bundle(some), "--store", store.root)
    assert "Not ranked: missing" in done.output and "place" not in done.output
