"""channels.email.rendition: what a mail looks like, and that nobody can bend it"""

import quopri
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Link, Sender, Slots, Text, Touched
from channels.email.quoted import quoted
from channels.email.rendition import Unspliceable, splice
from tests.channels.email.factories import (
    LONG,
    MONDAY,
    SLOTS,
    a_channel,
    a_message,
    a_parcel,
    a_rendition,
    parsed,
    part,
    written,
)

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(list('\r\n\t\0\x1b\x85\u2028\u2029\u202e\u2066\ud800\udfff=?.<>"\\,;:@%')),
    ),
    max_size=60,
) | st.sampled_from(
    [
        "x\r\nBcc: victim@example.org\r\n\r\nhello",
        "x\nBcc: victim@example.org",
        "=?utf-8?q?=0D=0ABcc:_victim?=",
        ".\r\n.\r\nMAIL FROM:<evil@example.org>",
        "%FOOTER%",
        "\ufffc0\ufffc &#xFFFC;0&#xFFFC;",
        "From here on\n.\n..\n",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "[x](javascript:alert(1)) ![y](https://spy.example/pixel.png)",
        "é" * 300,
        "a" * 2000,
    ]
)


class TestHeaders:
    def test_a_bulk_mail_carries_what_lists_carry(self):
        mail = parsed(written(a_parcel()))
        assert mail["date"].datetime == MONDAY
        assert mail["subject"] == "[Réseau] Connexion dégradée"
        sender = mail["from"].addresses[0]
        assert (sender.display_name, sender.addr_spec) == (
            "Équipe « Réseau »",
            "status@notify.example.org",
        )
        assert mail["to"].addresses[0].addr_spec == "person1@example.org"
        assert mail["message-id"] == "<d.d1@notify.example.org>"
        assert mail["auto-submitted"] == "auto-generated"
        assert mail["precedence"] == "list"
        assert mail["list-id"].endswith("<travaux.notify.example.org>")
        assert mail["list-post"] == "NO"
        assert mail["list-help"] == "<https://notify.example.org/help>"
        assert mail["list-archive"] == "<https://notify.example.org/archive>"
        assert mail["list-owner"] == "<mailto:status@notify.example.org>"
        assert mail["feedback-id"].count(":") == 3
        assert mail["content-language"] == "fr"
        assert "in-reply-to" not in mail

    def test_one_click_survives_whole_in_one_header(self):
        data = written(a_parcel())
        raw = re.search(rb"^List-Unsubscribe: ((?:.*\r\n[ \t])*.*)\r\n", data, re.MULTILINE)
        assert raw is not None
        unfolded = raw[1].replace(b"\r\n", b"").decode()
        assert unfolded == f"<{LONG}>"
        mail = parsed(data)
        assert mail.get_all("list-unsubscribe") == [unfolded]
        assert mail.get_all("list-unsubscribe-post") == ["List-Unsubscribe=One-Click"]

    def test_where_mail_is_taken_in_one_may_leave_and_complain_by_mail(self):
        slots = replace(
            SLOTS,
            return_path="b+abcdefgh",
            unsubscribe_mail="u+abcdefghij",
            complaints="f+abcdefgh",
        )
        parcel = a_parcel(slots=slots)
        data = written(parcel)
        by_mail = b",\r\n <mailto:u+abcdefghij@notify.example.org>\r\n"
        assert by_mail + b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in data
        assert b"CFBL-Address: f+abcdefgh@notify.example.org; report=arf\r\n" in data
        letter = splice(parcel.rendition, parcel)
        assert letter.sender == "b+abcdefgh@notify.example.org"

    def test_a_mail_that_is_not_bulk_carries_none_of_it(self):
        message = a_message(bulk=False, category="confirmation")
        mail = parsed(written(a_parcel(1, a_rendition(message), slots=Slots())))
        assert not [name for name in mail if name.lower().startswith("list-")]
        assert "precedence" not in mail
        assert "feedback-id" not in mail
        assert mail["auto-submitted"] == "auto-generated"
        assert "désinscrire" not in part(mail, "plain")

    def test_a_later_mail_answers_the_first(self):
        slots = Slots(thread="d0")
        mail = parsed(written(a_parcel(slots=slots)))
        assert mail["in-reply-to"] == mail["references"] == "<d.d0@notify.example.org>"

    def test_the_first_answers_nobody(self):
        assert "references" not in parsed(written(a_parcel(slots=Slots(thread="d1"))))

    def test_replies_go_where_the_sender_says(self):
        sender = Sender("Team", "status@notify.example.org", reply_to="team@example.org")
        mail = parsed(written(a_parcel(1, a_rendition(a_message(sender=sender)))))
        assert mail["reply-to"] == "team@example.org"
        assert mail["list-owner"] == "<mailto:team@example.org>"

    @pytest.mark.parametrize(
        "title",
        [
            "Été " * 30,
            "words " * 25,
            "=?utf-8?q?hidden?=",
            "日本語" * 40,
            "🚧🚧 travaux",
            "w" * 170,
        ],
    )
    def test_any_subject_arrives_as_it_was(self, title):
        message = a_message(texts={"fr": Text(title, "")}, source={})
        subject = parsed(written(a_parcel(1, a_rendition(message))))["subject"]
        assert subject == title.strip()

    @pytest.mark.parametrize("word", ["a", "é", "a "])
    def test_no_line_of_the_head_is_too_long(self, word):
        endless = word * 3000
        message = a_message(
            category=endless,
            stage=endless,
            texts={"fr": Text("", "")},
            source={"fr": ""},
            sender=Sender(endless, "status@notify.example.org", list_id=endless, help_url=endless),
        )
        data = written(a_parcel(1, a_rendition(message)))
        assert max(map(len, data.split(b"\r\n"))) <= 998

    def test_an_endless_title_is_cut(self):
        message = a_message(texts={"fr": Text("mot " * 400, "")})
        subject = parsed(written(a_parcel(1, a_rendition(message))))["subject"]
        assert len(subject) < 200
        assert subject.endswith("…")


class TestParts:
    def test_text_comes_first_and_both_are_quoted_printable(self):
        mail = parsed(written(a_parcel()))
        assert mail.get_content_type() == "multipart/alternative"
        parts = list(mail.iter_parts())
        assert [p.get_content_type() for p in parts] == ["text/plain", "text/html"]
        assert {p["content-transfer-encoding"] for p in parts} == {"quoted-printable"}

    def test_only_ascii_travels_in_short_lines(self):
        data = written(a_parcel())
        assert data.isascii()
        body = data.partition(b"\r\n\r\n")[2]
        assert max(map(len, body.split(b"\r\n"))) <= 76

    @pytest.mark.parametrize("subtype", ["plain", "html"])
    def test_both_say_everything(self, subtype):
        text = part(parsed(written(a_parcel())), subtype)
        said = "Incident, cause identifiée, Réseau, Connexion dégradée, erreurs, lent, Suivre"
        for words in (*said.split(", "), "perturbation majeure", "Se désinscrire", SLOTS.why):
            assert words in text
        html = subtype == "html"
        for url in (LONG, SLOTS.preferences_url, "https://status.example.org/f?a=1&b=2"):
            assert (url.replace("&", "&amp;") if html else url) in text

    @pytest.mark.parametrize("subtype", ["plain", "html"])
    def test_times_are_told_on_both_clocks(self, subtype):
        text = part(parsed(written(a_parcel())), subtype)
        assert "lundi 23 novembre 2026, 09:40 (Test/East) · 08:40 UTC" in text

    @pytest.mark.parametrize("subtype", ["plain", "html"])
    def test_each_zone_has_its_own_days_in_a_layout_made_once(self, subtype):
        marks = "\ufffc0\ufffc &#xFFFC;0&#xFFFC; \ufffc1\ufffc"
        message = a_message(starts_at=MONDAY, texts={"en": Text(marks, f"{marks}\n\n{marks}")})
        mails = [
            part(parsed(written(a_parcel(rendition=a_rendition(message, "en", zone)))), subtype)
            for zone in ("Test/East", "UTC", "Test/East")
        ]
        assert mails[0] == mails[2]
        assert [mail.count("(Test/East)") for mail in mails] == [2, 0, 2]
        assert [mail.count("09:00 UTC") for mail in mails] == [2, 2, 2]

    def test_a_time_is_told_once_where_both_clocks_agree(self):
        mail = parsed(written(a_parcel(1, a_rendition(None, "en", "UTC"))))
        assert "Start: Monday 23 November 2026, 08:40 UTC\n" in part(mail, "plain")

    def test_another_day_over_there_is_named(self):
        message = a_message(starts_at=MONDAY.replace(hour=23, minute=30))
        text = part(parsed(written(a_parcel(1, a_rendition(message, "en")))), "plain")
        assert "Tuesday 24 November 2026, 00:30 (Test/East) · Monday 23 November" in text

    def test_an_unknown_language_gets_the_first_there_is(self):
        mail = parsed(written(a_parcel(1, a_rendition(None, "de"))))
        assert mail["content-language"] == "fr"
        assert "Services concernés" in part(mail, "plain")

    def test_a_test_says_that_it_is_one(self):
        mail = parsed(written(a_parcel(1, a_rendition(a_message(test=True)))))
        assert mail["subject"].startswith("[TEST]")
        assert "Ceci est un essai" in part(mail, "plain")
        assert "Ceci est un essai" in part(mail, "html")

    def test_nothing_is_loaded_and_nothing_runs(self):
        body = "![tracker](https://spy.example/p.png) <b onclick=x>b</b> [l](javascript:x)"
        message = a_message(texts={"fr": Text("t", body)})
        html = part(parsed(written(a_parcel(1, a_rendition(message)))), "html")
        assert "<img" not in html
        assert "<script" not in html
        assert 'href="javascript' not in html
        assert "<b onclick" not in html
        assert "tracker" in html

    def test_the_reason_is_escaped_in_html_only(self):
        mail = parsed(written(a_parcel(slots=Slots(why="A <b> & C"))))
        assert "A <b> & C\n" in part(mail, "plain")
        assert "<p>A &lt;b&gt; &amp; C</p>" in part(mail, "html")

    def test_markdown_reads_well_as_text(self):
        body = "# Head\n\nSee [docs](https://d.example/) and **this**\n\n1. one\n2. two\n\n> said"
        message = a_message(texts={"en": Text("t", body)})
        text = part(parsed(written(a_parcel(1, a_rendition(message, "en")))), "plain")
        assert "Head\n\nSee docs (https://d.example/) and this\n\n1. one\n2. two\n\n> said" in text


class TestIdentity:
    def test_rendering_is_pure(self):
        channel, message = a_channel(), a_message()
        assert channel.render(message, "fr", "Z") == channel.render(message, "fr", "Z")

    def test_attempts_are_equal_to_the_byte(self):
        rendition = a_rendition()
        assert written(a_parcel(1, rendition)) == written(a_parcel(1, rendition, attempt=9))

    def test_two_people_differ_in_their_own_lines_only(self):
        rendition = a_rendition()
        one, two = written(a_parcel(1, rendition)), written(a_parcel(2, rendition))
        differing = [
            (a, b) for a, b in zip(one.split(b"\r\n"), two.split(b"\r\n"), strict=True) if a != b
        ]
        assert [a.split(b":")[0] for a, _ in differing] == [
            b"To",
            b"Message-ID",
        ]


class TestHostileTexts:
    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(texts=st.lists(HOSTILE, min_size=8, max_size=8))
    def test_no_text_adds_a_header_a_part_or_a_command(self, texts):
        title, body, name, source, word, why, identity, url = texts
        usual = set(parsed(written(a_parcel())).keys())
        message = a_message(
            id=identity,
            category=word,
            stage=word,
            texts={"fr": Text(title, body)},
            source={"fr": source},
            url=url,
            subject=identity,
            sender=Sender(name, "status@notify.example.org", None, identity, url, url),
            touched=(Touched("c", {"fr": name}, word, {"fr": why}),),
            links=(Link({"fr": word}, url),),
        )
        data = written(a_parcel(1, a_rendition(message), slots=Slots(why=why)))
        assert data.isascii()
        assert b"\n." not in data
        assert re.search(rb"(?<!\r)\n|\r(?!\n)|\0", data) is None
        assert max(map(len, data.split(b"\r\n"))) <= 998
        mail = parsed(data)
        assert set(mail.keys()) <= usual
        assert not mail.defects
        assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
        for subtype in ("plain", "html"):
            text = part(mail, subtype)
            assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b\x85]", text)
            assert "<script" not in text or subtype == "plain"

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": "d1>\r\nBcc: x@example.org"},
            {"id": ""},
            {"slots": Slots(unsubscribe_url="https://x.example/>\r\nBcc: <x")},
            {"slots": Slots(unsubscribe_url="javascript:alert(1)")},
            {"slots": Slots(preferences_url='https://x.example/"><script>')},
            {"slots": Slots(thread="a b")},
        ],
    )
    def test_a_bent_parcel_is_refused(self, changes):
        parcel = a_parcel(1, **changes)
        with pytest.raises(Unspliceable):
            splice(parcel.rendition, parcel)

    @given(st.text("ab =.F\n\u00e9from", max_size=300))
    def test_quoted_text_reads_back(self, text):
        lines = quoted(text)
        assert quopri.decodestring(lines).replace(b"\r\n", b"\n").decode() == text
        assert max(map(len, lines.split(b"\r\n"))) <= 76
        assert not re.search(rb"(?m)^(\.|From )", lines)
