"""Where webhooks may go to; every host here is a number, or known without a name server."""

import httpx
import pytest

from impex.domain.errors import ConfigError
from orders.targets.addresses import ForbiddenAddressError, addresses_of, url_fault
from orders.targets.webhook import Receiver, WebhookTarget

INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://2852039166/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
]
WRONG = [
    "http://169.254.169.254/latest/meta-data",
    "http://8.8.8.8/",
    "ftp://8.8.8.8/",
    "file:///etc/passwd",
    "gopher://8.8.8.8/",
    "simplecache::http://169.254.169.254/",
    "//8.8.8.8/",
    "8.8.8.8",
    "https:///orders",
    "https://user:password@8.8.8.8/",
    "https://8.8.8.8@127.0.0.1/",
    "https://[::1",
    "https://8.8.8.8:port/",
    "https://0177.0.0.1/",
    "",
]
OUTSIDE = [
    "https://8.8.8.8/",
    "https://8.8.8.8:8443/orders?shop=1",
    "https://134744072/",
    "https://[2606:4700:4700::1111]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::8.8.8.8]/",
]


@pytest.mark.parametrize("url", INSIDE)
def test_the_own_network_is_forbidden_however_it_is_written(url: str) -> None:
    """The address counts, not its spelling; allowed is it only where somebody says so."""
    assert url_fault(url, private=False) == ""
    with pytest.raises(ForbiddenAddressError, match="is not an address of the internet"):
        addresses_of(httpx.URL(url), private=False)

    assert addresses_of(httpx.URL(url), private=True)


@pytest.mark.parametrize("url", WRONG)
def test_a_url_that_is_not_https_to_a_host_is_a_fault_of_the_configuration(url: str) -> None:
    """It is told before anything is sent, and what it holds is not shown."""
    with pytest.raises(ConfigError, match="the URL of the receiver: It ") as refused:
        WebhookTarget(Receiver(url), [b"key"])

    assert "password" not in str(refused.value).replace("no password", "")


@pytest.mark.parametrize("url", OUTSIDE)
def test_the_internet_is_allowed(url: str) -> None:
    """One address, to which the connection then goes."""
    assert url_fault(url, private=False) == ""
    assert len(addresses_of(httpx.URL(url), private=False)) == 1


def test_http_without_tls_is_for_the_own_network() -> None:
    """There it may be all there is."""
    assert url_fault("http://10.0.0.1/", private=True) == ""


@pytest.mark.parametrize("probe", ["orders/{key}", "//evil.example/{key}", "/orders", "/{key}\n"])
def test_a_probe_is_a_path_on_the_same_host(probe: str) -> None:
    """With a place for the key."""
    with pytest.raises(ConfigError, match="begins with one slash and holds"):
        WebhookTarget(Receiver("https://8.8.8.8/", probe=probe), [b"key"])


@pytest.mark.parametrize("keys", [[], [b""], [b"key", b""]])
def test_a_receiver_without_a_secret_is_a_fault_of_the_configuration(keys: list[bytes]) -> None:
    """Unsigned messages could come from anybody."""
    with pytest.raises(ConfigError, match="the secret of the receiver: It is missing or empty"):
        WebhookTarget(Receiver("https://8.8.8.8/"), keys)


def test_the_key_is_no_part_of_the_host() -> None:
    """Whoever chooses keys does not choose receivers."""
    with pytest.raises(ConfigError, match="the URL of the receiver"):
        WebhookTarget(Receiver("https://{key}.example/"), [b"key"])
