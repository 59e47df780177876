"""The sound of a browser tab as a source: what ends a reply, and what does not."""

from voicecoach.hear.sources.browser import FRAME_BYTES, BrowserSource


def test_a_button_let_go_after_the_reply_was_over_does_not_end_the_next_one() -> None:
    tab = BrowserSource()
    tab.end_turn()
    tab.give(b"\1" * FRAME_BYTES * 3)
    tab.end_turn()
    tab.give(b"\2" * FRAME_BYTES)

    assert [frame.pcm[0] for frame in tab.frames()] == [1, 1, 1]
