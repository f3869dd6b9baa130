"""Documents to word pieces, as the public code of ATLOP does it.

Each word is split alone. A marker `*` stands before the first and after the last word of every
mention, once a word. Positions count from 0 without [CLS]; a mention's start is its marker's.
"""

from pathlib import Path

from tokenizers import Tokenizer

MARKER = "*"


def load_tokenizer(encoder: Path) -> Tokenizer:
    """The encoder's tokenizer, without the truncation and padding that its file switches on."""
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def word_pieces(document: dict, tokenizer: Tokenizer) -> tuple[list[int], list]:
    """The ids of the whole text with markers, and the places of each entity's mentions."""
    marker = tokenizer.token_to_id(MARKER)
    mentions = [mention for entity in document["vertexSet"] for mention in entity]
    firsts = {(mention["sent_id"], mention["pos"][0]) for mention in mentions}
    lasts = {(mention["sent_id"], mention["pos"][1] - 1) for mention in mentions}
    ids, places = [], {}
    for sentence, words in enumerate(document["sents"]):
        for place, word in enumerate(words):
            places[sentence, place] = len(ids)
            ids += [marker] if (sentence, place) in firsts else []
            ids += tokenizer.encode(word, add_special_tokens=False).ids
            ids += [marker] if (sentence, place) in lasts else []
        places[sentence, len(words)] = len(ids)

    def span(mention: dict) -> list[int]:
        return [places[mention["sent_id"], word] for word in mention["pos"]]

    return ids, [[span(mention) for mention in entity] for entity in document["vertexSet"]]


def preprocess(document: dict, max_seq_length: int, tokenizer: Tokenizer) -> dict:
    """What `preprocess.json` says of one document."""
    pieces, entity_pos = word_pieces(document, tokenizer)
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    input_ids = [cls] + pieces[: max_seq_length - 2] + [sep]
    entities = len(entity_pos)
    return {
        "max_seq_length": max_seq_length,
        "document": document,
        "input_ids": input_ids,
        "length": len(input_ids),
        "wordpieces_before_cut": len(pieces),
        "entity_pos": entity_pos,
        "entities": entities,
        "pairs": entities * (entities - 1),
        "positive_pairs": len({(fact["h"], fact["t"]) for fact in document["labels"]}),
        "windows": 1 if len(input_ids) <= 512 else 2,
    }
