#!/usr/bin/env python3
"""The usual pipeline from plain text to facts in PyTorch, for its speed beside docre's.

Three passes as people put them together: a Hugging Face token classifier tags mentions, scikit-learn
clusters the mentions' vectors with their names, and ATLOP reads the text again with markers around
them. The heads are random, so the mentions that go on to the second and third pass are those of the
documents: each stage has the work that a trained one would have.

    pip install torch transformers safetensors scikit-learn
    python3 bench/text_pipeline_peer.py --encoder .encoders/minilm --data dev.json [--bf16]

Prints one JSON object: documents a second without loading, and the peak memory in megabytes.
"""

import argparse
import json
import resource
import time

import numpy
import torch
from sklearn.cluster import AgglomerativeClustering
from transformers import AutoModel, AutoModelForTokenClassification, AutoTokenizer

LABELS = 13
CLASSES = 97
LONGEST = 512


def windows(ids, special):
    """Windows of at most LONGEST ids, half of which neighbours share."""
    inner = LONGEST - 2
    starts = range(0, max(1, len(ids) - inner // 2), inner // 2) if len(ids) > inner else [0]
    return [[special[0], *ids[start:start + inner], special[1]] for start in starts]


def batched(texts, size):
    for start in range(0, len(texts), size):
        yield texts[start:start + size]


def padded(rows, pad):
    longest = max(map(len, rows))
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
    return {"input_ids": ids, "attention_mask": (ids != pad).long()}


class Atlop(torch.nn.Module):
    """ATLOP's head (Zhou et al. 2021)."""

    def __init__(self, hidden, width=768, block=64):
        super().__init__()
        self.head = torch.nn.Linear(2 * hidden, width)
        self.tail = torch.nn.Linear(2 * hidden, width)
        self.bilinear = torch.nn.Linear(width * block, CLASSES)
        self.block = block

    def forward(self, hidden, attention, entities):
        """Scores of all ordered pairs of one document's entities, by their markers' places."""
        vectors = torch.stack([torch.logsumexp(hidden[marks], 0) for marks in entities])
        rows = torch.stack([attention[:, marks].mean(1) for marks in entities])
        count = len(entities)
        pairs = [(h, t) for h in range(count) for t in range(count) if h != t]
        heads, tails = (torch.tensor(side) for side in zip(*pairs))
        shared = (rows[heads] * rows[tails]).mean(1)
        context = (shared / (shared.sum(1, keepdim=True) + 1e-5)) @ hidden
        h = torch.tanh(self.head(torch.cat([vectors[heads], context], 1)))
        t = torch.tanh(self.tail(torch.cat([vectors[tails], context], 1)))
        blocks = [side.view(len(pairs), -1, self.block) for side in (h, t)]
        product = blocks[0].unsqueeze(3) * blocks[1].unsqueeze(2)
        return self.bilinear(product.reshape(len(pairs), -1))


class Pipeline:
    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.tagger = AutoModelForTokenClassification.from_pretrained(folder, num_labels=LABELS).eval()
        self.encoder = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        self.atlop = Atlop(self.encoder.config.hidden_size).eval()
        self.special = (self.tokenizer.cls_token_id, self.tokenizer.sep_token_id)

    def pieces(self, document, marked):
        """Word pieces, and for each word where it starts."""
        opens, closes = set(), set()
        for mention in (m for entity in document["vertexSet"] for m in entity) if marked else ():
            opens.add((mention["sent_id"], mention["pos"][0]))
            closes.add((mention["sent_id"], mention["pos"][1] - 1))
        pieces, starts = [], {}
        for s, sentence in enumerate(document["sents"]):
            for w, word in enumerate(sentence):
                starts[s, w] = len(pieces)
                pieces += ["*"] * ((s, w) in opens)
                pieces += self.tokenizer.tokenize(word)
                pieces += ["*"] * ((s, w) in closes)
        return self.tokenizer.convert_tokens_to_ids(pieces), starts

    def tag(self, documents):
        """The hidden states of each document, after its words were labelled."""
        read = [self.pieces(document, False) for document in documents]
        rows = [window[:LONGEST] for ids, _ in read for window in windows(ids, self.special)[:1]]
        output = self.tagger(**padded(rows, self.tokenizer.pad_token_id), output_hidden_states=True)
        labels = output.logits.argmax(2)
        assert labels.shape[0] == len(documents)
        return [(hidden, starts) for hidden, (_, starts) in zip(output.hidden_states[-1], read)]

    def cluster(self, document, hidden, starts):
        """Average linkage over vectors; the documents' own clusters go on."""
        mentions = [m for entity in document["vertexSet"] for m in entity]
        place = lambda m: min(starts[m["sent_id"], m["pos"][0]] + 1, len(hidden) - 1)
        vectors = torch.stack([hidden[place(m)] for m in mentions]).float().numpy()
        names = [m["name"].lower() for m in mentions]
        same = numpy.array([[one == two for two in names] for one in names], dtype=float)
        vectors = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
        distance = 1 - (vectors @ vectors.T + same) / 2
        if len(mentions) > 1:
            AgglomerativeClustering(
                n_clusters=None, metric="precomputed", linkage="average", distance_threshold=0.5
            ).fit(distance)

    def relate(self, documents):
        read = [self.pieces(document, True) for document in documents]
        rows = [window for ids, _ in read for window in windows(ids, self.special)[:1]]
        output = self.encoder(**padded(rows, self.tokenizer.pad_token_id), output_attentions=True)
        facts = 0
        for place, (document, (_, starts)) in enumerate(zip(documents, read)):
            longest = len(rows[place]) - 1
            marks = [
                [min(starts[m["sent_id"], m["pos"][0]] + 1, longest) for m in entity]
                for entity in document["vertexSet"]
            ]
            if len(marks) > 1:
                hidden, attention = output.last_hidden_state[place], output.attentions[-1][place]
                scores = self.atlop(hidden, attention, marks)
                facts += int((scores[:, 1:] > scores[:, :1]).sum())
        return facts

    def run(self, documents, size):
        for batch in batched(documents, size):
            for document, (hidden, starts) in zip(batch, self.tag(batch)):
                self.cluster(document, hidden, starts)
            self.relate(batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--bf16", action="store_true")
    options = parser.parse_args()
    documents = json.load(open(options.data))[:options.documents]
    pipeline = Pipeline(options.encoder)
    precision = torch.autocast("cpu", torch.bfloat16, enabled=options.bf16)
    with torch.inference_mode(), precision:
        pipeline.run(documents[:options.batch], options.batch)
        begun = time.perf_counter()
        pipeline.run(documents, options.batch)
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({
        "documents_per_second": round(len(documents) / seconds, 2),
        "peak_mb": peak, "bf16": options.bf16, "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }))


if __name__ == "__main__":
    main()
