from ipaddress import ip_address

import pytest

from outproof.egress.address import AllowList, allow_list, refusal

NOBODY = AllowList()

DENIED = """
    127.0.0.1 127.255.255.254 ::1 0.0.0.0 :: 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
    100.127.255.255 192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.9 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255 fe80::1 febf::1 fec0::1 fc00::1 fd12:3456::1 ff02::1 2001:db8::1
    2001::1 2001:10::1 2002:7f00:1::1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 ::ffff:127.0.0.1
    ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::127.0.0.1 ::2 100::1 3fff::1 4000::1
""".split()

PUBLIC = """
    1.1.1.1 8.8.8.8 93.184.216.34 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 169.253.255.255 198.17.255.255
    198.20.0.1 223.255.255.255 2606:4700::1111 2a00:1450::1 64:ff9b::808:808 ::ffff:8.8.8.8
""".split()


@pytest.mark.parametrize("address", DENIED)
def test_an_address_that_is_not_public_is_refused_with_its_meaning(address: str) -> None:
    assert refusal(ip_address(address), "hooks.example.com", NOBODY)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert refusal(ip_address(address), "hooks.example.com", NOBODY) is None


def test_an_allowed_network_is_allowed_under_every_spelling_of_its_addresses() -> None:
    allowed = allow_list(["127.0.0.0/8"])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"):
        assert refusal(ip_address(address), "localhost", allowed) is None
    assert refusal(ip_address("10.0.0.1"), "localhost", allowed) == "private"


def test_an_allowed_host_may_be_private_but_never_the_metadata_service() -> None:
    allowed = allow_list(["Hooks.Internal."])
    assert refusal(ip_address("10.1.2.3"), "hooks.internal", allowed) is None
    assert refusal(ip_address("10.1.2.3"), "other.internal", allowed) == "private"
    assert refusal(ip_address("169.254.169.254"), "hooks.internal", allowed)


def test_the_metadata_service_can_be_allowed_by_its_address_only() -> None:
    assert refusal(ip_address("169.254.169.254"), "x", allow_list(["169.254.169.254"])) is None


@pytest.mark.parametrize(
    "entry", ["10.0.0.1/8", "10.0.0.0/33", "https://hooks.internal", "hooks internal", "", "0x7f.1"]
)
def test_an_entry_that_is_no_network_and_no_host_is_refused_with_an_example(entry: str) -> None:
    with pytest.raises(ValueError, match=r"expected a network such as 10\.0\.0\.0/8"):
        allow_list([entry])
