"""ATLOP's head on the encoder's output: features, logits and loss."""

import torch


def entities(hidden, attention, starts):
    """Each entity's embedding [n, H] and attention [n, heads, L].

    `starts` has the markers' positions of each entity's mentions, with [CLS]; those behind the
    cut don't count, and an entity without any other is all zeros.
    """
    length = hidden.shape[0]
    embeddings, attentions = [], []
    for places in starts:
        kept = [place for place in places if place < length]
        if kept:
            embeddings.append(torch.logsumexp(hidden[kept], dim=0))
            attentions.append(attention[:, kept].mean(1))
        else:
            embeddings.append(hidden.new_zeros(hidden.shape[1]))
            attentions.append(attention.new_zeros(attention.shape[0], length))
    return torch.stack(embeddings), torch.stack(attentions)


def ordered_pairs(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Heads and tails of all pairs: for h, for t, t != h."""
    pairs = [(h, t) for h in range(count) for t in range(count) if h != t]
    heads, tails = zip(*pairs)
    return torch.tensor(heads), torch.tensor(tails)


def forward(hidden, attention, starts, weights: dict, block: int) -> dict:
    """All steps from the encoder's output to the logits."""
    embedding, entity_attention = entities(hidden, attention, starts)
    heads, tails = ordered_pairs(len(starts))
    shared = (entity_attention[heads] * entity_attention[tails]).mean(1)
    shared = shared / (shared.sum(1, keepdim=True) + 1e-5)
    context = shared @ hidden

    def extract(side: str, entity):
        weight, bias = weights[f"{side}_extractor.weight"], weights[f"{side}_extractor.bias"]
        return torch.tanh(torch.cat([embedding[entity], context], 1) @ weight.T + bias)

    head, tail = extract("head", heads), extract("tail", tails)
    blocks = (len(heads), -1, block)
    outer = head.reshape(blocks).unsqueeze(3) * tail.reshape(blocks).unsqueeze(2)
    logits = outer.flatten(1) @ weights["bilinear.weight"].T + weights["bilinear.bias"]
    return {
        "entity_embedding": embedding,
        "entity_attention": entity_attention,
        "context": context,
        "head_feature": head,
        "tail_feature": tail,
        "logits": logits,
    }


def labels(document: dict, columns: dict[str, int]) -> torch.Tensor:
    """The labels [pairs, classes]; column 0 is 1 where a pair has no relation."""
    count = len(document["vertexSet"])
    heads, tails = ordered_pairs(count)
    rows = {pair: row for row, pair in enumerate(zip(heads.tolist(), tails.tolist()))}
    found = torch.zeros(len(rows), len(columns), dtype=torch.float64)
    for fact in document["labels"]:
        found[rows[fact["h"], fact["t"]], columns[fact["r"]]] = 1
    found[:, 0] = (found.sum(1) == 0).to(found.dtype)
    return found


def adaptive_threshold_loss(logits, labels):
    """The loss of each pair."""
    relations = labels.clone()
    relations[:, 0] = 0
    threshold = torch.zeros_like(labels)
    threshold[:, 0] = 1
    lowest = torch.finfo(logits.dtype).min
    above = logits.masked_fill((relations + threshold) == 0, lowest).log_softmax(1)
    below = logits.masked_fill(relations == 1, lowest).log_softmax(1)
    positive = -torch.where(relations == 1, above, torch.zeros_like(above)).sum(1)
    return positive - below[:, 0]
