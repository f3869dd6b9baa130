"""Twenty sentences, as lists of words, to split into tokens."""

import re

COUNT = 20

# Written for these lists: scripts, signs and blanks that the corpus hasn't.
WRITTEN = [
    "The tower ( Arabic : برج الميناء ; HI(M ) has 1 _ km² of garden , 75,000 m² of floor and a "
    "debt of £ 940 million , i.e. too much .",
    "The school ( 海灯书院 , hǎidēng shūyuàn , lǜdēng ) , its café in Νέα Ακτή and its ship "
    "« Северная Заря » were sold in 1945–46 _ .",
]
NO_BREAK_SPACE = "\u00a0"
PLAIN = re.compile(r"[A-Za-z]+|[.,]")


def written(text: str) -> list[str]:
    return [NO_BREAK_SPACE if word == "_" else word for word in text.split(" ")]


def odd(words: list[str]) -> int:
    """How many different words aren't of plain letters."""
    return len({word for word in words if not PLAIN.fullmatch(word)})


def sentences(documents: dict[str, dict]) -> list[list[str]]:
    """The sentence with the most odd words of every few documents, and the written ones."""
    count = COUNT - len(WRITTEN)
    titles = list(documents)[:: len(documents) // count][:count]
    best = []
    for title in titles:
        short = [words for words in documents[title]["sents"] if len(words) <= 36]
        best.append(max(short, key=odd))
    return best + [written(text) for text in WRITTEN]
