//! The memory of TTM-RE against its golden values.

use docre::relation::{Memory, MemoryForm, MemorySettings};

use super::support::named_weights::{PublicName, gradient_norms, with_weights};
use super::*;

/// The public name of a parameter.
fn public(path: &str) -> PublicName {
    let unit = "mu_encoder.token_turing_machine_unit";
    let learner = format!("{unit}.token_learner_model");
    let kind = |kind: &str| kind.replace("gamma", "weight").replace("beta", "bias");
    match &path.split('.').collect::<Vec<_>>()[..] {
        ["slots"] => ("mu_encoder.memory_tokens".into(), None),
        ["norm", of] => (format!("{learner}.layernorm.{}", kind(of)), None),
        ["inner", of] => (format!("{learner}.mlp1.linear_1.{of}"), None),
        ["weigh", of] => (format!("{learner}.mlp1.linear_2.{of}"), None),
        ["layers", layer, part, of] => {
            let layer = format!("{unit}.vit_encoder.layers.{layer}");
            let of = kind(of);
            match *part {
                "query" => (format!("{layer}.self_attn.in_proj_{of}"), Some(0)),
                "key" => (format!("{layer}.self_attn.in_proj_{of}"), Some(1)),
                "value" => (format!("{layer}.self_attn.in_proj_{of}"), Some(2)),
                "output" => (format!("{layer}.self_attn.out_proj.{of}"), None),
                "attention_norm" => (format!("{layer}.norm1.{of}"), None),
                "inner" => (format!("{layer}.linear1.{of}"), None),
                "outer" => (format!("{layer}.linear2.{of}"), None),
                "output_norm" => (format!("{layer}.norm2.{of}"), None),
                _ => panic!("{path}"),
            }
        }
        _ => panic!("{path}"),
    }
}

#[test]
fn the_memory_of_every_case() {
    let list = support::golden_json("memory.json");
    let bytes = std::fs::read(support::golden("memory.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut checked = 0;
    for case in list["cases"].as_array().unwrap() {
        // Chunks of another size than the public code's.
        if case["name"].as_str().unwrap().contains("_chunk") {
            continue;
        }
        check(case, &tensors, &support::device().autodiff());
        checked += 1;
    }
    assert!(checked > 0);
}

fn check(case: &Value, tensors: &SafeTensors, device: &Device) {
    let size = |key: &str| case["hyperparameters"][key].as_u64().unwrap() as usize;
    let width = size("d");
    let form = match case["name"].as_str().unwrap().ends_with("_paper") {
        true => MemoryForm::Paper,
        false => MemoryForm::Reference,
    };
    let settings =
        MemorySettings { form, slots: size("slots"), layers: size("layers"), heads: size("heads") };
    let memory = Memory::new(width, &settings, &mut Initialiser::new(1), device);
    let (memory, _) = with_weights(memory, tensors, public, device);
    let input = |key: &str| {
        let view = tensors.tensor(case["inputs"][key].as_str().unwrap()).unwrap();
        let values = support::f32s(&view);
        let rows = values.len() / width;
        Tensor::<2>::from_data(TensorData::new(values, [rows, width]), device)
    };
    let (head, tail) = (input("head").require_grad(), input("tail").require_grad());
    let expect = Expected { case, tensors };
    let summary = memory.read(&head, &tail, Precision::F32);
    expect.close("summary", summary.clone());
    expect.close("output", memory.process(summary, Precision::F32));
    let (heads, tails) = memory.mix(head.clone(), tail.clone(), Precision::F32);
    expect.close("mixed", [heads.clone(), tails.clone()]);

    let rows = head.dims()[0];
    let mixed = Tensor::cat(vec![heads.unsqueeze_dim::<3>(1), tails.unsqueeze_dim(1)], 1);
    let mixed = mixed.reshape([2 * rows, width]);
    let grads = (mixed * input("cotangent")).sum().backward();
    expect.close("grad_tokens", [head, tail].map(|tokens| tokens.grad(&grads).unwrap()));
    let norms = gradient_norms(&memory, &grads, public);
    for (name, want) in case["grad_l2_norms"].as_object().unwrap() {
        // What is written is never read.
        if name.contains("token_add_erase_write") {
            continue;
        }
        let (got, want) = (norms[name], want.as_f64().unwrap());
        let close =
            (got - want).abs() <= expect.number("grad_rtol") * want + expect.number("grad_atol");
        assert!(close, "{name}: {got}, expected {want}");
    }
}

struct Expected<'a> {
    case: &'a Value,
    tensors: &'a SafeTensors<'a>,
}

impl Expected<'_> {
    fn number(&self, key: &str) -> f64 {
        self.case["tolerance"]["f32"][key].as_f64().unwrap()
    }

    /// The two tokens of each pair, `[pairs, width]` each, against `[pairs, 2, width]`.
    fn close(&self, output: &str, tokens: [Tensor<2>; 2]) {
        let [rows, width] = tokens[0].dims();
        let tokens = tokens.map(|tokens| tokens.into_data().try_into_vec::<f32>().unwrap());
        let got: Vec<f32> = (0..rows)
            .flat_map(|row| tokens.iter().flat_map(move |t| &t[row * width..][..width]).copied())
            .collect();
        let name = self.case["outputs"][output].as_str().unwrap();
        let want = support::f64s(&self.tensors.tensor(name).unwrap());
        let prefix = if output.starts_with("grad") { "grad_" } else { "" };
        let number = |key: &str| self.number(&format!("{prefix}{key}"));
        support::assert_close(name, &got, &want, number("rtol"), number("atol"));
    }
}
