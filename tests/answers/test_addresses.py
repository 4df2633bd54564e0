"""Only addresses that a reader can trust to be what they say become links."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierproof.answers.addresses import address
from tierproof.evidence import load_pack


@pytest.mark.parametrize(
    ("ref", "url"),
    [
        ("arXiv:2304.01373", "https://arxiv.org/abs/2304.01373"),
        ("arXiv 2304.01373v2, table 3", "https://arxiv.org/abs/2304.01373v2"),
        ("doi:10.1038/s41586-025-09422-z", "https://doi.org/10.1038/s41586-025-09422-z"),
        ("10.18653/v1/2024.findings-acl.372", "https://doi.org/10.18653/v1/2024.findings-acl.372"),
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("github:owner/repo", "https://github.com/owner/repo"),
        ("2024.naacl-long.228", "https://aclanthology.org/2024.naacl-long.228"),
        ("ICML 2025, PMLR v267", None),
        ("javascript:alert(1)", None),
        ("data:text/html,<script>", None),
        ("https://user@evil.example", None),
        ('https://a.example/"onmouseover=x', None),
        ("https:///no-host", None),
        (None, None),
    ],
)
def test_references_become_addresses_or_nothing(ref: str | None, url: str | None) -> None:
    assert address(ref) == url


@given(
    st.text()
    | st.text().map("https://{}".format)
    | st.text().map("arXiv:{}".format)
    | st.text().map("10.1234/{}".format)
)
def test_no_text_makes_another_scheme_or_breaks_an_attribute(ref: str) -> None:
    url = address(ref)
    if url is not None:
        assert urlsplit(url).scheme in ("http", "https")
        assert not set(url) & set("\"'<> \n\t")


def test_nearly_every_shipped_record_can_be_opened() -> None:
    # A record without an address names a printed source (a conference volume, a magazine's issue): few do.
    records = load_pack().records
    with_address = sum(address(record.source.ref) is not None for record in records)
    assert with_address / len(records) > 0.97
