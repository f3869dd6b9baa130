//! Losses of further papers against their golden values: pairwise ranking, the public forms of
//! KD-DocRE, and positive-unlabelled learning.

use docre::loss::PositiveUnlabelled;

use super::*;

/// Checks every case of a golden file whose name `toml_of` has a recipe for, in value, gradient
/// and, where the file has it, each pair. Returns how many those are.
fn check_all(file: &str, loss_of: impl Fn(&Value, &SafeTensors) -> Option<Box<dyn Loss>>) -> usize {
    let golden = Golden::read(file);
    let tensors = golden.tensors();
    let mut checked = 0;
    for case in golden.list["cases"].as_array().unwrap() {
        let Some(loss) = loss_of(case, &tensors) else { continue };
        check_loss(case, &tensors, &*loss, case["outputs"].get("per_pair").is_some());
        checked += 1;
    }
    checked
}

fn of_toml(recipe: &str, priors: &RelationPriors) -> Box<dyn Loss> {
    let settings: LossSettings = toml::from_str(recipe).unwrap();
    settings.check().unwrap();
    Box::new(TotalLoss::new(&settings, priors, 0))
}

#[test]
fn pairwise_ranking() {
    let checked = check_all("pairwise_rank", |case, _| {
        let none = name(case).contains("with_none");
        let margin = &case["hyperparameters"]["margin"];
        let recipe = match name(case) {
            "comm_margin" => "kind = 'margin'".into(),
            hinge if hinge.starts_with("pairwise_hinge") => {
                format!("kind = 'pairwise-hinge'\nmargin = {margin}\nnone = {none}")
            }
            lsep if lsep.starts_with("pairwise_lsep") => format!("kind = 'lsep'\nnone = {none}"),
            other => panic!("no loss is known for the golden case {other}"),
        };
        Some(of_toml(&recipe, &RelationPriors::new(2)))
    });
    assert!(checked > 0);
}

#[test]
fn the_focal_losses_of_kd_docres_code() {
    let checked = check_all("axial_public", |case, _| {
        let form = match name(case) {
            first if first.starts_with("afl_public_first_version") => "first-public",
            public if public.starts_with("afl_public") => "public",
            _ => return None, // a table of entity pairs
        };
        let gamma = &case["hyperparameters"]["gamma_pos"];
        let recipe = format!("kind = 'afl'\nform = '{form}'\ngamma = {gamma}");
        Some(of_toml(&recipe, &RelationPriors::new(2)))
    });
    assert!(checked > 0);
}

#[test]
fn positive_unlabelled_losses() {
    let checked = check_all("ssr_pu", |case, tensors| {
        let settings = &case["hyperparameters"];
        let form = match settings["clamp"].as_str().unwrap() {
            "none" => "paper", // unlabelled pairs as negative ones: never below 0
            form => form,
        };
        let number = |key: &str| settings[key].as_f64().unwrap();
        let recipe = format!(
            "mode = {}\nform = '{form}'\nranked = {}\nmultiple = {:?}\n\
             margin = {:?}\nfactor = {:?}\nprior_offset = {:?}\nbeta = {:?}\ngamma = {:?}",
            settings["mode"],
            settings["ranked_against_threshold"],
            number("multiple"),
            number("margin"),
            number("factor"),
            number("prior_offset"),
            number("beta"),
            number("gamma"),
        );
        let loss: PositiveUnlabelled = toml::from_str(&recipe).unwrap();
        loss.check().unwrap();
        let prior = case["inputs"]["prior"].as_str().unwrap();
        let prior = support::f64s(&tensors.tensor(prior).unwrap());
        Some(Box::new(loss.with_labelled_shares(&prior)))
    });
    assert!(checked > 0);
}
