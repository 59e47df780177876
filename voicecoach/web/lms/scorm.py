"""A SCORM 1.2 package of an onboarding session: a zip that a learning platform imports and launches.

The package holds no practice and no secret of anybody: a launch page that opens the practice at this server's address
and asks the server how far this learner is. What the page and the server say to each other: docs/lms.md.

No mastery score is written: the platform would then set the status by the last score alone, and the session's own rule
("three calls in a row") decides here.
"""

import html
import io
import re
import zipfile
from dataclasses import dataclass
from importlib import resources
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from voicecoach.errors import InputError

CONTENT: Final = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
ADL: Final = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
FILES: Final = ("launch.html", "launch.css", "launch.js")
"""The first is what a platform opens."""
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""Every file's date in the zip: the same session gives the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One onboarding session for a learning platform."""

    title: str
    code: str
    """The session's id: whoever has the package may join while the session is open, as with the link."""
    server: str
    """Where browsers reach this server, e.g. ``https://coach.example:8443``."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", self.code):
            raise ValueError(f"a session's code is letters, digits, _ and -: {self.code!r}")
        check_address(self.server)


def check_address(server: str) -> None:
    """Raise `InputError` unless browsers elsewhere can practise at that address."""
    try:
        parts = urlsplit(server)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        parts, whole = urlsplit(""), False
    if not whole or parts.path or parts.query or parts.fragment or parts.username is not None:
        raise InputError(f"{server!r} is no server's address. Give it like https://coach.example:8443, without a path.")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise InputError(f"A browser gives no microphone to {server}: other machines need an https:// address.")


def manifest(package: Package) -> bytes:
    """Return ``imsmanifest.xml``: one organization, one item, one SCO."""
    ET.register_namespace("", CONTENT)
    ET.register_namespace("adlcp", ADL)
    ET.register_namespace("xsi", INSTANCE)
    root = ET.Element(_c("manifest"), {"identifier": f"voicecoach-{package.code}", "version": "1.2"})
    root.set(f"{{{INSTANCE}}}schemaLocation", f"{CONTENT} imscp_rootv1p1p2.xsd {ADL} adlcp_rootv1p2.xsd")
    about = ET.SubElement(root, _c("metadata"))
    ET.SubElement(about, _c("schema")).text = "ADL SCORM"
    ET.SubElement(about, _c("schemaversion")).text = "1.2"
    organizations = ET.SubElement(root, _c("organizations"), {"default": "session"})
    organization = ET.SubElement(organizations, _c("organization"), {"identifier": "session"})
    ET.SubElement(organization, _c("title")).text = _plain(package.title)
    item = ET.SubElement(
        organization, _c("item"), {"identifier": "practice", "identifierref": "launch", "isvisible": "true"}
    )
    ET.SubElement(item, _c("title")).text = _plain(package.title)
    listed = ET.SubElement(root, _c("resources"))
    resource = ET.SubElement(
        listed,
        _c("resource"),
        {"identifier": "launch", "type": "webcontent", f"{{{ADL}}}scormtype": "sco", "href": FILES[0]},
    )
    for name in FILES:
        ET.SubElement(resource, _c("file"), {"href": name})
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _c(name: str) -> str:
    return f"{{{CONTENT}}}{name}"


def _plain(title: str) -> str:
    """Return the title as XML can hold it, 200 characters at most, on one line."""
    allowed = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", title)
    return " ".join(allowed.split())[:200] or "Practice"


def build(package: Package) -> bytes:
    """Return the zip, the same bytes for the same session."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        _add(packed, "imsmanifest.xml", manifest(package))
        for name in FILES:
            text = (resources.files("voicecoach.web.lms") / "package" / name).read_text(encoding="utf-8")
            _add(packed, name, (_filled(text, package) if name == FILES[0] else text).encode())
    return out.getvalue()


def _filled(page: str, package: Package) -> str:
    values = {"TITLE": _plain(package.title), "CODE": package.code, "SERVER": package.server}
    return re.sub(r"\{\{(TITLE|CODE|SERVER)\}\}", lambda found: html.escape(values[found[1]]), page)


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)
