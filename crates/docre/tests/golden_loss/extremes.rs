//! Losses at the extremes, and what sets them apart.

use super::*;

/// Every loss of a recipe, alone and with all terms that fit it.
fn all_losses() -> Vec<LossSettings> {
    let kinds = [
        "bce",
        "atl",
        "balanced-softmax",
        "aml",
        "afl",
        "ncrl",
        "pmt",
        "sat",
        "mean-sat",
        "hinge-abl",
        "cmm",
        "margin",
        "pairwise-hinge",
        "lsep",
        "ssr-pu",
        "arpdl",
        "pemscl",
    ];
    let options = [
        "",
        "shift = 0.1",
        "reference = true",
        "form = 'public'",
        "form = 'first-public'",
        "form = 'reference'",
        "mode = 'pu'",
        "none = false",
        "ranked = false",
        "entropy = 'counts'",
        "entropy = 'one'",
        "entropy = 'reference'",
        "m = 0.0",
        "gamma = 2.0",
        "shift = 0.0",
        "prior = { level = 'pair' }",
        "prior = { level = 'type-pair', form = 'logit-adjusted' }",
        "prior = { source = 'random', alpha = 1.5 }",
        "contrast = { form = 'paper' }",
        "contrast = { form = 'reference', tau = 0.05 }",
        "distillation = { measure = 'kl' }",
    ];
    let tables = kinds
        .iter()
        .flat_map(|kind| options.iter().map(move |option| format!("kind = '{kind}'\n{option}")));
    let settings = tables.filter_map(|table| toml::from_str::<LossSettings>(&table).ok());
    settings.filter(|settings| settings.check().is_ok()).collect()
}

/// Pairs with scores of ±80: without a relation, with one, and with all.
fn extreme_pairs(rows: &[[f32; 4]], labels: &[[f32; 4]]) -> ScoredPairs {
    let device = support::device().autodiff();
    let count = rows.len();
    let matrix = |rows: &[[f32; 4]]| {
        Tensor::<2>::from_data(TensorData::new(rows.as_flattened().to_vec(), [count, 4]), &device)
    };
    let logits = matrix(rows).require_grad();
    let factor = matrix(rows) / 80.0;
    ScoredPairs {
        type_pairs: Some(Tensor::zeros([count], &device)),
        features: Some(PairFeatures::Kronecker {
            heads: factor.clone(),
            tails: factor.clone() + 0.5,
            block: 2,
        }),
        teacher: Some(-matrix(rows)),
        ..ScoredPairs::new(logits, matrix(labels))
    }
}

#[test]
fn every_loss_is_finite_at_the_extremes() {
    let rows = [
        [80.0, -80.0, 80.0, -80.0],
        [-80.0, 80.0, 80.0, -80.0],
        [80.0, 80.0, 80.0, 80.0],
        [-80.0, -80.0, -80.0, -80.0],
        [0.0, 0.0, 0.0, 0.0],
    ];
    let (none, one, all) = ([1., 0., 0., 0.], [0., 0., 1., 0.], [0., 1., 1., 1.]);
    let mut priors = RelationPriors::new(4);
    priors.add(0, 0, 2);
    let losses = all_losses();
    assert!(losses.len() > 60, "{}", losses.len());
    for settings in losses {
        let loss = TotalLoss::new(&settings, &priors, 66);
        let several = [vec![none; 5], vec![one; 5], vec![all; 5], vec![none, one, all, one, none]];
        let single = [none, one, all].map(|labels| (vec![rows[0]], vec![labels]));
        let batches = several.into_iter().map(|labels| (rows.to_vec(), labels)).chain(single);
        for (rows, labels) in batches {
            let pairs = extreme_pairs(&rows, &labels);
            let mean = mean_over_pairs(&loss, &pairs);
            let gradient = pairs.logits.grad(&mean.clone().backward()).unwrap();
            let gradient = gradient.into_data().try_into_vec::<f32>().unwrap();
            let value = mean.into_scalar::<f32>();
            let finite = value.is_finite() && gradient.iter().all(|g| g.is_finite());
            assert!(finite, "{settings:?} on {labels:?}: {value}, {gradient:?}");
        }
    }
}

/// NCRL's "P-shift": `-log min(σ(-f) + shift, 1)` for each relation that doesn't hold.
#[test]
fn the_shift_of_bce_eases_hard_negatives_and_drops_easy_ones() {
    let pairs = extreme_pairs(&[[7.0, 2.0, -3.0, 1.0]], &[[0., 0., 0., 1.]]);
    let settings: LossSettings = toml::from_str("kind = 'bce'\nshift = 0.1").unwrap();
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    // σ(3) + 0.1 is above 1, so the second relation costs nothing.
    let expected = -(sigmoid(-2.0) + 0.1).ln() - sigmoid(1.0).ln();
    let found = mean_over_pairs(&settings.kind, &pairs).into_scalar::<f32>();
    support::assert_close("shifted", &[found], &[expected], 1e-5, 0.0);
}

#[test]
fn no_pair_costs_nothing() {
    let device = support::device();
    for settings in all_losses() {
        let nothing = || Tensor::<2>::zeros([0, 97], &device);
        let pairs = ScoredPairs::new(nothing(), nothing());
        assert_eq!(mean_over_pairs(&settings.kind, &pairs).into_scalar::<f32>(), 0.0);
    }
}

#[test]
fn the_printed_prior_leaves_the_gradient_alone_and_the_adjusted_one_does_not() {
    let mut priors = RelationPriors::new(4);
    (0..50).for_each(|_| priors.add(0, 0, 1));
    (0..2).for_each(|_| priors.add(0, 0, 2));
    let gradient = |form: &str, source: &str| {
        let table = format!("kind = 'arpdl'\nlevel = 'pair'\nform = '{form}'\nsource = '{source}'");
        let settings: LossSettings = toml::from_str(&table).unwrap();
        let rows = [[0.5, 0.2, 0.1, -1.0], [0.0, 1.0, -0.5, 0.3]];
        let pairs = extreme_pairs(&rows, &[[0., 1., 1., 0.], [0., 0., 1., 0.]]);
        let mean = mean_over_pairs(&TotalLoss::new(&settings, &priors, 66), &pairs);
        let gradient = pairs.logits.grad(&mean.backward()).unwrap();
        gradient.into_data().try_into_vec::<f32>().unwrap()
    };
    let printed = gradient("printed", "counted");
    assert_eq!(printed, gradient("printed", "uniform"));
    assert_eq!(printed, gradient("printed", "random"));
    assert_ne!(printed, gradient("logit-adjusted", "counted"));
    let adjusted =
        ["counted", "uniform", "random"].map(|source| gradient("logit-adjusted", source));
    assert!(adjusted[0] != adjusted[1] && adjusted[1] != adjusted[2] && adjusted[0] != adjusted[2]);
}

#[test]
fn the_contrast_has_one_weight() {
    let contrast = |keys: &str| {
        let table = format!("kind = 'pmt'\ncontrast = {{ tau = 0.2, {keys} }}");
        let settings: LossSettings = toml::from_str(&table).unwrap();
        settings.check().map(|()| settings.contrast.unwrap().weight())
    };
    assert_eq!(contrast("lambda = 2.0").unwrap(), 2.0);
    assert_eq!(contrast("form = 'reference', lambda = 2.0").unwrap(), 2.0);
    assert_eq!(contrast("form = 'reference', tau_base = 2.0").unwrap(), 0.1);
    assert_eq!(contrast("form = 'mean-log'").unwrap(), 0.1);
    for refused in ["tau_base = 2.0", "form = 'reference', tau_base = 2.0, lambda = 0.1"] {
        let problem = contrast(refused).unwrap_err().to_string();
        assert!(problem.contains("loss.contrast.tau_base"), "{problem}");
    }
}
