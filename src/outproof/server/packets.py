"""Evidence packets over REST: an incident in; its signed packet, the same as a page, and the key to check it, out."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar import Response, get
from litestar.params import FromPath

from outproof.core.ids import IncidentId
from outproof.core.time import rfc3339
from outproof.engine.settle import Terms
from outproof.ports import Clock, Signer, State
from outproof.respond.audit import AuditEntry, Verb
from outproof.respond.incident import OURSELVES
from outproof.respond.packet import ALGORITHM, key_id, packet_of, sealed
from outproof.respond.packet_page import page
from outproof.server import given
from outproof.server.incidents import unknown
from outproof.server.packet_sections import sections


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that packets of this server are signed with. `public_key` is the base64 of its 32 bytes."""

    algorithm: str
    public_key: str
    key_id: str
    pem: str


@get("/v1/incidents/{incident:str}/packet", sync_to_thread=True)
def get_packet(
    incident: FromPath[str], store: given.Store, terms: given.Terms, clock: given.Clock, signer: given.Signer
) -> Response[bytes]:
    """The signed evidence packet of an incident, as canonical JSON. That it was exported is audited."""
    content = _exported(IncidentId(incident), store, terms, clock, signer)
    name = f"{incident}.json"
    return Response(
        content, media_type="application/json", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


@get("/v1/incidents/{incident:str}/packet.html", sync_to_thread=True)
def get_packet_page(
    incident: FromPath[str], store: given.Store, terms: given.Terms, clock: given.Clock, signer: given.Signer
) -> Response[str]:
    """The same packet as a page. That it was exported is audited."""
    content = _exported(IncidentId(incident), store, terms, clock, signer)
    return Response(page(packet_of(content)), media_type="text/html; charset=utf-8")


@get("/v1/signing-key", sync_to_thread=True)
def get_signing_key(signer: given.Signer) -> PublicKey:
    """The public key that this server signs packets with; it is made when it is first asked for."""
    key = signer.public_key()
    pem = Ed25519PublicKey.from_public_bytes(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(ALGORITHM, base64.b64encode(key).decode(), key_id(key), pem.decode())


def _exported(wanted: IncidentId, store: State, terms: Terms, clock: Clock, signer: Signer) -> bytes:
    now, public_key = clock.now(), signer.public_key()
    with store.begin() as tx:
        incident = tx.incidents.load(wanted)
        if incident is None:
            raise unknown(wanted)
        told = sections(tx, incident, terms, now)
        tx.audit.add(AuditEntry(now, OURSELVES, Verb.PACKET_EXPORTED, wanted, f"signed by {key_id(public_key)}"))
    return sealed(told, incident_id=wanted, made_at=rfc3339(now), public_key=public_key, sign=signer.sign)


HANDLERS = [get_packet, get_packet_page, get_signing_key]
