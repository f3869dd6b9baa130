//! Losses against their golden values: every case on every set, in value, per pair and
//! gradient.

#![cfg(feature = "model")]

mod extremes;
mod further;
#[path = "../support/mod.rs"]
mod support;

use burn::tensor::{Device, Int, Tensor, TensorData};
use docre::{
    corpus::RelationPriors,
    loss::{
        Loss, LossSettings, ScoredPairs, TotalLoss,
        contrast::{ContrastForm, ContrastSettings, ContrastTerm},
        distillation::{DistillationMeasure, DistillationTerm},
        mean_over_pairs,
        prior::{PriorLevel, PriorSettings, PriorTerm},
    },
    relation::PairFeatures,
};
use safetensors::SafeTensors;
use serde_json::Value;

/// The golden file and its tensors.
struct Golden {
    list: Value,
    bytes: Vec<u8>,
}

impl Golden {
    fn read(file: &str) -> Self {
        let bytes = std::fs::read(support::golden(&format!("{file}.safetensors"))).unwrap();
        Self { list: support::golden_json(&format!("{file}.json")), bytes }
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    /// The cases, split into those of the contrastive term and all others.
    fn cases(&self, contrastive: bool) -> impl Iterator<Item = &Value> {
        let cases = self.list["cases"].as_array().unwrap().iter();
        cases.filter(move |case| name(case).starts_with("contrastive") == contrastive)
    }
}

fn name(case: &Value) -> &str {
    case["name"].as_str().unwrap()
}

/// The loss of a golden case, as its own name says it.
fn loss_of(case: &Value, name: &str, tensors: &SafeTensors) -> Box<dyn Loss> {
    let number = |key: &str| case["hyperparameters"][key].as_f64().expect("a number");
    match name {
        "kd_mse" => return Box::new(DistillationTerm(DistillationMeasure::Mse)),
        "kd_kl" => return Box::new(DistillationTerm(DistillationMeasure::Kl)),
        _ => {}
    }
    let with_prior = name.starts_with("rpd_") || name.starts_with("arpdl_");
    let level = with_prior.then(|| level_of(&case["hyperparameters"]["level"]));
    if let (Some(level), true) = (level, name.starts_with("rpd_l3_")) {
        let settings = PriorSettings { level, ..Default::default() };
        return Box::new(PriorTerm::new(&settings, &priors(case, tensors), 0));
    }
    let base = case["hyperparameters"]["base"].as_str().unwrap_or(name);
    let mut settings: LossSettings = toml::from_str(&toml_of(base, &number)).unwrap();
    settings.prior =
        level.map(|level| PriorSettings { level, alpha: number("alpha"), ..Default::default() });
    settings.check().unwrap();
    let priors = level.map_or(RelationPriors::new(2), |_| priors(case, tensors));
    Box::new(TotalLoss::new(&settings, &priors, 0))
}

/// The `[loss]` of a recipe for a golden case without a prior.
fn toml_of(base: &str, number: &dyn Fn(&str) -> f64) -> String {
    let kind = base.replace('_', "-");
    match base {
        "bce" | "atl" | "balanced_softmax" | "aml" | "sat" | "mean_sat" => {
            format!("kind = '{kind}'")
        }
        "afl_reference" => "kind = 'afl'\nform = 'public'\ngamma = 1.0".into(),
        "hinge_abl" => format!("kind = '{kind}'\nm = {:?}", number("m")),
        "pmt" | "pmt_neg_sampling" => "kind = 'pmt'".into(),
        "pmt_em_gamma1" | "pmt_em_gamma1_neg_sampling" => "kind = 'pmt'\nentropy = 'one'".into(),
        "pmt_em_counts" | "pmt_em_counts_neg_sampling" => "kind = 'pmt'\nentropy = 'counts'".into(),
        "pmt_em_reference" => "kind = 'pmt'\nentropy = 'reference'".into(),
        _ if base.starts_with("afl_g") => format!("kind = 'afl'\ngamma = {:?}", number("gamma")),
        _ if base.starts_with("cmm_") => {
            format!("kind = 'cmm'\ngamma = {:?}\nm = {:?}", number("gamma"), number("m"))
        }
        _ if base.starts_with("ncrl") => format!(
            "kind = 'ncrl'\nshift = {:?}\nregularisation = {}\nreference = {}",
            number("shift"),
            base.contains("_reg"),
            base.contains("_reference"),
        ),
        _ => panic!("no loss is known for the golden case {base}"),
    }
}

fn level_of(level: &Value) -> PriorLevel {
    match level.as_str().unwrap() {
        "entity pair" => PriorLevel::Pair,
        "entity-type pair" => PriorLevel::TypePair,
        level => panic!("level {level}"),
    }
}

/// The priors of a case, counted fact by fact. Row `n` of the counts is that of entity types
/// `(n, 0)`.
fn priors(case: &Value, tensors: &SafeTensors) -> RelationPriors {
    let by_types = case["inputs"].get("prior_type_counts");
    let counts = by_types.unwrap_or(&case["inputs"]["prior_counts"]).as_str().unwrap();
    let view = tensors.tensor(counts).unwrap();
    let classes = *view.shape().last().unwrap();
    let mut priors = RelationPriors::new(classes);
    for (row, counts) in support::f64s(&view).chunks_exact(classes).enumerate() {
        for (column, count) in counts.iter().enumerate().skip(1) {
            (0..*count as usize).for_each(|_| priors.add(row as u32, 0, column));
        }
    }
    priors
}

struct Inputs<'a> {
    case: &'a Value,
    tensors: &'a SafeTensors<'a>,
    device: Device,
}

impl Inputs<'_> {
    fn matrix(&self, key: &str) -> Option<Tensor<2>> {
        let view = self.tensors.tensor(self.case["inputs"].get(key)?.as_str()?).unwrap();
        let shape = [view.shape()[0], view.shape()[1]];
        Some(Tensor::from_data(TensorData::new(support::f32s(&view), shape), &self.device))
    }

    fn type_pairs(&self) -> Option<Tensor<1, Int>> {
        let view = self.tensors.tensor(self.case["inputs"].get("type_pair_index")?.as_str()?);
        let places = view.unwrap();
        let places =
            places.data().chunks_exact(4).map(|b| i32::from_le_bytes(b.try_into().unwrap()));
        let priors = priors(self.case, self.tensors);
        let rows: Vec<i32> = places.map(|place| priors.row(place as u32, 0) as i32).collect();
        let count = rows.len();
        Some(Tensor::from_data(TensorData::new(rows, [count]), &self.device))
    }
}

#[test]
fn values_and_gradients() {
    let golden = Golden::read("losses");
    let tensors = golden.tensors();
    for case in golden.cases(false) {
        check(case, &tensors);
    }
}

fn check(case: &Value, tensors: &SafeTensors) {
    let loss = loss_of(case, name(case), tensors);
    // Only the mean of the public code's entropies means something.
    check_loss(case, tensors, &*loss, !name(case).ends_with("em_reference"));
}

/// Checks a loss in value and gradient and, if `of_pairs`, for each pair.
fn check_loss(case: &Value, tensors: &SafeTensors, loss: &dyn Loss, of_pairs: bool) {
    let inputs = Inputs { case, tensors, device: support::device().autodiff() };
    let logits = inputs.matrix("logits").unwrap().require_grad();
    let pairs = ScoredPairs {
        kept: inputs.matrix("neg_keep_mask"),
        type_pairs: inputs.type_pairs(),
        teacher: inputs.matrix("teacher_logits"),
        ..ScoredPairs::new(logits, inputs.matrix("labels").unwrap())
    };
    let labels_before = pairs.labels.to_data();
    let per_pair = loss.per_pair(&pairs).into_data().try_into_vec::<f32>().unwrap();
    let expect = Expected { case, tensors };
    if of_pairs {
        expect.close("per_pair", &per_pair);
    }
    let mean = mean_over_pairs(loss, &pairs);
    expect.close("value", &mean.clone().into_data().try_into_vec::<f32>().unwrap());
    let grad = pairs.logits.grad(&mean.backward()).unwrap();
    expect.close("grad", &grad.into_data().try_into_vec::<f32>().unwrap());
    assert_eq!(labels_before, pairs.labels.to_data(), "{} changed the labels", name(case));
}

struct Expected<'a> {
    case: &'a Value,
    tensors: &'a SafeTensors<'a>,
}

impl Expected<'_> {
    fn close(&self, output: &str, found: &[f32]) {
        let Self { case, tensors } = self;
        let view = tensors.tensor(case["outputs"][output].as_str().unwrap()).unwrap();
        let tolerance = &case["tolerance"]["f32"];
        let prefix = if output == "grad" { "grad_" } else { "" };
        let number = |key: &str| tolerance[format!("{prefix}{key}")].as_f64().unwrap();
        let what = format!("{}/{} {output}", case["set"].as_str().unwrap(), name(case));
        support::assert_close(&what, found, &support::f64s(&view), number("rtol"), number("atol"));
    }
}

#[test]
fn contrastive_values_and_gradients() {
    let golden = Golden::read("losses");
    let tensors = golden.tensors();
    let mut checked = 0;
    for case in golden.cases(true) {
        let inputs = Inputs { case, tensors: &tensors, device: support::device().autodiff() };
        let x = inputs.matrix("x").unwrap().require_grad();
        let labels = inputs.matrix("labels").unwrap();
        let pairs = ScoredPairs {
            features: Some(PairFeatures::Vector(x.clone())),
            ..ScoredPairs::new(labels.zeros_like(), labels)
        };
        let settings = contrast_of(case);
        let mean = mean_over_pairs(&ContrastTerm(settings.clone()), &pairs) * settings.weight();
        let expect = Expected { case, tensors: &tensors };
        expect.close("value", &mean.clone().into_data().try_into_vec::<f32>().unwrap());
        // Without any relation nothing depends on the features.
        let grad = x.grad(&(mean + x.clone().sum() * 0.0).backward()).unwrap();
        expect.close("grad", &grad.into_data().try_into_vec::<f32>().unwrap());
        checked += 1;
    }
    assert!(checked > 0);
}

fn contrast_of(case: &Value) -> ContrastSettings {
    let number = |key: &str| case["hyperparameters"][key].as_f64();
    let form = match name(case) {
        name if name.contains("reference") => ContrastForm::Reference,
        name if name.contains("mean_log") => ContrastForm::MeanLog,
        _ => ContrastForm::Paper,
    };
    ContrastSettings {
        tau: number("tau").unwrap(),
        form,
        tau_base: number("tau_base"),
        lambda: number("tau_base").is_none().then_some(1.0),
    }
}

/// The feature of PEMSCL's Eq. 14 multiplied out, and by its groups, are the same.
#[test]
fn the_contrastive_term_works_on_groups() {
    let device = support::device().autodiff();
    let (pairs, groups, block) = (7, 3, 4);
    let values = |shift: usize| {
        let values: Vec<f32> = (0..pairs * groups * block)
            .map(|i| (((i * 37 + shift * 11) % 23) as f32 - 11.0) / 7.0)
            .collect();
        Tensor::<2>::from_data(TensorData::new(values, [pairs, groups * block]), &device)
    };
    let (heads, tails) = (values(0).require_grad(), values(5).require_grad());
    let grouped = |x: &Tensor<2>| x.clone().reshape([pairs, groups, block]);
    let product = grouped(&heads).unsqueeze_dim::<4>(3) * grouped(&tails).unsqueeze_dim::<4>(2);
    let features = [
        PairFeatures::Kronecker { heads: heads.clone(), tails: tails.clone(), block },
        PairFeatures::Vector(product.reshape([pairs, groups * block * block])),
    ];
    let labels = Tensor::<2>::from_floats(
        [
            [0., 1., 0.],
            [0., 1., 1.],
            [1., 0., 0.],
            [0., 0., 1.],
            [1., 0., 0.],
            [0., 1., 0.],
            [1., 0., 0.],
        ],
        &device,
    );
    let [by_groups, whole] = features.map(|features| {
        let features = Some(features);
        let scored = ScoredPairs { features, ..ScoredPairs::new(labels.clone(), labels.clone()) };
        let mean = mean_over_pairs(&ContrastTerm(ContrastSettings::default()), &scored);
        let grads = mean.clone().backward();
        let numbers = |tensor: Tensor<2>| tensor.into_data().try_into_vec::<f32>().unwrap();
        let gradients = [&heads, &tails].map(|part| numbers(part.grad(&grads).unwrap())).concat();
        (mean.into_scalar::<f32>(), gradients)
    });
    assert!((by_groups.0 - whole.0).abs() < 1e-5, "{} {}", by_groups.0, whole.0);
    let whole: Vec<f64> = whole.1.iter().map(|x| f64::from(*x)).collect();
    support::assert_close("gradients", &by_groups.1, &whole, 1e-4, 1e-6);
}
