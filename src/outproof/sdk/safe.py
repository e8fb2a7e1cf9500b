"""What an application says in, what may lie on its disk out: by the same rules as at the server, before the spool."""

from __future__ import annotations

from hashlib import sha256

from outproof.core.ids import DEFAULT_PROJECT, ProjectId
from outproof.core.pseudonym import Pseudonyms
from outproof.scrub.text import cleaned

TEXT_LOOKED_AT_CHARS_MAX = 8_192


class _OwnIds:
    """Stand-ins for ids that hold an address or the like: two ids stay two, and one stays one on every host.

    They cannot be guessed back without the secret, which is OUTPROOF_PSEUDONYM_KEY, else the API key.
    """

    def __init__(self) -> None:
        self.use("", DEFAULT_PROJECT)

    def use(self, secret: str, project: ProjectId) -> None:
        """Make stand-ins with this secret from now on."""
        self._pseudonyms = Pseudonyms(sha256(b"outproof pseudonyms\0" + secret.encode()).digest(), project)

    def safe(self, text: str) -> str:
        """The id itself; or what stands for it where a rule finds something in it."""
        return text if cleaned(text) == text else f"[ID~{self._pseudonyms.token('own_id', text)}]"

    def token(self, text: str) -> str:
        """What stands for a text that is compared, never read: what a tool was called with."""
        return self._pseudonyms.token("tool_input", text)


own_ids = _OwnIds()


def safe_text(text: str) -> str:
    """The text without what must not be kept. Of a very long one only the beginning is looked at, and kept."""
    return cleaned(text[:TEXT_LOOKED_AT_CHARS_MAX])
