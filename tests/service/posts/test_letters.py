"""service.posts.letters: words from all the world, in whatever shape."""

from base64 import b64encode
from email import message_from_bytes

import pytest

from service.posts.letters import Post, files_of, read_post, to_markdown
from service.web.markdown import to_html

HEAD = b"From: Ann <ann@example.com>\nMIME-Version: 1.0\n"


def read(raw: bytes) -> Post:
    return read_post(message_from_bytes(raw))


def plain(charset: str, body: bytes, encoding: str = "8bit") -> Post:
    return read(
        HEAD
        + f"Content-Type: text/plain; charset={charset}\n".encode()
        + f"Content-Transfer-Encoding: {encoding}\n\n".encode()
        + body
    )


class TestCharsets:
    @pytest.mark.parametrize(
        ("charset", "words"),
        [
            ("iso-2022-jp", "今夜、作業を行います。"),
            ("shift_jis", "今夜、作業を行います。"),
            ("gb18030", "今晚进行维护𠮷。"),
            ("gb2312", "今晚进行维护。"),
            ("big5", "今晚進行維護。"),
            ("euc-kr", "오늘 밤 작업이 있습니다."),
            ("koi8-r", "Сегодня ночью работы."),
            ("windows-1251", "Сегодня ночью работы."),
            ("windows-1252", "Travaux cette nuit – 50 € … œuvre"),
            ("iso-8859-15", "Travaux : 50 €, cœur"),
            ("utf-8", "Σήμερα 🛠️ العمل"),
            ("utf-7", "Travaux à 22 h"),
        ],
    )
    def test_words_arrive_as_they_were_written(self, charset, words):
        data = words.encode(charset)
        subject = f"=?{charset}?b?{b64encode(data).decode()}?="
        raw = (
            HEAD
            + f"Subject: {subject}\nContent-Type: text/plain; charset={charset}\n".encode()
            + b"Content-Transfer-Encoding: base64\n\n"
            + b64encode(data)
        )
        assert (read(raw).subject, read(raw).body) == (words, words)

    @pytest.mark.parametrize("charset", ["us-ascii", "utf-8", "x-unknown", "", "utf-16", "é"])
    def test_a_wrong_label_loses_no_mail(self, charset):
        assert plain(charset, "Travaux à 22 h".encode()).body
        assert "Travaux" in plain("us-ascii", "Travaux à 22 h".encode()).body
        assert plain("utf-8", "Travaux à 22 h".encode("latin-1")).body == "Travaux à 22 h"

    def test_flowed_lines_go_on(self):
        raw = HEAD + b"Content-Type: text/plain; format=flowed\n\nOne \nline.\n"
        assert read(raw).body == "One line."


class TestHtml:
    @pytest.mark.parametrize(
        "html",
        [
            "<script>alert(1)</script><p>Tonight</p>",
            "<p onclick=alert(1)>Tonight</p><img src=x onerror=alert(1)>",
            '<a href="javascript:alert(1)">Tonight</a>',
            '<a href="https://a.example/ onmouseover=x">Tonight</a>',
            "<style>p{background:url(//evil)}</style><p>Tonight",
            "&lt;script&gt;alert(1)&lt;/script&gt;Tonight",
            "<p>Tonight</p><iframe src=//evil></iframe><object data=x></object>",
            '<a href="data:text/html,<script>alert(1)</script>">Tonight</a>',
        ],
    )
    def test_what_is_shown_in_the_end_does_nothing(self, html):
        raw = HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + html.encode()
        body = read(raw).body
        assert "Tonight" in body
        shown = str(to_html(body)).lower()
        for danger in (
            "<script",
            "onclick",
            "onerror=",
            'href="javascript',
            "<iframe",
            "<img",
            "<style",
        ):
            assert danger not in shown

    def test_emphasis_lists_and_links_survive(self):
        html = '<p>At <b>22:00</b></p><ul><li>a<li>b</ul><a href="https://a.example/?x=1&amp;y">more</a>'
        assert "**22:00**" in to_markdown(html)
        assert "- a\n- b" in to_markdown(html)
        assert "[more](<https://a.example/?x=1&y>)" in to_markdown(html)

    def test_the_plain_part_counts_where_both_came(self):
        raw = (
            HEAD
            + b'Content-Type: multipart/alternative; boundary="b"\n\n--b\n\nPlain.\n'
            + b"--b\nContent-Type: text/html\n\n<p>Html.</p>\n--b--\n"
        )
        assert read(raw).body == "Plain."


class TestBrokenMime:
    @pytest.mark.parametrize(
        "raw",
        [
            b'Content-Type: multipart/mixed; boundary="never"\n\nTonight',
            b"Content-Type: multipart/mixed\n\nTonight",
            b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nTonight',
            b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nVG9uaWdodA",
            b"Content-Type: text/plain\nContent-Transfer-Encoding: x-nonsense\n\nTonight",
            b"Content-Type: \n\nTonight",
        ],
    )
    def test_what_can_be_read_is_read(self, raw):
        assert "Tonight" in read(b"Subject: =?utf-8?q?broken\n" + raw).body

    def test_a_subject_is_one_line_whatever_it_hides(self):
        folded = b"Subject: =?utf-8?q?Works=0D=0ABcc:_eve=40evil.example=00?=\n\nTonight\n"
        assert read(folded).subject == "Works Bcc: eve@evil.example"

    def test_files_have_a_name_without_a_path(self):
        raw = (
            HEAD
            + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nTonight\n'
            + b'--b\nContent-Disposition: attachment; filename="..\\\\..\\\\.a/b.exe"\n\nx\n'
            + b"--b\nContent-Type: image/png\n\ny\n"
            + b"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nz\n--b--\n"
        )
        assert read(raw).attachments == ("b.exe", "image-png", "message-rfc822")
        assert [each.name for each in files_of(raw)] == list(read(raw).attachments)
        assert b"Subject: inner" in files_of(raw)[2].data
