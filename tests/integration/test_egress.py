import socket
from collections.abc import Iterator, Sequence

import pytest

from outproof.core.errors import Permanent, Transient
from outproof.egress.http import GuardedClient, Refused, Resolver
from tests.integration.sink import Answer, Sink, running

LOOPBACK = ["127.0.0.0/8"]
AMPLE_S = 60.0
"""For requests that are answered: as long as a machine that is busy with others may take."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running() as sink:
        yield sink


def names(*answers: Sequence[str]) -> Resolver:
    """A resolver that gives each answer in turn, then the last one for ever."""
    left = list(answers)
    return lambda host, port: left.pop(0) if len(left) > 1 else left[0]


def test_an_allowed_receiver_gets_the_request_and_we_its_reply(sink: Sink) -> None:
    sink.script("/hook?x=1", Answer(202, {"X-Kind": "Yes"}, b"taken"))
    reply = GuardedClient(LOOPBACK, AMPLE_S, 100).request("POST", f"{sink.url}/hook?x=1#frag", {"X-A": "b"}, b"hello")
    assert (reply.status, reply.headers["x-kind"], reply.body, reply.truncated) == (202, "Yes", b"taken", False)
    [received] = sink.received
    assert (received.path, received.headers["x-a"], received.body) == ("/hook?x=1", "b", b"hello")
    assert received.headers["host"] == f"127.0.0.1:{sink.port}"
    assert received.headers["accept-encoding"] == "identity"


def test_loopback_is_not_connected_to_unless_it_is_allowed(sink: Sink) -> None:
    with pytest.raises(Refused, match="loopback"):
        GuardedClient([], 5, 100).request("POST", f"{sink.url}/", {}, b"")
    assert sink.connections == 0


def test_a_name_that_resolves_to_a_denied_address_is_not_connected_to(sink: Sink) -> None:
    client = GuardedClient([], 5, 100, resolver=names(["127.0.0.1"]))
    with pytest.raises(Refused, match="loopback"):
        client.request("GET", f"https://hooks.example.com:{sink.port}/")
    assert sink.connections == 0


def test_an_answer_that_mixes_public_and_denied_addresses_is_refused(sink: Sink) -> None:
    client = GuardedClient([], 5, 100, resolver=names(["93.184.216.34", "127.0.0.1"]))
    with pytest.raises(Refused, match="loopback"):
        client.request("GET", f"https://hooks.example.com:{sink.port}/")
    assert sink.connections == 0


def test_a_name_that_changes_its_mind_is_asked_once_and_the_checked_address_is_used(sink: Sink) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    client = GuardedClient(["hooks.internal"], AMPLE_S, 100, resolver=rebinding)
    assert client.request("GET", f"http://hooks.internal:{sink.port}/").status == 200
    assert asked == ["hooks.internal"]
    assert sink.received[0].headers["host"] == f"hooks.internal:{sink.port}"
    with pytest.raises(Refused, match="credentials"):
        client.request("GET", f"http://hooks.internal:{sink.port}/")


def test_a_redirect_is_handed_back_and_not_followed(sink: Sink) -> None:
    sink.script("/", Answer(302, {"Location": f"{sink.url}/elsewhere"}))
    assert GuardedClient(LOOPBACK, AMPLE_S, 100).request("GET", f"{sink.url}/").status == 302
    assert [received.path for received in sink.received] == ["/"]


def test_plain_http_goes_only_where_it_is_allowed() -> None:
    client = GuardedClient([], 1, 100, resolver=names(["93.184.216.34"]))
    with pytest.raises(Refused, match="use https"):
        client.request("GET", "http://hooks.example.com/")


def test_a_long_reply_is_cut_and_says_so(sink: Sink) -> None:
    sink.script("/", Answer(body=b"x" * 100_000))
    reply = GuardedClient(LOOPBACK, AMPLE_S, 1_000).request("GET", f"{sink.url}/")
    assert (len(reply.body), reply.truncated) == (1_000, True)


@pytest.mark.parametrize("slow", [Answer(hang_s=3_600), Answer(body=b"drip" * 10_000, drip_s=0.2)])
def test_a_slow_peer_is_left_when_the_time_for_the_whole_request_is_over(sink: Sink, slow: Answer) -> None:
    sink.script("/", slow)
    with pytest.raises(Transient, match=r"did not answer within 0\.5 s"):
        GuardedClient(LOOPBACK, 0.5, 1_000).request("GET", f"{sink.url}/")


def test_a_dead_first_address_does_not_keep_us_from_the_second(sink: Sink) -> None:
    client = GuardedClient(["hooks.internal", *LOOPBACK], AMPLE_S, 100, resolver=names(["127.0.0.9", "127.0.0.1"]))
    assert client.request("GET", f"http://hooks.internal:{sink.port}/").status == 200


@pytest.mark.parametrize("answer", [Answer(drop=True)])
def test_a_broken_connection_is_transient(sink: Sink, answer: Answer) -> None:
    sink.script("/", answer)
    with pytest.raises(Transient):
        GuardedClient(LOOPBACK, 5, 100).request("GET", f"{sink.url}/")


def test_a_name_without_an_address_is_transient() -> None:
    def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    with pytest.raises(Transient, match="does not resolve"):
        GuardedClient([], 5, 100, resolver=nothing).request("GET", "https://hooks.example.com/")


def test_a_closed_port_is_transient() -> None:
    with socket.socket() as bound:  # it stays ours, so nobody else listens there, but nor do we
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(Transient):
            GuardedClient(LOOPBACK, AMPLE_S, 100).request("GET", f"http://127.0.0.1:{bound.getsockname()[1]}")


def test_a_header_with_a_line_break_is_permanent_and_reaches_nobody(sink: Sink) -> None:
    with pytest.raises(Permanent):
        GuardedClient(LOOPBACK, 5, 100).request("GET", f"{sink.url}/", {"X-A": "b\r\nX-Evil: yes"})
    assert not sink.received


def test_a_certificate_nobody_vouches_for_is_not_accepted(sink: Sink) -> None:
    with pytest.raises(Transient):
        GuardedClient(LOOPBACK, 5, 100).request("GET", sink.url.replace("http:", "https:"))
    assert not sink.received
