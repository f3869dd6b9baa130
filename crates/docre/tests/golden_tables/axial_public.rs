//! KD-DocRE's axial attention as its public code has it.

use super::support::named_weights::{PublicName, gradient_norms, with_weights};
use super::*;

/// The public name of a parameter.
fn public(path: &str) -> PublicName {
    let (_, of_layer) = path.split_once("layers.").unwrap();
    let [layer, part, rest @ ..] = &of_layer.split('.').collect::<Vec<_>>()[..] else {
        panic!("{path}")
    };
    let axis = usize::from(*part == "rows");
    let attention = format!("axial_attns.{layer}.axial_attentions.{axis}.fn");
    match (*part, rest) {
        ("columns" | "rows", ["query", kind]) => (format!("{attention}.to_q.{kind}"), None),
        ("columns" | "rows", ["key", kind]) => (format!("{attention}.to_kv.{kind}"), Some(0)),
        ("columns" | "rows", ["value", kind]) => (format!("{attention}.to_kv.{kind}"), Some(1)),
        ("columns" | "rows", ["output", kind]) => (format!("{attention}.to_out.{kind}"), None),
        ("linear", [kind]) => (format!("ffns.{layer}.{kind}"), None),
        ("norm", ["gamma"]) => (format!("lns.{layer}.weight"), None),
        ("norm", ["beta"]) => (format!("lns.{layer}.bias"), None),
        _ => panic!("{path}"),
    }
}

#[test]
fn axial_attention_of_the_public_code() {
    let list = support::golden_json("axial_public.json");
    let bytes = std::fs::read(support::golden("axial_public.safetensors")).unwrap();
    let device = support::device().autodiff();
    let golden = Golden::new(&bytes, &device);
    let cases = list["cases"].as_array().unwrap().iter();
    let tables: Vec<_> =
        cases.filter(|case| case["hyperparameters"].get("layers").is_some()).collect();
    assert!(!tables.is_empty());
    for case in tables {
        check(case, &golden);
    }
}

fn check(case: &Value, golden: &Golden) {
    let size = |key: &str| case["hyperparameters"][key].as_u64().unwrap() as usize;
    let (side, n, width) = (size("side"), size("n"), size("d"));
    let mut random = Initialiser::new(1);
    let (layers, heads) = (size("layers"), size("heads"));
    let attention =
        AxialAttention::new(AxialForm::Public, layers, heads, width, &mut random, &golden.device);
    let (attention, read) = with_weights(attention, &golden.tensors, public, &golden.device);
    let stored = golden.tensors.names().into_iter().filter(|name| name.starts_with("weights/"));
    assert_eq!(read.len(), stored.count());

    let set = case["set"].as_str().unwrap();
    let table = golden.matrix(&format!("{set}/table"), width).require_grad();
    let axes = TableAxes::new(&[side]);
    let all = attention.forward(table.clone(), &axes, Precision::F32);
    // Of a padded table the public code reads the first entities' cells.
    let cells: Vec<i32> = (0..n).flat_map(|s| (0..n).map(move |o| (s * side + o) as i32)).collect();
    let cells = Tensor::<1, burn::tensor::Int>::from_ints(cells.as_slice(), &golden.device);
    let output = all.select(0, cells.clone());
    let tolerance = &case["tolerance"]["f32"];
    let (rtol, atol) = (number(tolerance, "rtol"), number(tolerance, "atol"));
    let name = format!("{set}/output_with_residual");
    support::assert_close(&name, &values(output.clone()), &f64s(golden, &name), rtol, atol);
    let plain = output.clone() - table.clone().select(0, cells);
    let name = format!("{set}/output");
    support::assert_close(&name, &values(plain), &f64s(golden, &name), rtol, 2.0 * atol);

    let grads = (output * golden.matrix(&format!("{set}/cotangent"), width)).sum().backward();
    let (rtol, atol) = (number(tolerance, "grad_rtol"), number(tolerance, "grad_atol"));
    let name = format!("{set}/grad_table");
    let grad = values(table.grad(&grads).unwrap());
    support::assert_close(&name, &grad, &f64s(golden, &name), rtol, atol);
    let norms = gradient_norms(&attention, &grads, public);
    for (name, want) in case["grad_l2_norms"].as_object().unwrap() {
        let (got, want) = (norms[name], want.as_f64().unwrap());
        assert!((got - want).abs() <= rtol * want + atol, "{set} {name}: {got}, expected {want}");
    }
}

fn f64s(golden: &Golden, name: &str) -> Vec<f64> {
    support::f64s(&golden.tensors.tensor(name).unwrap())
}
