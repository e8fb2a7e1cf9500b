"""What an operator says of a receiver that only Apprise knows: its Apprise URL, which holds its secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar

from outproof.channels.target import SEEN_CANARY_S
from outproof.respond.manners import Manners

URL_CHARS_MAX = 3_000

REFUSED = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "syslog", "windows", "file", "exec"})
"""Schemes that speak to the server's own desktop or disk, not to people."""


@dataclass(frozen=True, slots=True)
class AppriseConfig:
    """One receiver. What is sent to it goes out past our guard: its URL is trusted as the files are."""

    name: str
    urls: tuple[str, ...] = field(repr=False)
    manners: ClassVar[Manners] = Manners(canary_s=SEEN_CANARY_S)

    def __post_init__(self) -> None:
        if len(self.urls) != 1:
            raise ValueError(
                f"channel {self.name}: expected one Apprise URL, got {len(self.urls)}: declare a channel for each, so "
                f"that one that cannot be reached does not make all others hear everything again"
            )
        for url in self.urls:
            found = re.match(r"([a-z][a-z0-9+-]*)://\S", url, re.IGNORECASE)
            if found is None or len(url) > URL_CHARS_MAX:
                raise ValueError(
                    f"channel {self.name}: expected an Apprise URL such as ntfys://topic, got another text"
                )
            if found[1].lower() in REFUSED:
                raise ValueError(f"channel {self.name}: expected a receiver on the network, got {found[1].lower()}://")
