"""What an operator says of mail: the relay it is handed to, who sends it and who gets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from outproof.egress.smtp import Relay
from outproof.respond.manners import Manners

RECIPIENTS_MAX = 50

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailConfig:
    """Some people who get the same mail."""

    name: str
    relay: Relay
    sender: str
    recipients: tuple[str, ...]
    manners: ClassVar[Manners] = Manners()

    def __post_init__(self) -> None:
        if not 1 <= len(self.recipients) <= RECIPIENTS_MAX:
            raise ValueError(f"expected 1 to {RECIPIENTS_MAX} addresses under `to`, got {len(self.recipients)}")
        for address in (self.sender, *self.recipients):
            if len(address) > 254 or not _ADDRESS.fullmatch(address):
                raise ValueError(f"expected an address such as on-call@example.com, got {address!r}")
