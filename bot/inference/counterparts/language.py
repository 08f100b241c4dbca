"""Words and sentences, and whether a text is likely to be English (pure)."""

import re

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n{2,}|\n(?=[ \t]*[-*•#|\d])")

# Little words that English does not share with its neighbours, and those of its neighbours.
ENGLISH = frozenset(
    WORD.findall("""
    the and are were this that these those it it's its you your you're he she they their we've my i'm i've i'll have has
    with for not but very what been be will would could should can can't don't doesn't didn't isn't wasn't won't just
    there here from at by when how who because too really never ever than then if about which of to or our out your
    is i we of some any every being does had him her them us where why
    """)
)
FOREIGN = frozenset(
    WORD.findall("""
    der die das und ist nicht ich du er sie wir ihr ein eine einen einem mit auf für von zu den dem sehr aber auch war
    hat habe haben sind wie gut schlecht kein keine mir mich wird noch nur schon mal doch heute
    le la les un une des et est pas je tu il elle nous vous ils elles que qui pour avec dans sur très mais c'est ce
    cette bien j'ai n'est plus trop
    el los las una y es yo por para con muy pero está este esta bueno malo todo lo más
    os um uma é não eu com muito mas isso
    gli di che è non sono per molto ma questo questa della
    het een en niet ik voor zeer maar dit dat ben wij zijn
    och är inte jag det som nie jest się ale bardzo
    """)
)


def words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in WORD.findall(text.lower())]


def sentences(text: str) -> list[str]:
    return [each.strip() for each in SENTENCE_END.split(text) if each.strip()]


def looks_english(found: list[str]) -> bool | None:
    """By its little words; None: it has none that tell."""
    ours, others = sum(word in ENGLISH for word in found), sum(word in FOREIGN for word in found)
    if not ours and not others:
        return None
    return ours > others
