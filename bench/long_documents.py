"""How much memory documents of many words, mentions and entities take.

    bench/long_documents.py DOCRE MODEL

makes documents of synthetic words, reads each with `docre extract` and prints the seconds and
the most memory that the program held (Linux). Use a trained model: one with random new layers
finds facts everywhere, and they take memory too.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

SENTENCE = 25
DOCUMENTS = [  # name, words, mentions of each entity
    ("1,000 entities", 20_000, [2] * 1000),
    ("2,000 entities", 10_000, [1] * 2000),
    ("one of 5,000 mentions", 10_000, [5000, 1, 1]),
]


def document(title, words, mentions):
    """Mentions spread evenly, those of an entity far from each other."""
    text = [f"w{i * 7919 % 977}" if i % 9 else "Oslo" for i in range(words)]
    sentences = [text[i : i + SENTENCE] for i in range(0, words, SENTENCE)]
    order = [(turn, entity) for entity, count in enumerate(mentions) for turn in range(count)]
    order.sort()
    entities = [[] for _ in mentions]
    for number, (_, entity) in enumerate(order):
        sentence, token = divmod(number * words // len(order), SENTENCE)
        name = sentences[sentence][token]
        place = {"name": name, "sent_id": sentence, "pos": [token, token + 1], "type": "LOC"}
        entities[entity].append(place)
    return {"title": title, "sents": sentences, "vertexSet": entities}


def main(program, model):
    for name, words, mentions in DOCUMENTS:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "document.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump([document(name, words, mentions)], file)
            begun = time.time()
            command = [program, "extract", "--model", model, path, "--json"]
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.time() - begun
        row = {"document": name, "words": words, "mentions": sum(mentions), "ok": status == 0}
        row |= {"seconds": round(seconds, 1), "peak_mb": usage.ru_maxrss // 1024}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
