"""Programs of the Prometheus family on a free port that they pick themselves; where one listens, out of its log."""

import re
from pathlib import Path

from tests.integration.sink import until

ON_A_FREE_PORT = "--web.listen-address=127.0.0.1:0"
"""A port that is looked for beforehand may be somebody else's by the time the program takes it."""

_LISTENING = re.compile(r'msg="Listening on" address=(\S+)\n')


def url_of(log: Path) -> str:
    """Waits until it says so."""

    def said() -> list[str]:
        return _LISTENING.findall(log.read_text(errors="replace"))

    until(said)
    return f"http://{said()[0]}"
