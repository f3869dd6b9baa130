"""Writes a training file of the size of DocRED's distant set from the bundled documents.

    python bench/large_file.py data/re-docred/train.json 101873 large.json

Documents repeat, with a title of their own; in each repeated one five rare words give way to
new ones, so that the number of different words grows about as in a real set of this size.
"""

import json
import random
import sys
from collections import Counter


def main(source, count, target):
    documents = json.load(open(source))
    occurrences = Counter(word for d in documents for s in d["sents"] for word in s)
    draw = random.Random(1)
    with open(target, "w") as file:
        for number in range(count):
            document = json.loads(json.dumps(documents[number % len(documents)]))
            if number >= len(documents):
                document["title"] += f" {number // len(documents)}"
                renew_words(document["sents"], occurrences, draw)
            file.write("[" if number == 0 else ", ")
            file.write(json.dumps(document))
        file.write("]")


def renew_words(sentences, occurrences, draw):
    places = [
        (words, place)
        for words in sentences
        for place, word in enumerate(words)
        if occurrences[word] <= 2 and word.isalpha() and len(word) > 3
    ]
    draw.shuffle(places)
    for words, place in places[:5]:
        letters = list(words[place].lower())
        draw.shuffle(letters)
        words[place] = "".join(letters).capitalize()


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
