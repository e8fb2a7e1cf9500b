import pytest

from outproof.scrub import checksums
from outproof.scrub.network import is_client_ipv4, is_ipv4, is_ipv6

# Numbers that their issuers, or the standards, publish as examples.
VALID = [
    (checksums.card, "4111 1111 1111 1111"),
    (checksums.card, "3782 822463 10005"),
    (checksums.iban, "GB82 WEST 1234 5698 7654 32"),
    (checksums.cpf, "529.982.247-25"),
    (checksums.nhs, "943 476 5919"),
    (checksums.pesel, "44051401359"),
    (checksums.bsn, "111222333"),
    (checksums.tax_file, "123456782"),
    (checksums.iso_7064_11_10, "86095742719"),
    (checksums.french_nir, "1 85 05 78 006 084 91"),
    (checksums.chinese_id, "11010519491231002X"),
    (checksums.swedish_id, "811228-9874"),
    (checksums.finnish_id, "131052-308T"),
    (checksums.finnish_id, "131052A308T"),
    (checksums.spanish_id, "12345678Z"),
    (checksums.spanish_id, "X1234567L"),
    (checksums.italian_code, "RSSMRA85T10A562S"),
    (checksums.singapore_id, "S1234567D"),
    (checksums.singapore_id, "F1234567N"),
    (checksums.verhoeff, "2363"),
]


@pytest.mark.parametrize(("valid", "number"), VALID)
def test_a_published_number_passes_and_one_with_another_digit_does_not(valid: object, number: str) -> None:
    assert callable(valid)
    assert valid(number)
    at = next(index for index in reversed(range(len(number) - 1)) if number[index].isdecimal())
    other = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert not valid(other)


def test_numbers_that_were_never_given_out_are_none() -> None:
    assert not any(map(checksums.ssn, ("000-12-3456", "666-12-3456", "123-00-3456", "123-45-0000", "900-12-3456")))
    assert checksums.ssn("912-70-1234")
    assert not checksums.cpf("111.111.111-11")
    assert not checksums.korean_id("851301-1234567")


def test_a_long_number_without_a_scheme_is_no_card() -> None:
    assert checksums.luhn("1732178400123459") or not checksums.card("1732178400123459")
    assert not checksums.card("1234567890123452")


@pytest.mark.parametrize("text", ["58.74.121.78", "8.8.200.8", "203.0.113.9"])
def test_a_public_address_is_told_from_a_version(text: str) -> None:
    assert is_client_ipv4(text)


@pytest.mark.parametrize("text", ["1.2.3.4", "120.0.0.0", "10.0.0.1", "192.168.40.50", "127.0.0.1", "01.2.3.40"])
def test_a_version_or_an_address_of_ones_own_network_is_no_persons(text: str) -> None:
    assert not is_client_ipv4(text)


def test_addresses_must_be_possible() -> None:
    assert is_ipv4("10.0.0.1")
    assert not is_ipv4("10.0.0.256")
    assert is_ipv6("2001:db8::1")
    assert is_ipv6("2001:0db8:85a3:0000:0000:8a2e:0370:7334")
    assert not is_ipv6("12:34:56")
    assert not is_ipv6("::1")
    assert not is_ipv6("1::2::3")
