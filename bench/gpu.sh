#!/usr/bin/env bash
# docre on a GPU: golden values, training and inference, beside the PyTorch peer where torch is.
#
#   bench/gpu.sh pack FILE.tar.xz [FEATURES]   where docre can be built: programs and test programs
#   bench/gpu.sh run FILE.tar.xz [DEVICE]      where the GPU is: no network, no compiler, ten minutes
#
# FEATURES is wgpu (the default), cuda, or both with a comma; DEVICE is wgpu or cuda. Needs the
# tokenizer of MiniLM in .encoders/minilm (weights are random). PEER may name the peer's script;
# PEER_PYTHON a Python with its packages. What it prints is JSON, an object a line.
set -euo pipefail
cd "$(dirname "$0")/.."

# What needs MiniLM's weights, which aren't handed over, and what is about files alone.
SKIP=(minilm_encodes every_weight_file documents_score chosen_pairs large_tables half_precision
      cut_short without_weights several_files missing_tensor another_shape not_a_number
      another_architecture random_weights)
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

pack() {
  local file="$1" features="${2:-wgpu}"
  cargo build --release --workspace --features "$features"
  cargo test --release --workspace --features "$features" --no-run --test device \
      --message-format json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' |
    while read -r made; do strip -o "$folder/device" "$made"; done
  strip -o "$folder/docre" "${CARGO_TARGET_DIR:-target}/release/docre"
  tar -C "$folder" -c docre device | xz -T0 -9 >"$file"
}

# Runs a program of the package within some seconds; what goes wrong is a line, not the end.
within() {
  local seconds="$1" name="$2"
  shift 2
  local begun=$SECONDS code=0
  timeout "$seconds" "$@" >"$folder/out" 2>"$folder/err" || code=$?
  if [ "$code" = 0 ]; then return 0; fi
  printf '{"step": "%s", "failed": %d, "seconds": %d}\n' "$name" "$code" $((SECONDS - begun))
  tail -n 15 "$folder/out" "$folder/err" >&2
  return 1
}

# The same, with the most memory that the card held meanwhile.
watched() {
  local code=0
  (while :; do nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits; sleep 0.3; done) \
    >"$folder/memory" 2>/dev/null &
  local watcher=$!
  within "$@" || code=$?
  kill "$watcher"
  printf '{"step": "%s", "card_mb": %d}\n' "$2" "$(sort -n "$folder/memory" | tail -n 1)"
  return "$code"
}

golden() {
  local skip=()
  for name in "${SKIP[@]}"; do skip+=(--skip "$name"); done
  for part in against_reference golden_loss golden_tables golden_encoders; do
    within 90 "$part" env DOCRE_GOLDEN="$PWD/golden" DOCRE_TEST_DEVICE="$1" \
      "$folder/device" "$part::" "${skip[@]}" || continue
    printf '{"step": "%s", "result": "%s"}\n' "$part" "$(grep 'test result' "$folder/out")"
  done
}

measure() {
  local shared=(--tokenizer .encoders/minilm --data data/re-docred/dev.json
                --rel data/meta/rel2id.json --docs 48)
  for encoder in random-minilm random-base; do
    for mode in train infer; do
      for precision in f32 bf16; do
        watched 100 "$mode/$encoder/$precision" "$folder/docre" bench --device "$1" --json \
          --mode "$mode" --encoder "$encoder" --precision "$precision" "${shared[@]}" &&
          { tr -d '\n' <"$folder/out"; echo; }
        [ -z "${PEER:-}" ] ||
          { within 60 "peer/$mode/$encoder/$precision" "${PEER_PYTHON:-python3}" \
              bench/peer_on_gpu.py "$PEER" speed --mode "$mode" --encoder "$encoder" \
              "${shared[@]}" $([ "$precision" = f32 ] || echo --bf16) && cat "$folder/out"; } ||
          true
      done
    done
  done
}

run() {
  tar -C "$folder" -xJf "$1"
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || true
  measure "${2:-wgpu}"
  golden "${2:-wgpu}"
}

case "${1:-}" in
  pack | run) "$@" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
