"""Hashes of titles and sentences of documents, by which a test knows them again.

    python fingerprints.py DOCUMENTS FOLDER

DOCUMENTS is a JSON list in DocRED's form. FOLDER gets `titles.txt` (titles longer than 12
characters) and `sentences.txt` (the first eight words of a sentence that has as many), a hash
a line.
"""

import json
import re
import sys
from pathlib import Path

LONGER_THAN = 12
WORDS = 8


def fnv1a(text: str) -> str:
    found = 0xCBF29CE484222325
    for byte in text.encode():
        found = ((found ^ byte) * 0x100000001B3) % 2**64
    return f"{found:016x}"


def openings(document: dict) -> list[str]:
    """The first words of the document's sentences."""
    sentences = (re.findall(r"[^\W_]+", " ".join(words)) for words in document["sents"])
    return [" ".join(words[:WORDS]).lower() for words in sentences if len(words) >= WORDS]


def write(path: Path, texts) -> None:
    path.write_text("".join(f"{found}\n" for found in sorted(set(map(fnv1a, texts)))))


def main(documents: Path, folder: Path) -> None:
    read = json.loads(documents.read_text())
    titles = (document["title"] for document in read)
    write(folder / "titles.txt", (title for title in titles if len(title) > LONGER_THAN))
    write(folder / "sentences.txt", (start for document in read for start in openings(document)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
