import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.passages import Passage, blocks, passages, shorten

PIECES = ("a word", "- item", "1. item", "", "  indented", "```", "~~~", "```python", "| a | b |", "# heading", "ends:")
CODE = ("```\na\n\nb\n```", "- item\n\n  ```sh\n  a\n  ```", "text\n```python\n- a\n```")
anything = st.lists(st.sampled_from(PIECES)).map("\n".join)
documents = st.lists(st.sampled_from((*CODE, *(each for each in PIECES if each[:1] not in "`~")))).map("\n".join)


class TestPassages:
    def test_headings_cut_a_file_and_keep_their_way_down(self) -> None:
        cut = passages("docs/x.md", "# Title\nintro\n## One\nfirst\n### Deep\nthird\n## Two\nsecond\n")
        assert cut == [
            Passage("docs/x.md", ("Title",), "intro"),
            Passage("docs/x.md", ("Title", "One"), "first"),
            Passage("docs/x.md", ("Title", "One", "Deep"), "third"),
            Passage("docs/x.md", ("Title", "Two"), "second"),
        ]

    def test_a_comment_in_code_is_no_heading(self) -> None:
        (only,) = passages("x.md", "# Title\n```sh\n# not a heading\nmake\n```\n")
        assert "# not a heading" in only.text

    def test_a_fence_ends_with_its_own_mark_only(self) -> None:
        (only,) = passages("x.md", "# Title\n````\n```\n# not a heading\n```\n````\n")
        assert "# not a heading" in only.text

    def test_a_heading_with_nothing_below_it_is_left_out_and_a_parent_is_kept(self) -> None:
        assert [each.path for each in passages("x.md", "# A\n## B\ntext\n## Empty\n")] == [("A",), ("A", "B")]

    def test_text_before_the_first_heading_is_known_by_its_file(self) -> None:
        (first, _) = passages("x.md", "before\n# A\ntext")
        assert (first.text, first.reference) == ("before", "x.md")

    def test_links_within_the_repository_become_their_words(self) -> None:
        (only,) = passages("x.md", "# A\n[here](docs/y.md) and [there](https://example.org)")
        assert only.text == "here and [there](https://example.org)"

    def test_comments_are_not_shown(self) -> None:
        assert passages("x.md", "# A\n<!-- made by\nmake -->\ntext")[0].text == "text"

    def test_a_reference_names_file_and_section(self) -> None:
        assert Passage("docs/x.md", ("A", "Use `make`"), "").reference == "docs/x.md, section “Use make”"

    @pytest.mark.parametrize(
        ("text", "gist"),
        [
            ("One\nline. Two.", "One line."),
            ("- item", ""),
            ("1. item", ""),
            ("```\nx\n```", ""),
            ("| a |", ""),
            ("", ""),
        ],
    )
    def test_the_gist_is_the_first_sentence(self, text: str, gist: str) -> None:
        assert Passage("x.md", ("A",), text).gist == gist


class TestBlocks:
    def test_what_makes_a_block(self) -> None:
        text = "para\ngraph\n\n- one\n  more\n\n  ```\n  code\n  ```\n- two\n```\n\nx\n```\nafter\n"
        assert blocks(text) == [
            "para\ngraph\n\n",
            "- one\n  more\n\n  ```\n  code\n  ```\n",
            "- two\n",
            "```\n\nx\n```\n",
            "after\n",
        ]

    @given(anything)
    def test_joined_they_are_the_text(self, text: str) -> None:
        assert "".join(blocks(text)) == text


class TestShorten:
    def test_what_fits_is_left_alone(self) -> None:
        assert shorten("a\n\n- b\n", 100) == "a\n\n- b"

    def test_whole_blocks_only(self) -> None:
        assert shorten("first\n\nsecond\n\nthird", 14) == "first\n\nsecond"

    def test_code_that_does_not_fit_goes_with_the_words_that_lead_to_it(self) -> None:
        assert shorten("first\n\nlike this:\n\n```\nlong long long\n```\n", 30) == "first"

    def test_code_that_comes_first_stays_whole(self) -> None:
        code = "```\n" + "x\n" * 50 + "```"
        assert shorten(f"{code}\n\nmore", 20) == code

    def test_a_long_paragraph_ends_with_a_sentence(self) -> None:
        assert shorten("One two three four. Five six seven eight nine.", 30) == "One two three four …"

    def test_a_word_without_end_is_cut(self) -> None:
        assert shorten("x" * 50, 10) == "x" * 10 + " …"

    @given(documents, st.integers(1, 60))
    def test_a_fence_is_never_left_open(self, text: str, limit: int) -> None:
        assert shorten(text, limit).count("```") % 2 == 0


class TestReadable:
    def test_a_paragraph_comes_on_one_line(self) -> None:
        text = "# A\none\ntwo\n\n- item\n  goes on\n- next\n\n1. first\n   goes on\n  - inner\n"
        assert passages("x.md", text)[0].text == "one two\n\n- item goes on\n- next\n\n1. first goes on\n  - inner"

    @pytest.mark.parametrize(
        "kept",
        [
            "```\none\ntwo\n```",
            "before\n\n    code\n    more",
            "| a |\n| b |",
            "> a\n> b",
            "a\n```\nb\n```",
            "~~~\na\n~~~\nb",
        ],
    )
    def test_code_and_tables_and_quotes_keep_their_lines(self, kept: str) -> None:
        assert passages("x.md", f"# A\n{kept}\n")[0].text == kept
