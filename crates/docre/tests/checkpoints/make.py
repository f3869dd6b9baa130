"""Makes small random checkpoints in the layouts of the public codes, and the scores that PyTorch
computes with them: what main.rs here compares docre with.

Nothing here is docre's: the encoder is that of transformers, axial attention that of the package
axial-attention, which KD-DocRE uses, and the rest is written from the papers. Tables have the
document's number of entities and no padding.

    pip install torch transformers axial-attention
    python make.py
"""

import json
from pathlib import Path

import torch
from axial_attention import AxialAttention
from torch import nn
from transformers import BertConfig, BertModel, BertTokenizerFast

FOLDER = Path(__file__).parent / "data"
HIDDEN, WIDTH, BLOCK, RELATIONS = 24, 16, 4, ["P17", "P19", "P551"]
CLASSES = len(RELATIONS) + 1

DOCUMENTS = [
    {
        "title": "Ferry",
        "sents": [
            "Marta Ros runs the ferry Gull from Brin to Oldhaven .".split(),
            "The Gull was built in Brin , where Marta was born .".split(),
        ],
        "vertexSet": [
            [{"pos": [0, 2], "sent_id": 0}, {"pos": [8, 9], "sent_id": 1}],
            [{"pos": [5, 6], "sent_id": 0}, {"pos": [1, 2], "sent_id": 1}],
            [{"pos": [7, 8], "sent_id": 0}, {"pos": [5, 6], "sent_id": 1}],
            [{"pos": [9, 10], "sent_id": 0}],
        ],
    },
    {
        "title": "Mill",
        "sents": [
            "Old Tam sold the mill at Fenwick to Ida Lund in 1911 .".split(),
            "Ida and Jon Lund moved to Fenwick and ran it until 1930 .".split(),
        ],
        "vertexSet": [
            [{"pos": [0, 2], "sent_id": 0}],
            [{"pos": [6, 7], "sent_id": 0}, {"pos": [6, 7], "sent_id": 1}],
            [{"pos": [8, 10], "sent_id": 0}, {"pos": [0, 1], "sent_id": 1}],
            [{"pos": [11, 12], "sent_id": 0}],
            [{"pos": [2, 4], "sent_id": 1}],
        ],
    },
]


def make_tokenizer():
    words = sorted({w.lower() for d in DOCUMENTS for s in d["sents"] for w in s})
    letters = sorted({c for w in words for c in w})
    words = [w for w in words if len(w) < 5]  # the longer ones are cut into letters
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "*", *words, *letters]
    pieces += [f"##{c}" for c in letters]
    vocabulary = FOLDER / "encoder" / "vocab.txt"
    vocabulary.parent.mkdir(parents=True, exist_ok=True)
    vocabulary.write_text("\n".join(dict.fromkeys(pieces)) + "\n")
    return BertTokenizerFast(vocab_file=str(vocabulary), do_lower_case=True)


def read(document, tokenizer):
    """Ids with CLS and SEP, and the places of each entity's opening markers."""
    starts = {(m["sent_id"], m["pos"][0]) for e in document["vertexSet"] for m in e}
    ends = {(m["sent_id"], m["pos"][1] - 1) for e in document["vertexSet"] for m in e}
    pieces, place = ["[CLS]"], {}
    for s, sentence in enumerate(document["sents"]):
        for t, word in enumerate(sentence):
            place[s, t] = len(pieces)
            marked = ["*"] * ((s, t) in starts) + tokenizer.tokenize(word) + ["*"] * ((s, t) in ends)
            pieces += marked
    pieces.append("[SEP]")
    ids = torch.tensor([tokenizer.convert_tokens_to_ids(pieces)])
    return ids, [[place[m["sent_id"], m["pos"][0]] for m in e] for e in document["vertexSet"]]


class Reader(nn.Module):
    """Entities and the contexts of all pairs, from the encoder's last layer."""

    epsilon = 1e-5
    """What the public code adds to the sum of a context's weights."""

    def look(self, encoder, ids, entities):
        out = encoder(input_ids=ids, output_attentions=True)
        hidden, attention = out.last_hidden_state[0], out.attentions[-1][0]
        embeddings = torch.stack([torch.logsumexp(hidden[places], 0) for places in entities])
        looks = torch.stack([attention[:, places].mean(1) for places in entities])
        both = (looks[:, None] * looks[None, :]).mean(2)  # [heads, tails, tokens]
        contexts = (both / (both.sum(-1, keepdim=True) + self.epsilon)) @ hidden
        return embeddings, contexts

    def products(self, embeddings, of_pairs):
        """The grouped products of head and tail features, for each cell."""
        n = len(embeddings)
        heads = embeddings[:, None].expand(n, n, -1)
        tails = embeddings[None, :].expand(n, n, -1)
        h = torch.tanh(self.head_extractor(torch.cat([heads, of_pairs], -1)))
        t = torch.tanh(self.tail_extractor(torch.cat([tails, of_pairs], -1)))
        h, t = (x.reshape(n, n, WIDTH // BLOCK, BLOCK) for x in (h, t))
        return torch.einsum("abgi,abgj->abgij", h, t).reshape(n, n, -1)


class Atlop(Reader):
    def __init__(self, encoder):
        super().__init__()
        self.model = encoder
        self.head_extractor = nn.Linear(2 * HIDDEN, WIDTH)
        self.tail_extractor = nn.Linear(2 * HIDDEN, WIDTH)
        self.bilinear = nn.Linear(WIDTH * BLOCK, CLASSES)

    def forward(self, ids, entities):
        embeddings, contexts = self.look(self.model, ids, entities)
        return self.bilinear(self.products(embeddings, contexts))


class Dreeam(Atlop):
    epsilon = 1e-30


class Twice(nn.Module):
    """Two convolutions, each with normalisation and rectifier."""

    def __init__(self, inputs, outputs):
        super().__init__()
        layers = []
        for width in (inputs, outputs):
            layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.double_conv = nn.Sequential(*layers)

    def forward(self, x):
        return self.double_conv(x)


class Step(nn.Module):
    """What the names of the U-Net's first and last levels have between."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = Twice(inputs, outputs)


class Down(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), Twice(inputs, outputs))


class Outwards(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1)


class UNet(nn.Module):
    def __init__(self, channels, outputs, filters):
        super().__init__()
        self.inc = Step(channels, filters)
        self.down1 = Down(filters, 2 * filters)
        self.down2 = Down(2 * filters, 2 * filters)
        self.up1 = Step(4 * filters, filters)
        self.up2 = Step(2 * filters, filters // 2)
        self.outc = Outwards(filters // 2, outputs)

    def forward(self, x):
        full = self.inc.conv(x)
        half = self.down1.maxpool_conv(full)
        quarter = self.down2.maxpool_conv(half)
        x = self.up1.conv(beside(half, quarter))
        return self.outc.conv(self.up2.conv(beside(full, x)))


def beside(fine, coarse):
    """The coarse channels at twice the size, filled up with zeros, behind the fine ones."""
    coarse = nn.functional.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=True)
    rows, columns = (fine.shape[at] - coarse.shape[at] for at in (2, 3))
    around = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return torch.cat([fine, nn.functional.pad(coarse, around)], 1)


class DocuNet(Reader):
    CHANNELS, OUTPUTS, FILTERS = 3, 10, 8

    def __init__(self, encoder):
        super().__init__()
        self.bert_model = encoder
        self.head_extractor = nn.Linear(HIDDEN + self.OUTPUTS, WIDTH)
        self.tail_extractor = nn.Linear(HIDDEN + self.OUTPUTS, WIDTH)
        self.bilinear = nn.Linear(WIDTH * BLOCK, CLASSES)
        self.liner = nn.Linear(HIDDEN, self.CHANNELS)
        self.segmentation_net = UNet(self.CHANNELS, self.OUTPUTS, self.FILTERS)

    def forward(self, ids, entities):
        embeddings, contexts = self.look(self.bert_model, ids, entities)
        image = self.liner(contexts).permute(2, 0, 1)[None]
        return self.bilinear(
            self.products(embeddings, self.segmentation_net(image)[0].permute(1, 2, 0))
        )


class Axial(nn.Module):
    LAYERS, HEADS = 2, 8

    def __init__(self):
        super().__init__()
        layers = range(self.LAYERS)
        self.axial_attns = nn.ModuleList(
            AxialAttention(dim=HIDDEN, dim_index=-1, heads=self.HEADS, num_dimensions=2)
            for _ in layers
        )
        self.ffns = nn.ModuleList(nn.Linear(HIDDEN, HIDDEN) for _ in layers)
        self.lns = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in layers)

    def forward(self, x):
        for attention, linear, norm in zip(self.axial_attns, self.ffns, self.lns):
            x = norm(linear(x + attention(x)))
        return x


class KdDocre(Reader):
    epsilon = 1e-10

    def __init__(self, encoder):
        super().__init__()
        self.model = encoder
        self.head_extractor = nn.Linear(2 * HIDDEN, WIDTH)
        self.tail_extractor = nn.Linear(2 * HIDDEN, WIDTH)
        self.bilinear = nn.Linear(WIDTH * BLOCK, CLASSES)  # is there, and isn't used
        self.projection = nn.Linear(WIDTH * BLOCK, HIDDEN, bias=False)
        self.classifier = nn.Linear(HIDDEN, CLASSES)
        self.axial_transformer = Axial()

    def forward(self, ids, entities):
        embeddings, contexts = self.look(self.model, ids, entities)
        pairs = self.projection(self.products(embeddings, contexts))
        return self.classifier(pairs + self.axial_transformer(pairs[None])[0])


def roughen(model):
    """Makes all that begins as ones or zeros differ, running statistics included."""
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and tensor.ndim == 1:
            tensor += torch.rand_like(tensor) * (0.5 if "var" in name else 0.2)


def save(model, name, tokenizer):
    roughen(model.eval())
    torch.save(model.state_dict(), FOLDER / f"{name}.pt")
    expected = []
    for document in DOCUMENTS:
        ids, entities = read(document, tokenizer)
        with torch.no_grad():
            scores = model(ids, entities)
        pairs = [(h, t) for h in range(len(entities)) for t in range(len(entities)) if h != t]
        expected.append([scores[h, t].tolist() for h, t in pairs])
    return expected


def main():
    tokenizer = make_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=32, max_position_embeddings=96, attn_implementation="eager",
        initializer_range=0.3,
    )
    config.architectures = ["BertModel"]
    tokenizer.save_pretrained(FOLDER / "encoder")
    config.save_pretrained(FOLDER / "encoder")
    (FOLDER / "rel2id.json").write_text(
        json.dumps({"Na": 0} | {r: at for at, r in enumerate(RELATIONS, 1)}) + "\n"
    )
    lines = "".join(json.dumps(document) + "\n" for document in DOCUMENTS)
    (FOLDER / "documents.jsonl").write_text(lines)
    scores = {}
    for seed, (name, kind) in enumerate(
        [("atlop", Atlop), ("docunet", DocuNet), ("kd-docre", KdDocre), ("dreeam", Dreeam)]
    ):
        torch.manual_seed(seed)
        scores[name] = save(kind(BertModel(config)), name, tokenizer)
    (FOLDER / "scores.json").write_text(json.dumps(scores) + "\n")


if __name__ == "__main__":
    main()
