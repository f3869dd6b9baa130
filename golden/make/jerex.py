"""JEREX's classifiers as Eberts and Ulges (2021) describe them, one loop after the other."""

import numpy as np

NONE = -np.inf


def relu(x):
    return np.maximum(x, 0.0)


def layer(weights, name, x):
    return weights[f"{name}.weight"] @ x + weights[f"{name}.bias"]


def maximum(rows, width):
    """The maximum of each column; zeros of no row."""
    rows = list(rows)
    return np.max(rows, axis=0) if rows else np.zeros(width)


def mention_states(hidden, document):
    return [maximum(hidden[m["pieces"][0] : m["pieces"][1]], hidden.shape[1]) for m in document["mentions"]]


def entity_states(hidden, document):
    mentions = mention_states(hidden, document)
    width = hidden.shape[1]
    return [maximum((mentions[m] for m in entity), width) for entity in document["entities"]]


def ordered_pairs(document):
    count = len(document["entities"])
    return [(h, t) for h in range(count) for t in range(count) if h != t]


def between(one, two):
    """The pieces between two mentions; none where they touch or overlap."""
    first, second = sorted((one["pieces"], two["pieces"]))
    return first[1], max(first[1], second[0])


def token_distance(one, two):
    first, second = sorted((one["words"], two["words"]))
    return max(0, second[0] - (first[1] - 1))


def global_logits(hidden, document, weights):
    """[pairs, classes]"""
    entities = entity_states(hidden, document)
    kinds = weights["types"][document["types"]]
    logits = []
    for h, t in ordered_pairs(document):
        pair = np.concatenate([entities[h], entities[t], kinds[h], kinds[t]])
        logits.append(layer(weights, "output", relu(layer(weights, "entity_pair", pair))))
    return np.array(logits)


def multi_instance_logits(hidden, document, weights):
    """[pairs, classes]"""
    mentions, entities = mention_states(hidden, document), entity_states(hidden, document)
    kinds = weights["types"][document["types"]]
    width = hidden.shape[1]
    logits = []
    for h, t in ordered_pairs(document):
        local = []
        for i in document["entities"][h]:
            for j in document["entities"][t]:
                one, two = document["mentions"][i], document["mentions"][j]
                start, end = between(one, two)
                parts = [
                    maximum(hidden[start:end], width),
                    mentions[i],
                    mentions[j],
                    entities[h],
                    entities[t],
                    weights["token_distances"][token_distance(one, two)],
                    weights["sentence_distances"][abs(one["sentence"] - two["sentence"])],
                ]
                local.append(layer(weights, "mention_pair", np.concatenate(parts)))
        pair = np.concatenate([maximum(local, width), kinds[h], kinds[t]])
        logits.append(layer(weights, "output", relu(layer(weights, "entity_pair", pair))))
    return np.array(logits)


def span_logits(maxima, widths, weights):
    """[spans]"""
    logits = []
    for state, words in zip(maxima, widths):
        span = np.concatenate([state, weights["widths"][words - 1]])
        logits.append(layer(weights, "score", relu(layer(weights, "span", span)))[0])
    return np.array(logits)


def coreference_logits(mentions, pairs, distances, weights):
    """[pairs]"""
    logits = []
    for (i, j), distance in zip(pairs, distances):
        pair = np.concatenate([mentions[i], mentions[j], weights["distances"][distance]])
        logits.append(layer(weights, "score", relu(layer(weights, "pair", pair)))[0])
    return np.array(logits)


def type_logits(maxima, weights):
    """[entities, types]"""
    return np.array([layer(weights, "output", relu(layer(weights, "entity", x))) for x in maxima])


def binary_loss(logits, holds):
    return np.mean(np.logaddexp(0.0, logits) - holds * logits)


def type_loss(logits, kinds):
    normalised = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return -np.mean(normalised[np.arange(len(kinds)), kinds])


def differences(value, arrays, step=1e-6):
    """The gradient of a value with respect to arrays, by central differences."""
    gradients = {}
    for name, array in arrays.items():
        gradient = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + step
            above = value()
            array[place] = kept - step
            gradient[place] = (above - value()) / (2 * step)
            array[place] = kept
        gradients[name] = gradient
    return gradients
