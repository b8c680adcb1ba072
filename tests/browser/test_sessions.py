"""Twenty readers at once: nobody sees another one's scenario, record or upload."""

from tests.browser.sessions import open_sessions

LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4"]


def test_twenty_sessions_at_once_stay_apart(server: str) -> None:
    asked = [
        ("Masking", {"record": f"gallery:{record}", "hide": lead})
        for record in ("normal", "fast")
        for lead in LEADS
    ]
    heard = open_sessions(server, asked)
    for (_, query), found in zip(asked, heard, strict=True):
        assert not found.failed
        assert f"Hiding {query['hide']} " in found.html
        assert query["hide"] in found.query
        assert query["record"].removeprefix("gallery:") in found.query
        others = [lead for lead in LEADS if lead != query["hide"]]
        assert not any(f"Hiding {lead} " in found.html for lead in others)


def test_an_upload_cannot_be_reached_from_another_session(server: str) -> None:
    found = open_sessions(server, [("Masking", {"record": "upload:somebody"})])[0]
    assert not found.failed
    assert "upload" not in found.query
