"""service.web.markdown: nothing an author writes becomes markup of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.markdown import to_html


class TestToHtml:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("**bold** and *thin*", "<p><strong>bold</strong> and <em>thin</em></p>"),
            ("one\ntwo", "<p>one<br>\ntwo</p>"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
            ("~~gone~~", "<p><s>gone</s></p>"),
            ("", ""),
        ],
    )
    def test_what_people_write_is_rendered(self, text, html):
        assert to_html(text).strip() == html

    def test_links_lead_out_and_promise_nothing(self):
        assert to_html("[x](https://example.org/a)").strip() == (
            '<p><a href="https://example.org/a" rel="noopener noreferrer nofollow">x</a></p>'
        )

    @pytest.mark.parametrize(
        "target", ["javascript:alert(1)", "/relative", "data:text/html,x", "vbscript:x", "//e.org"]
    )
    def test_other_links_stay_text(self, target):
        assert "<a" not in to_html(f"[x]({target})")

    def test_headings_stand_below_the_pages_own(self):
        assert to_html("# One\n\n##### Five").strip() == "<h4>One</h4>\n<h6>Five</h6>"

    def test_images_are_not_loaded(self):
        assert "<img" not in to_html("![x](https://example.org/pixel.png)")

    @given(st.text(alphabet="<>/\"'=()[]!`*_# \nabcsriptonj:&;", max_size=80))
    def test_no_markup_of_the_authors_own_survives(self, text):
        html = to_html(text).lower()
        assert "<script" not in html
        assert "<img" not in html
        assert 'href="j' not in html
