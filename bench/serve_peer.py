"""A service as people wrap a model of PyTorch today, to measure docre serve against.

    pip install torch transformers fastapi uvicorn
    uvicorn --app-dir bench serve_peer:app --port 8643

FastAPI, one process, a request a document through the model in a thread of the pool (`def`, not
`async def`), as the tutorials of both show it. The encoder has the sizes of all-MiniLM-L6-v2 (6 layers
of 384) and the head is ATLOP's: localized context pooling over the attention of the last layer, grouped
bilinear scores, the adaptive threshold. The weights are random: how fast it is doesn't depend on them.
Documents come in DocRED's form with their entities; `POST /v1/documents` takes a list of one.
"""

import os
from pathlib import Path

import torch
from fastapi import FastAPI
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel

FOLDER = Path(__file__).parent.parent / "crates/docre/models/docre-small"
RELATIONS, BLOCK = 97, 64
LONGEST = 512

if threads := os.environ.get("PEER_THREADS"):
    torch.set_num_threads(int(threads))


class Atlop(nn.Module):
    """ATLOP (Zhou et al., 2021, equations 3 to 8) on a BERT."""

    def __init__(self, width=384, pair_width=768):
        super().__init__()
        config = BertConfig(
            vocab_size=30522, hidden_size=width, num_hidden_layers=6, num_attention_heads=12,
            intermediate_size=4 * width, attn_implementation="eager",
        )
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.head, self.tail = nn.Linear(2 * width, pair_width), nn.Linear(2 * width, pair_width)
        self.scores = nn.Linear(pair_width * BLOCK, RELATIONS)

    def forward(self, ids, entities):
        """`ids` is `[1, tokens]`, `entities` the marked positions of each; scores are `[pairs, relations]`."""
        found = self.encoder(ids, output_attentions=True)
        hidden, attention = found.last_hidden_state[0], found.attentions[-1][0]
        pooled = torch.stack([torch.logsumexp(hidden[places], dim=0) for places in entities])
        looked = torch.stack([attention[:, places].mean(1) for places in entities])
        pairs = [(h, t) for h in range(len(entities)) for t in range(len(entities)) if h != t]
        heads, tails = (torch.tensor(side) for side in zip(*pairs))
        context = (looked[heads] * looked[tails]).mean(1)
        context = context / (context.sum(1, keepdim=True) + 1e-5)
        context = context @ hidden
        head = torch.tanh(self.head(torch.cat([pooled[heads], context], dim=1)))
        tail = torch.tanh(self.tail(torch.cat([pooled[tails], context], dim=1)))
        blocks = head.view(len(pairs), -1, BLOCK, 1) * tail.view(len(pairs), -1, 1, BLOCK)
        return pairs, self.scores(blocks.reshape(len(pairs), -1))


tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
model = Atlop().eval()
app = FastAPI()


def encode(document):
    """Word pieces with a marker before each mention, and the marked positions of each entity."""
    starts = {}
    for number, mentions in enumerate(document["vertexSet"]):
        for mention in mentions:
            starts.setdefault((mention["sent_id"], mention["pos"][0]), []).append(number)
    ids, entities = [101], [[] for _ in document["vertexSet"]]
    for place, sentence in enumerate(document["sents"]):
        for token, word in enumerate(sentence):
            for number in starts.get((place, token), []):
                entities[number].append(min(len(ids), LONGEST - 2))
                ids.append(1008)
            ids.extend(tokenizer.encode(word, add_special_tokens=False).ids)
    return torch.tensor([ids[: LONGEST - 1] + [102]]), entities


@app.post("/v1/documents")
def extract(documents: list[dict]):
    results = []
    for document in documents:
        ids, entities = encode(document)
        facts = []
        if len(entities) > 1:
            with torch.inference_mode():
                pairs, scores = model(ids, entities)
            above = scores[:, 1:] > scores[:, :1]
            for row, column in above.nonzero().tolist()[:1000]:
                head, tail = pairs[row]
                facts.append({"head": head, "relation": column + 1, "tail": tail})
        results.append({"title": document["title"], "facts": facts})
    return {"results": results}
