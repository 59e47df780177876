"""After a call: the report, sharing, disputing, deciding, the moment again; and what belongs to somebody else."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from serving import class_room, wait_for
from visitors import Room, call, of


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicecoach.web.accounts.HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        with class_room(tmp_path_factory.mktemp("class")) as (host, link):
            yield Room(f"http://{host}", link)


@pytest.fixture(scope="module")
def kept(room: Room) -> str:
    """Play an assigned call of Rita's, two pushes, then room; return its address."""
    session = room.session.rsplit("/", 1)[1]
    query = f"persona=thoughtful-owner&cohort={session}"
    room.rep.form("/settings", "/settings/sound", keep="true", days="90")
    told = call(room, room.code, query, ["pressure urgency", "pressure fear", "step_back give_time"])
    path = f"/calls/{of('call', told)[0]['call']}"
    wait_for(lambda: "running" not in room.rep.get("/calls").text)
    return path


def test_without_a_token_nobody_calls(room: Room) -> None:
    assert not of("call", call(room, "", "persona=thoughtful-owner", []))


def test_the_report_is_the_reps_and_the_trainers_and_nobody_elses(room: Room, kept: str) -> None:
    other, _ = room.joined("Sam")
    for path in (kept, f"{kept}/report"):
        assert room.rep.get(path).status_code == 200
        assert room.trainer.get(path).status_code == 200
        assert other.get(path).status_code == 404
        assert room.stranger().get(path).status_code == 303
    shown = room.rep.get(f"{kept}/report").text
    assert "You chased" in shown
    assert "voicecoach retry" not in shown  # a browser has buttons for it
    assert "voicecoach dispute" not in shown
    assert "unsafe" not in room.rep.get(f"{kept}/report").headers["content-security-policy"]
    for name in ("..", "%2e%2e%2fserver.sqlite", "../server.key"):
        assert room.rep.get(f"/calls/{name}/report").status_code == 404


def test_practice_of_ones_own_is_private(room: Room) -> None:
    told = call(room, room.code, "persona=busy-driver", ["step_back give_time"])
    path = f"/calls/{of('call', told)[0]['call']}"
    wait_for(lambda: room.rep.get(f"{path}/report").status_code == 200)
    assert room.trainer.get(path).status_code == 404
    assert room.rep.form(path, f"{path}/share", shared="true").status_code == 403


def test_only_what_is_shared_is_heard_by_the_trainer(room: Room, kept: str) -> None:
    assert "<audio" in room.rep.get(f"{kept}/report").text
    assert "<audio" not in room.trainer.get(f"{kept}/report").text
    room.rep.form(kept, f"{kept}/share", shared="true")
    assert "<audio" in room.trainer.get(f"{kept}/report").text
    assert kept in room.trainer.get(room.session).text
    room.rep.form(kept, f"{kept}/share", shared="false")
    assert "<audio" not in room.trainer.get(f"{kept}/report").text


def test_a_verdict_is_disputed_and_decided_and_both_stay_visible(room: Room, kept: str) -> None:
    why = "I only said <i>when</i> it ends"
    assert room.rep.form(kept, f"{kept}/override", turn="1", verdict="step_back", why="mine").status_code == 403
    assert room.rep.form(kept, f"{kept}/dispute", turn="9", why=why).status_code == 422
    assert room.rep.form(kept, f"{kept}/dispute", turn="1", why=" ").status_code == 422
    room.rep.form(kept, f"{kept}/dispute", turn="1", why=why)
    assert "Verdicts disputed" in room.trainer.get(room.session).text
    room.trainer.form(kept, f"{kept}/override", turn="1", verdict="neutral", why="She named a date, no more.")
    board, report = room.trainer.get(room.session).text, room.rep.get(f"{kept}/report").text
    assert "Verdicts disputed" not in board
    assert "She named a date, no more." in report
    assert "I only said &lt;i&gt;when&lt;/i&gt; it ends" in report
    assert room.trainer.form(kept, f"{kept}/override", turn="1", verdict="brilliant", why="x").status_code == 422


def test_a_moment_is_tried_again_and_nothing_is_kept_of_it(room: Room, kept: str) -> None:
    before = room.rep.get("/calls").text.count("<tr>")
    name = kept.rsplit("/", 1)[1]
    page = room.rep.get(f"/practice/thoughtful-owner?again={name}&turn=2")
    assert "pressure fear" in page.text
    told = call(room, room.code, f"persona=thoughtful-owner&again={name}&turn=2", ["step_back give_time", "x"])
    spoken = of("prospect_spoke", told)
    assert [spoke["turn"] for spoke in spoken] == [0, 1]
    assert spoken[0]["position"] == "stepped_back_again"
    assert of("willingness_changed", told)[0]["before"] < 0.45
    assert of("call_ended", told)
    assert room.rep.get("/calls").text.count("<tr>") == before
    stranger, code = room.joined("Max")
    assert stranger.get(f"/practice/thoughtful-owner?again={name}&turn=2").status_code == 404
    assert not of("prospect_spoke", call(room, code, f"persona=thoughtful-owner&again={name}&turn=2", []))


def test_where_the_meter_is_hidden_nothing_of_it_is_told_before_the_end(room: Room) -> None:
    made = room.trainer.form(
        "/sessions/new", "/sessions/new", title="Blind", persona=["thoughtful-owner", "busy-driver"], calls_in_row="1"
    )
    session = made.url.path.rsplit("/", 1)[1]
    join = made.text.split('id="link">', 1)[1].split("<", 1)[0].split(room.base, 1)[1]
    rep = room.stranger()
    code = rep.form(join, join, name="Blind").text.split('code big">', 1)[1].split("<", 1)[0]
    told = call(room, code, f"persona=thoughtful-owner&cohort={session}", ["pressure urgency"])
    kinds = [message["type"] for message in told]
    end = kinds.index("rep_spoke")
    assert all(spoke["position"] == "" for spoke in of("prospect_spoke", told))
    assert "judged" not in kinds[: kinds.index("floor", end + 2)]
    assert of("willingness_changed", told)
    assert not of("call", call(room, code, f"persona=busy-driver&cohort={session}", []))  # comes after the first
