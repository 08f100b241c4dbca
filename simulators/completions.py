"""How the simulated models speak: scripts of an answer, and the bytes that they become.

What is served, and what is refused, is `simulators/huggingface.py`.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count, repeat
from typing import Any, Literal

Trouble = Literal[
    # the stream ends after `after` tokens: with a TCP reset, inside a chunk, cleanly, or with these last bytes
    "reset", "drop", "eof", "half json", "garbage", "error event", "error object", "error string",
    # it never ends after `after` tokens: no bytes, a byte at a time, tokens, comments only, one long line
    "stall", "slow loris", "endless", "only comments", "huge line",
    # it is whole, but oddly written
    "comments", "crlf", "cr", "no space", "bom", "bytewise", "u2028", "split utf8", "bad utf8", "choices null",
    "content null", "no done", "hold open", "empty",
    # it is no stream
    "mute", "json", "html",
]  # fmt: skip

Shape = Callable[..., Any]  # like `chunk`

LAST_WORDS: Mapping[str, bytes] = {
    "half json": b'data: {"id":"sim","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"con',
    "garbage": b"data: \x00\x1f\x8b\xff\xfe{{not json\n\n",
    "error event": b'event: error\ndata: {"message":"the provider went away"}\n\n',
    "error object": b'data: {"error":{"message":"the provider went away","type":"server_error","code":503}}\n\n',
    "error string": b'data: {"error":"the model is overloaded","error_type":"overloaded"}\n\n',
}


@dataclass(slots=True)
class Script:
    """How one request is answered: with a stream of tokens, or with `status`, `headers` and `body` where it is not 200.

    `rate` is tokens (for a slow loris: bytes) per second, 0: as fast as possible. `first` is seconds before the first
    token. `finish=None` leaves the finish_reason out. `stamps` writes the time of sending into every token's text; it
    always stands in the chunk as "t" (time.monotonic()). `after` is the number of tokens that come before the `fault`.
    """

    text: str = ""
    tokens: list[str] | None = None
    rate: float = 200.0
    first: float = 0.0
    finish: str | None = "stop"
    reasoning: str = ""
    usage: bool = True
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None  # bytes, str or JSON; None: the router's words for this status
    fault: Trouble | None = None
    after: int = 0
    stamps: bool = False
    reported: str = ""  # the model that the answer names; "": the one that was asked

    def said(self) -> list[str]:
        tokens = split(self.text) if self.tokens is None else list(self.tokens)
        if self.fault == "u2028":
            tokens = [token + "\u2028\x85" for token in tokens]
        return [] if self.fault == "empty" else tokens


def split(text: str) -> list[str]:
    """Words with the white space behind them: joined they are the text again."""
    return re.findall(r"\S+\s*|\s+", text)


async def play(script: Script, body: Mapping[str, Any], shape: Shape | None = None) -> AsyncGenerator[bytes, None]:
    """The bytes of a stream, each when its time has come. `shape` is what a piece looks like; None: as in chat."""
    shape = shape or chunk
    ending = script.fault in (*LAST_WORDS, "reset", "drop", "eof")
    await asyncio.sleep(script.first)
    clock = Pace(script.rate)
    deltas = opening(script)
    for number, delta in enumerate(deltas):
        if number == script.after and (ending or script.fault in NEVER):
            break
        await clock.tick()
        yield event(script, shape(script, body, delta), first=number == 0)
    await clock.tick()
    if script.fault in NEVER:
        for piece in NEVER[script.fault](script, body, shape):
            yield piece
            await clock.tick()
        await asyncio.Event().wait()
    if ending:
        yield LAST_WORDS.get(script.fault or "", b"")
        return
    if script.finish is not None:
        yield event(script, shape(script, body, {"content": ""}, script.finish))
    if script.usage and body.get("stream_options", {}).get("include_usage"):
        yield event(script, {**shape(script, body, {}), "choices": [], "usage": usage(script, body)})
    if script.fault != "no done":
        yield event(script, "[DONE]")
    if script.fault == "hold open":
        await asyncio.Event().wait()


class Pace:
    """A tick every 1/rate seconds, without drifting."""

    def __init__(self, rate: float) -> None:
        self._gap, self._next = (1 / rate if rate else 0.0), time.monotonic()

    async def tick(self) -> None:
        self._next = max(self._next + self._gap, time.monotonic() - 1.0)
        await asyncio.sleep(max(0.0, self._next - time.monotonic()))


def opening(script: Script) -> list[dict[str, Any]]:
    thought = [{"reasoning": each} for each in split(script.reasoning)]
    said: list[dict[str, Any]] = [{"content": each} for each in script.said()]
    odd = [{"content": None}] if script.fault == "content null" else []
    return [*odd, *thought, *said]


def chunk(script: Script, body: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None = None) -> Any:
    now = time.monotonic()
    said = f"{delta['content']}⟨{now:.6f}⟩" if script.stamps and delta.get("content") else delta.get("content", "")
    choice = {"index": 0, "delta": {"role": "assistant", **delta, "content": said}, "finish_reason": finish}
    return {
        "id": "chatcmpl-sim",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": script.reported or body.get("model", "sim"),
        "choices": [choice],
        "t": now,
    }


def event(script: Script, data: Any, *, first: bool = False) -> bytes:
    """One server-sent event, written as the script's fault would have it."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    line = f"data:{text}" if script.fault == "no space" else f"data: {text}"
    before = {"comments": ": keep-alive\n\n", "choices null": 'data: {"choices": null}\n\n'}.get(script.fault or "", "")
    raw = f"{before}{line}\n\n".encode()
    if script.fault in ("crlf", "cr"):
        raw = raw.replace(b"\n", b"\r\n" if script.fault == "crlf" else b"\r")
    if script.fault == "bad utf8":
        raw = raw.replace(b'"content": "', b'"content": "\xff\xc3')
    return b"\xef\xbb\xbf" + raw if first and script.fault == "bom" else raw


def whole(script: Script, body: Mapping[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(script.said()), "reasoning": script.reasoning or None}
    answer = {**chunk(script, body, {}), "object": "chat.completion", "usage": usage(script, body)}
    return {**answer, "choices": [{"index": 0, "message": message, "finish_reason": script.finish}]}


def usage(script: Script, body: Mapping[str, Any]) -> dict[str, int]:
    prompt, completion = prompt_tokens(body), len(script.said()) + len(split(script.reasoning))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def prompt_tokens(body: Mapping[str, Any]) -> int:
    said = [each["content"] for each in body["messages"]] if "messages" in body else [body.get("prompt", "")]
    return sum(len(json.dumps(each, ensure_ascii=False).encode()) // 4 + 1 for each in said)


def _tokens(script: Script, body: Mapping[str, Any], shape: Shape) -> Iterator[bytes]:
    return (event(script, shape(script, body, {"content": f"word{number} "})) for number in count())


NEVER: Mapping[Any, Callable[[Script, Mapping[str, Any], Shape], Iterator[bytes]]] = {
    "stall": lambda *_: iter(()),
    "slow loris": lambda *of: (bytes([each]) for each in chain.from_iterable(_tokens(*of))),
    "endless": _tokens,
    "only comments": lambda *_: repeat(b": keep-alive\n\n"),
    "huge line": lambda *_: chain([b"data: "], repeat(b"x" * 65_536)),
}


def packets(piece: bytes, script: Script) -> list[bytes]:
    """The pieces in which these bytes go out."""
    if script.fault == "bytewise":
        return [piece[at : at + 1] for at in range(len(piece))]
    if script.fault == "split utf8":
        cuts = [at for at, byte in enumerate(piece) if byte & 0xC0 == 0x80]  # before every continuation byte
        return [piece[start:end] for start, end in zip([0, *cuts], [*cuts, len(piece)], strict=True)]
    return [piece]
