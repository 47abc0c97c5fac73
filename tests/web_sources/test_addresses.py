"""What is not public is never connected to, however it is spelt, wherever a name leads, whoever redirects there."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import LoadFailed
from engine.knowledge.web.guard import Guard, is_public

#: SECURITY.md 3c: none of these may cause a connection or a look-up, but for those that are names.
REFUSED = """
http://127.0.0.1/ http://localhost/ http://localhost.localdomain/ http://LOCALHOST/ http://localhost./ http://127.1/
http://127.0.1/ http://127.255.255.254/ http://0/ http://0.0.0.0/ http://2130706433/ http://017700000001/
http://0177.0.0.1/ http://0x7f000001/ http://0x7f.0.0.1/ http://0x7f.1/ http://0X7F.0X0.0X0.0X1/ http://127.0.0.1./
http://①②⑦.⓪.⓪.①/ http://１２７.０.０.１/ http://127。0。0。1/ http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/
http://ｌｏｃａｌｈｏｓｔ/ http://[::1]/ http://[::]/
http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::127.0.0.1]/ http://[::7f00:1]/
http://[::ffff:0:127.0.0.1]/ http://[64:ff9b::127.0.0.1]/ http://[64:ff9b::a9fe:a9fe]/ http://[64:ff9b:1::7f00:1]/
http://[2002:7f00:1::]/ http://[2002:a9fe:a9fe::1]/ http://[2001:0:7f00:1::1]/ http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/
http://[fc00::1]/ http://[fd12:3456:789a::1]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/
http://[fec0::1]/ http://[ff02::1]/ http://[2001:db8::1]/ http://[100::1]/ http://[2600::5efe:7f00:1]/ http://[5f00::1]/
http://169.254.169.254/latest/meta-data/ http://[::ffff:169.254.169.254]/ http://169.254.170.2/v2/credentials
http://168.63.129.16/metadata http://[::ffff:168.63.129.16]/ http://100.100.100.200/latest/meta-data/
http://[fd00:ec2::254]/ http://metadata.google.internal/ http://192.0.0.192/opc/v1/ http://10.0.0.1/ http://172.16.0.1/
http://172.31.255.255/ http://192.168.1.1/ http://100.64.0.1/ http://198.18.0.1/ http://192.0.2.1/ http://198.51.100.7/
http://203.0.113.9/ http://224.0.0.1/ http://239.255.255.250/ http://240.0.0.1/ http://255.255.255.255/ http://192.88.99.1/
http://192.0.0.9/ http://192.175.48.1/ http://user@127.0.0.1/ http://example.com@127.0.0.1/ http://user:pw@example.com/
http://127.0.0.1:80@example.com/ http://127.0.0.1\\@example.com/ http://example.com\\@127.0.0.1/
http://127.0.0.1#@example.com/ http://127.0.0.1?@example.com/ http://example.com:22/ http://example.com:6379/
http://example.com:0/ http://example.com:99999/ http://example.com:８０/ http://example.com:80:80/ http://127.0.0.1:8080/
https://127.0.0.1/ file:///etc/passwd gopher://127.0.0.1:6379/_INFO ftp://127.0.0.1/ dict://127.0.0.1:11211/stats
data:text/html,hello jar:http://127.0.0.1!/ unix:///var/run/docker.sock ldap://127.0.0.1/ javascript:alert(1)
view-source:http://127.0.0.1/ //127.0.0.1/ http:127.0.0.1 http:/127.0.0.1/ http:///127.0.0.1/ http://%31%32%37.0.0.1/
http://127.0.0.1%00.example.com/ http://example.com/%00 http://example.com/%0d%0aX:1 http://ex%61mple.com/ http://[v1.x]/
http://[127.0.0.1]/ http://a..b/ http://-a.com/ http:// http://./ http://.../ http://*/ http://a,b/
127.0.0.1 example.com
""".split()
REFUSED += [
    "http://127.0.0.1\t/", "http://\t127.0.0.1/", "http://127.0.\n0.1/", "http://example.com/\r\nHost: 127.0.0.1",
    "http://127.0.0.1\0.example.com/", "http://127.0.0.\u200b1/", "http://exa\u200bmple.com/", "http://\u202e1.0.0.721/",
    "http://example.com /", "http:// 127.0.0.1/", "http://\ufeff127.0.0.1/", "http://example.com/\x7f", "", " ",
    "http://" + "a" * 64 + ".com/", "http://" + "a." * 200 + "com/", "http://example.com/" + "a" * 3_000,
]  # fmt: skip
ANSWERS = {
    "metadata.google.internal": ["169.254.169.254"],
    "localhost": ["127.0.0.1"],
    "localhost.localdomain": ["::1"],
}


@pytest.mark.parametrize("url", REFUSED)
async def test_it_is_refused_before_anything_is_connected(url, fetching, names, trap):
    names.answers = {name: [answer] for name, answer in ANSWERS.items()} | {"example.com": [["93.184.215.14"]]}

    with pytest.raises(LoadFailed):
        await fetching().get(url)

    assert (trap.connects, trap.lookups) == ([], [])
    assert set(names.asked) <= set(ANSWERS)  # but for names, no look-up either


def test_the_table_is_as_long_as_it_must_be():
    assert len(set(REFUSED)) >= 76


@pytest.mark.parametrize("url", [
    "http://example.com/", "https://example.com/a%20b?x=1#part", "https://münchen.example/straße?q=ä", "http://8.8.8.8/",
    "https://[2606:4700::6810:84e5]/", "https://例え.example/", "http://[::ffff:8.8.8.8]/", "http://[64:ff9b::808:808]/",
    "https://sub.domain.example.co.uk:443/x", "HTTPS://EXAMPLE.com/a/../b", " https://example.com/ ", "http://1password.com/",
    "https://example.com/a:b@c", "https://xn--mnchen-3ya.example/", "https://example.com./",
])  # fmt: skip
async def test_what_is_public_would_be_connected_to(url, fetching, names, trap):
    """The control: the trap is where it was stopped, and at no other address."""
    target = Guard().target(url)
    names.answers[target.host] = [["93.184.215.14"]]

    with pytest.raises(LoadFailed, match="no connection could be made"):
        await fetching().get(url)

    assert {host for host, _ in trap.connects} == {str(target.literal) if target.literal else "93.184.215.14"}
    assert trap.lookups == []


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "fd00::5", "::ffff:10.0.0.5", "0.0.0.1"]
)
@pytest.mark.parametrize("others", [[], ["93.184.215.14"], ["2606:4700::6810:84e5", "93.184.215.14"]])
async def test_a_name_that_leads_inside_is_refused_whole_and_its_address_is_not_told(
    inside, others, fetching, names, trap
):
    names.answers["docs.example.com"] = [[*others, inside]]

    with pytest.raises(LoadFailed) as refused:
        await fetching().get("https://docs.example.com/")

    assert trap.connects == []
    assert "docs.example.com" in str(refused.value)
    assert "allow_hosts" in str(refused.value)
    assert inside not in str(refused.value)


async def test_a_name_that_changes_after_the_check_is_not_asked_again(fetching, names, trap):
    """Rebinding: public at the first look-up, loopback from then on."""
    names.answers["rebind.example.com"] = [["93.184.215.14"], ["127.0.0.1"]]

    with pytest.raises(LoadFailed):
        await fetching().get("http://rebind.example.com/")

    assert names.asked == ["rebind.example.com"]
    assert [host for host, _ in trap.connects] == ["93.184.215.14"]


async def test_each_redirect_is_looked_up_and_checked_anew(fetching, names, trap, site):
    names.answers["allowed.example"] = [["127.0.0.1"], ["169.254.169.254"]]
    site.redirect("/", f"http://allowed.example:{site.port}/again")

    with pytest.raises(LoadFailed, match="does not lead to a public address"):
        await fetching(f"allowed.example:{site.port}").get(f"http://allowed.example:{site.port}/")

    assert [host for host, _ in trap.connects] == ["127.0.0.1"]


@pytest.mark.parametrize("there", [
    "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "http://localhost/", "http://[::1]/",
    "//10.0.0.1/",
    "gopher://127.0.0.1:6379/_", "http://2130706433/", "http://user:pw@example.com/", "\\\\10.0.0.1\\x", "http://0x7f.1/",
    "http://127.0.0.1:1/", "javascript:alert(1)", "data:text/plain,x", "http://[fe80::1%25eth0]/", "http://１２７.0.0.1/",
])  # fmt: skip
@pytest.mark.parametrize("status", [301, 307])
async def test_a_redirect_inside_is_refused(there, status, fetching, names, trap, site):
    names.answers["localhost"] = [["127.0.0.1"]]
    site.redirect("/", there, status)

    with pytest.raises(LoadFailed):
        await fetching(site.place).get(site.url())

    assert set(trap.connects) == {("127.0.0.1", site.port)}
    assert site.asked == ["/"]


async def test_a_public_page_may_not_lead_to_the_organisations_own_host(fetching, names, trap, site):
    """Only the admin decides that the intranet is read, never a page."""
    fetcher = fetching(f"wiki.intern:{site.port}")
    public = fetcher.target("https://example.com/")

    with pytest.raises(LoadFailed, match="only when it is asked for itself"):
        fetcher._redirected(public, f"https://wiki.intern:{site.port}/")


async def test_an_encrypted_page_may_not_lead_to_one_that_is_not(fetching):
    fetcher = fetching()

    with pytest.raises(LoadFailed, match="from https to http"):
        fetcher._redirected(fetcher.target("https://example.com/"), "http://example.com/")


@pytest.mark.parametrize(("allowed", "url", "answers", "reached"), [
    ("wiki.intern:{port}", "http://wiki.intern:{port}/", ["127.0.0.1"], True),
    ("WIKI.intern.:{port}", "http://wiki.INTERN:{port}/", ["127.0.0.1"], True),
    ("127.0.0.1:{port}", "http://127.0.0.1:{port}/", [], True),
    ("127.0.0.1:{port}", "http://127.1:{port}/", [], False),
    ("wiki.intern:1", "http://wiki.intern:{port}/", ["127.0.0.1"], False),
    ("wiki.intern", "http://wiki.intern:{port}/", ["127.0.0.1"], False),  # without a port: 80 and 443
    ("intern:{port}", "http://wiki.intern:{port}/", ["127.0.0.1"], False),
    ("wiki.intern:{port}", "http://wiki.intern:{port}/", ["169.254.169.254"], False),
    ("wiki.intern:{port}", "http://wiki.intern:{port}/", ["127.0.0.1", "168.63.129.16"], False),
    ("wiki.intern:{port}", "http://wiki.intern:{port}/", ["::ffff:169.254.169.254"], False),
])  # fmt: skip
async def test_only_the_hosts_that_the_settings_name_may_be_inside(
    allowed, url, answers, reached, fetching, names, trap, site
):
    names.answers["wiki.intern"] = [answers]
    site.page("/", "<html><body>hello")
    fetcher = fetching(allowed.format(port=site.port))

    if reached:
        assert (await fetcher.get(url.format(port=site.port))).status == 200
    else:
        with pytest.raises(LoadFailed):
            await fetcher.get(url.format(port=site.port))
        assert trap.connects == []


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_public(address):
    if not address.is_global:
        assert not is_public(address)
        assert not is_public(ip_address(f"::ffff:{address}"))
        assert not is_public(ip_address((0x64FF9B << 96) + int(address)))


@given(st.ip_addresses(v=6))
def test_what_python_calls_private_is_never_public_in_ipv6(address):
    mapped = address.ipv4_mapped
    if not address.is_global and not (mapped and mapped.is_global):
        assert not is_public(address)


@given(
    st.text(max_size=40),
    st.sampled_from(["http://{}", "http://{}/", "{}", "https://{}.example/", "http://a@{}/", "http://[{}]/"]),
)
def test_any_text_is_a_target_or_refused_in_words(text, frame):
    try:
        target = Guard().target(frame.format(text))
    except LoadFailed as e:
        assert str(e)
    else:
        assert target.url.scheme in {"http", "https"}
        assert target.url.raw_host == target.host
        assert target.port in {80, 443}
        assert target.url.raw_user is None
        assert target.literal is None or is_public(target.literal)
