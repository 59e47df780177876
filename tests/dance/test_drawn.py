"""docs/dance.md shows the table that the code plays by."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_page_is_drawn_from_the_table_as_it_is() -> None:
    drawn = runpy.run_path(str(DOCS / "draw_dance.py"))["draw"]()
    assert drawn == (DOCS / "dance.md").read_text(encoding="utf-8"), "type: make docs"
