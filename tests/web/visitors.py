"""People in front of a real server: a browser without a screen, a call by typing, a room with a trainer and a rep."""

import asyncio
import contextlib
import json
import re
from typing import Any

import httpx
import websockets

PASSWORD = "correct horse battery"  # noqa: S105 -- a test's


class Visitor(httpx.Client):
    """A browser: cookies kept, forms sent with the token that their page carries."""

    def form(self, page: str, to: str, **fields: object) -> httpx.Response:
        """Load a page and send one of its forms."""
        shown = self.get(page)
        token = re.search(r'name="csrf" value="([^"]+)"', shown.text)
        assert token, shown.text[:500]
        return self.post(to, data={"csrf": token[1], **fields}, follow_redirects=True)


class Room:
    """A server with a trainer, one of her sessions and a rep in it."""

    def __init__(self, base: str, link: str) -> None:
        self.base = base
        self.trainer = Visitor(base_url=base, timeout=60)
        self.trainer.form(f"/setup?link={link}", "/setup", link=link, name="Tina", login="tina", password=PASSWORD)
        made = self.trainer.form("/sessions/new", "/sessions/new", title="Monday", persona="thoughtful-owner")
        self.session = made.url.path
        self.join = re.search(r"/join/\w+", made.text)[0]
        self.rep, self.code = self.joined("Rita")

    def joined(self, name: str) -> tuple[Visitor, str]:
        """Let somebody in; return their browser and code."""
        visitor = Visitor(base_url=self.base, timeout=60)
        welcome = visitor.form(self.join, self.join, name=name)
        return visitor, re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", welcome.text)[0]

    def stranger(self) -> Visitor:
        """Nobody yet."""
        return Visitor(base_url=self.base, timeout=60)


def call(room: Room, code: str, query: str, replies: list[str]) -> list[dict[str, Any]]:
    """Play a call by typing; return all that was told."""
    return asyncio.run(play(room.base, code, query, replies))


async def play(base: str, code: str, query: str, replies: list[str]) -> list[dict[str, Any]]:
    """Play a call by typing and hang up; return all that was told."""
    told: list[dict[str, Any]] = []
    left = list(replies)
    async with websockets.connect(f"ws{base[4:]}/ws/call?{query}") as socket:
        await socket.send(json.dumps({"type": "start", "sample_rate": 16000, "token": code}))
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                message = await socket.recv()
                if isinstance(message, bytes):
                    continue
                told.append(json.loads(message))
                if told[-1].get("who") == "rep":
                    wish = {"type": "say", "text": left.pop(0)} if left else {"type": "hang_up"}
                    with contextlib.suppress(websockets.ConnectionClosed):
                        await socket.send(json.dumps(wish))
    return told


def of(kind: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages of one type."""
    return [message for message in told if message["type"] == kind]
