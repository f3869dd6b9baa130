"""All values of `encoder.safetensors`, `atlop.safetensors` and `atlop.json` for given documents."""

from pathlib import Path

import torch

import atlop
from encoder import encode, load_encoder

OUTPUTS = ("last_hidden_state", "last_attention")
HEAD = ["head_extractor", "tail_extractor", "bilinear"]
PARAMETERS = [f"{layer}.{part}" for part in ("weight", "bias") for layer in HEAD]


class Model:
    """MiniLM in both precisions and a head."""

    def __init__(self, folder: Path, weights: dict, block: int, columns: dict[str, int]):
        self.encoder = load_encoder(folder)
        self.single = load_encoder(folder, torch.float32)
        self.weights = {name: weight.double() for name, weight in weights.items()}
        self.block = block
        self.columns = columns

    def logits(self, prepared: dict, hidden, attention, weights: dict) -> dict:
        starts = [[span[0] + 1 for span in spans] for spans in prepared["entity_pos"]]
        return atlop.forward(hidden, attention, starts, weights, self.block)

    def values(self, prepared: dict, with_norms: bool, with_steps: bool):
        """Tensors of one document, by name, and its entry of `atlop.json`."""
        weights = {name: w.clone().requires_grad_(with_norms) for name, w in self.weights.items()}
        with torch.no_grad():
            hidden, attention = encode(self.encoder, prepared["input_ids"])
        hidden, attention = hidden.requires_grad_(with_norms), attention.requires_grad_(with_norms)
        steps = self.logits(prepared, hidden, attention, weights)
        labels = atlop.labels(prepared["document"], self.columns)
        per_pair = atlop.adaptive_threshold_loss(steps["logits"], labels)
        loss = per_pair.mean()
        norms = None
        if with_norms:
            loss.backward()
            grads = {name: weights[name].grad for name in PARAMETERS}
            grads |= dict(zip(OUTPUTS, (hidden.grad, attention.grad)))
            norms = {name: grad.norm().item() for name, grad in grads.items()}

        tensors = {"logits": steps["logits"], "labels": labels, "atl_per_pair": per_pair}
        if with_steps:
            tensors |= {name: step for name, step in steps.items() if name != "logits"}
            tensors |= {f"grad_{name}": grads[name] for name in OUTPUTS}
            tensors |= {f"grad/{name}": grads[name] for name in PARAMETERS if name.endswith("bias")}
        logits = steps["logits"].detach()
        single = self.single_precision(prepared, hidden, attention, logits)
        entry = {
            "pairs": prepared["pairs"],
            "atl_loss": loss.item(),
            "grad_l2_norms": norms,
            "encoder_grad_l2_norms": self.encoder_norms(prepared) if with_steps else None,
            "float32_run_max_abs_difference": single,
            "logit_std": logits.std().item(),
            "predicted_labels_threshold_rule": int((logits[:, 1:] > logits[:, :1]).sum()),
        }
        tensors = {name: tensor.detach() for name, tensor in tensors.items()}
        return hidden.detach(), attention.detach(), tensors, entry

    def encoder_norms(self, prepared: dict) -> dict[str, float]:
        """The norms of the encoder's gradients, through the encoder."""
        self.encoder.zero_grad()
        hidden, attention = encode(self.encoder, prepared["input_ids"])
        logits = self.logits(prepared, hidden, attention, self.weights)["logits"]
        labels = atlop.labels(prepared["document"], self.columns)
        atlop.adaptive_threshold_loss(logits, labels).mean().backward()
        return {name: p.grad.norm().item() for name, p in self.encoder.named_parameters()}

    @torch.no_grad()
    def single_precision(self, prepared: dict, hidden, attention, logits) -> dict[str, float]:
        """How far a run in 32 bits is from these values."""
        other_hidden, other_attention = encode(self.single, prepared["input_ids"])
        weights = {name: weight.float() for name, weight in self.weights.items()}
        other_logits = self.logits(prepared, other_hidden, other_attention, weights)["logits"]

        def apart(one, other):
            return (one - other.double()).abs().max().item()

        return {
            "last_hidden_state": apart(hidden, other_hidden),
            "attention": apart(attention, other_attention),
            "logits": apart(logits, other_logits),
        }
