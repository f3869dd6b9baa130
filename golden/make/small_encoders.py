"""The outputs and gradients of a folder's small random encoder, in float32."""

from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel


def load(folder: Path):
    config = AutoConfig.from_pretrained(folder)
    form = implementation(config)
    model = AutoModel.from_pretrained(folder, config=config, attn_implementation=form)
    return model.eval().float()


def implementation(config) -> str | None:
    """Longformer's own attention has no other form."""
    return None if config.model_type == "longformer" else "eager"


def run(model, ids: torch.Tensor, mask: torch.Tensor) -> tuple[dict, dict]:
    """The tensors of one batch, and its loss and gradient norms."""
    model.zero_grad()
    inputs = {"input_ids": ids, "attention_mask": mask}
    is_global = torch.zeros_like(mask)
    if model.config.model_type == "longformer":
        is_global[:, 0] = 1
        inputs["global_attention_mask"] = is_global
    output = model(**inputs, output_attentions=True, output_hidden_states=True)
    last = output.last_hidden_state
    loss = (last**2 * mask.unsqueeze(-1)).sum()
    loss.backward()
    length = ids.shape[1]
    tensors = {
        "input_ids": ids,
        "attention_mask": mask,
        "last_hidden_state": last,
        "hidden_states": torch.stack([state[:, :length] for state in output.hidden_states]),
        "loss": loss,
    }
    if model.config.model_type == "longformer":
        tensors["attention_last"] = dense(output, mask, model.config.attention_window[-1])
        tensors["global_attention_mask"] = is_global
    else:
        tensors["attention_last"] = output.attentions[-1]
    if model.config.model_type == "modernbert":
        tensors["attention_local"] = output.attentions[last_local(model.config)]
    norms = {
        name: None if parameter.grad is None else parameter.grad.norm().item()
        for name, parameter in model.named_parameters()
    }
    tensors = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    return tensors, {"loss": loss.item(), "grad_norms": norms}


def last_local(config) -> int:
    layers = range(config.num_hidden_layers)
    return max(layer for layer in layers if config.layer_types[layer] == "sliding_attention")


def dense(output, mask: torch.Tensor, window: int) -> torch.Tensor:
    """Longformer's last attention as one matrix; token 0 is the global one.

    The reference gives for each query the weight of key 0 and of the keys around it, and for
    query 0 those of all keys.
    """
    near, whole = output.attentions[-1], output.global_attentions[-1]
    batch, length = mask.shape
    heads, half = near.shape[1], window // 2
    matrix = torch.zeros(batch, heads, length, length)
    for query in range(length):
        matrix[:, :, query, 0] = near[:, :, query, 0]
        for offset in range(-half, half + 1):
            key = query + offset
            if 0 <= key < length:
                matrix[:, :, query, key] += near[:, :, query, 1 + half + offset]
    matrix[:, :, 0] = whole[:, :, :length, 0]
    return matrix
