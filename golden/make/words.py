"""Words to tokens, each word alone, with the tokenizer of an encoder's folder."""

import json
from pathlib import Path

from tokenizers import Tokenizer


def load(folder: Path, prefix_space: bool = False) -> Tokenizer:
    """The pipeline written in `tokenizer.json`, perhaps with a space before each word."""
    pipeline = json.loads((folder / "tokenizer.json").read_text())
    if prefix_space:
        for step in steps(pipeline["pre_tokenizer"]):
            if step["type"] == "ByteLevel":
                step["add_prefix_space"] = True
    tokenizer = Tokenizer.from_str(json.dumps(pipeline))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def steps(pre_tokenizer: dict) -> list[dict]:
    return pre_tokenizer.get("pretokenizers", [pre_tokenizer])


def is_byte_level(folder: Path) -> bool:
    pipeline = json.loads((folder / "tokenizer.json").read_text())
    splitter = pipeline["pre_tokenizer"]
    return bool(splitter) and any(step["type"] == "ByteLevel" for step in steps(splitter))


def token_lists(folder: Path, lists: list[list[str]]) -> list[dict]:
    """What `tokenization.json` says of lists of words."""
    plain = load(folder)
    spaced = load(folder, prefix_space=True) if is_byte_level(folder) else None
    found = []
    for words in lists:
        encoded = [plain.encode(word, add_special_tokens=False) for word in words]
        entry = {
            "words": words,
            "tokens": [encoding.tokens for encoding in encoded],
            "ids": [encoding.ids for encoding in encoded],
        }
        if spaced:
            with_space = [spaced.encode(word, add_special_tokens=False).ids for word in words]
            entry["ids_prefix_space"] = with_space
        found.append(entry)
    return found
