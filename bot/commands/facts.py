"""What is known of a model, in one line (pure)."""

from bot.inference.catalogue import Traits


def facts(traits: Traits | None) -> str:
    """Window, price, abilities, speed and providers, as far as they are known; "" where nothing is."""
    if traits is None:
        return ""
    abilities = [
        *traits.inputs,
        *(["tools"] if traits.tools else []),
        *(["structured output"] if traits.structured else []),
    ]
    parts = (
        f"{traits.window:,} tokens" if traits.window else "",
        price(traits),
        ", ".join(abilities),
        f"{traits.latency:.1f} s to the first word" if traits.latency is not None else "",
        f"{traits.throughput:,.0f} tokens a second" if traits.throughput else "",
        f"{len(traits.providers)} provider{'s' * (len(traits.providers) > 1)}" if traits.providers else "",
    )
    return " · ".join(filter(None, parts))


def price(traits: Traits) -> str:
    """The highest that may be asked, for a million tokens."""
    free = "free at one provider" if traits.free else ""
    if traits.price is None:
        return free
    into, out = traits.price
    return f"${into:.2f} in, ${out:.2f} out a million{f', {free}' if free else ''}"
