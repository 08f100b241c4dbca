"""What the simulated models say in journeys."""

CODE = "\n".join(f"    total_{number} = {number} * {number}  # 🎈 line {number}" for number in range(60))
SECTION = """\
## Part {number} 🎉

Here is **bold text**, some *emphasis* and `inline code`; a list of things 👩‍👩‍👧 follows:

- first, with an emoji 🥳 and a word
- second, with ünïcödé and 漢字

```python
def part_{number}() -> int:
{code}
    return total_0
```

"""


def long_answer(length: int = 10_000) -> str:
    """At least so many characters of Markdown with code and emoji, to the last word the same every time."""
    parts: list[str] = []
    while sum(map(len, parts)) < length:
        parts.append(SECTION.format(number=len(parts) + 1, code=CODE))
    return "".join(parts) + "That was all. 🏁"
