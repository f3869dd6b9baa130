//! All relational encoders, on documents of few entities.

use super::*;

/// The relational encoders other than ATLOP, with small sizes for hidden states 32 wide.
fn encoders(device: &Device) -> Vec<(&'static str, RelationEncoder)> {
    let sizes = [
        ("context", r#"{"kind": "docunet", "filters": 8, "outputs": 6, "width": 32, "block": 8}"#),
        (
            "similarity",
            r#"{"kind": "docunet", "map": "similarity", "filters": 8, "width": 16, "block": 8}"#,
        ),
        ("paper", r#"{"kind": "axial", "block": 8}"#),
        ("sequential", r#"{"kind": "axial", "form": "sequential", "heads": 2, "block": 8}"#),
        (
            "memory",
            r#"{"kind": "atlop", "width": 32, "block": 8, "memory": {"slots": 5, "layers": 2}}"#,
        ),
        ("public", r#"{"kind": "axial", "form": "public", "layers": 2, "block": 8}"#),
        ("multi-instance", r#"{"kind": "jerex", "types": ["ORG"]}"#),
        ("global", r#"{"kind": "jerex", "classifier": "global"}"#),
    ];
    let build = |(name, json)| {
        let settings: RelationSettings = serde_json::from_str(json).unwrap();
        settings.check_for(32).unwrap();
        (name, settings.build(32, 5, &mut Initialiser::new(7), device))
    };
    sizes.into_iter().map(build).collect()
}

/// Documents of these numbers of entities, each a mention.
fn examples(entities: &[usize]) -> Vec<Example> {
    let tokenizer = Tokenizer::load(support::minilm(), TokenizerOptions::default()).unwrap();
    let words = ["Kite", "Corps", "was", "formed", "in", "March"];
    let document = |count: &usize| {
        let sentences: Vec<&[&str]> = (0..*count).map(|_| &words[..]).collect();
        let mention = |sentence: usize| {
            serde_json::json!([{"name": words[sentence % 5], "pos": [sentence % 5, sentence % 5 + 1],
                                "sent_id": sentence, "type": "ORG"}])
        };
        let vertices: Vec<Value> = (0..*count).map(mention).collect();
        serde_json::json!({"title": "t", "sents": sentences, "vertexSet": vertices})
    };
    let documents: Vec<Value> = entities.iter().map(document).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.json");
    std::fs::write(&path, serde_json::to_string(&documents).unwrap()).unwrap();
    let options = ExampleOptions::default();
    let documents = docre::corpus::read_all(&path).unwrap();
    documents.iter().map(|d| Example::new(d, &tokenizer, &options).unwrap().0).collect()
}

/// What an encoder might give, different in each document and repeatable.
fn tokens(examples: &[Example], places: &[usize], device: &Device) -> DocumentTokens {
    let wave = |seed: usize, i: usize| ((seed * 31 + i * 7) as f32 * 0.37).sin();
    let hidden: Vec<f32> = examples
        .iter()
        .zip(places)
        .flat_map(|(example, place)| (0..example.length() * 32).map(|i| wave(*place, i)))
        .collect();
    let longest = examples.iter().map(Example::length).max().unwrap();
    let attention: Vec<f32> = examples
        .iter()
        .zip(places)
        .flat_map(|(example, place)| {
            let (length, entities) = (example.length(), example.entities.len());
            (0..entities * 2 * longest).map(move |i| {
                let (row, at) = (i / longest, i % longest);
                if at < length { wave(*place, row * 101 + at).abs() } else { 0.0 }
            })
        })
        .collect();
    let rows = hidden.len() / 32;
    let mentions = attention.len() / (2 * longest);
    DocumentTokens {
        hidden: Tensor::from_data(TensorData::new(hidden, [rows, 32]), device),
        attention: Tensor::from_data(TensorData::new(attention, [mentions, 2, longest]), device),
    }
}

fn scores(
    encoder: &RelationEncoder,
    examples: &[Example],
    places: &[usize],
    device: &Device,
    pass: PairPass,
) -> PairScores {
    let batch = EncodedBatch::new(&examples.iter().collect::<Vec<_>>(), 512).unwrap();
    let tokens = tokens(examples, places, device);
    encoder.forward(tokens, &PairLayout::new(&batch), pass)
}

#[test]
fn documents_score_the_same_together_as_alone() {
    let device = support::device();
    let examples = examples(&[2, 5, 1, 9, 3]);
    let places: Vec<usize> = (0..examples.len()).collect();
    let pass = PairPass { features: true, ..PASS };
    for (name, encoder) in encoders(&device) {
        let together = scores(&encoder, &examples, &places, &device, pass);
        assert_eq!(together.logits.dims(), [2 + 20 + 72 + 6, 5], "{name}");
        assert!(together.features.is_some());
        let alone: Vec<f64> = places
            .iter()
            .flat_map(|place| {
                let one = &examples[*place..place + 1];
                values(scores(&encoder, one, &[*place], &device, PASS).logits)
            })
            .map(f64::from)
            .collect();
        support::assert_close(name, &values(together.logits), &alone, 1e-5, 2e-5);
    }
}

#[test]
fn chosen_pairs_score_as_among_all_pairs() {
    let device = support::device();
    let all = examples(&[2, 5, 3]);
    let mut chosen = all.clone();
    chosen[1].rows = Rows::Pairs(vec![(0, 4), (2, 1), (4, 0)]);
    chosen[2].rows = Rows::Pairs(Vec::new());
    // Of the first document both rows, of the second those of these pairs.
    let rows = [0, 1, 2 + 3, 2 + 4 * 2 + 1, 2 + 4 * 4];
    let settings: RelationSettings =
        serde_json::from_str(r#"{"kind": "atlop", "width": 32, "block": 8}"#).unwrap();
    let atlop = settings.build(32, 5, &mut Initialiser::new(7), &device);
    for (name, encoder) in encoders(&device).into_iter().chain([("atlop", atlop)]) {
        let scores = |examples: &[Example]| scores(&encoder, examples, &[0, 1, 2], &device, PASS);
        let all = values(scores(&all).logits);
        let wanted: Vec<f64> = rows
            .iter()
            .flat_map(|row| &all[5 * row..][..5])
            .map(|score| f64::from(*score))
            .collect();
        support::assert_close(name, &values(scores(&chosen).logits), &wanted, 1e-5, 2e-5);
    }
}

#[test]
fn large_tables_stand_alone() {
    let examples = examples(&[2, 5, 1, 9, 3, 1]);
    let batch = EncodedBatch::new(&examples.iter().collect::<Vec<_>>(), 512).unwrap();
    let layout = PairLayout::new(&batch);
    let sides = |cells| {
        let tables = layout.tables(cells).into_iter();
        tables.map(|table| table.axes.sides).collect::<Vec<_>>()
    };
    assert_eq!(sides(usize::MAX), [[2, 5, 1, 9, 3, 1]]);
    assert_eq!(sides(30), [&[2, 5, 1][..], &[9], &[3, 1]]);
    assert_eq!(sides(1), [[2], [5], [9], [3]]); // one entity makes no pair
    let rows: Vec<_> = layout.tables(1).iter().flat_map(entities).collect();
    let heads: Vec<_> = batch.ordered_pairs.iter().map(|pair| (pair.head, pair.tail)).collect();
    assert_eq!(rows, heads);
}

/// Subject and object of each ordered pair of a table.
fn entities(table: &PairTable) -> Vec<(usize, usize)> {
    let cells = table.ordered.iter().map(|cell| *cell as usize);
    cells.map(|cell| (table.subjects[cell].0, table.objects[cell].0)).collect()
}

#[test]
fn one_pair_and_no_pair_give_finite_scores_and_gradients() {
    let device = support::device().autodiff();
    for (entities, pairs) in [(&[2][..], 2), (&[2, 1], 2), (&[1], 0)] {
        let examples = examples(entities);
        let places: Vec<usize> = (0..examples.len()).collect();
        for (name, encoder) in encoders(&device) {
            for training in [true, false] {
                let pass = PairPass { training, features: true, ..PASS };
                let logits = scores(&encoder, &examples, &places, &device, pass).logits;
                assert_eq!(logits.dims(), [pairs, 5], "{name}");
                if pairs == 0 {
                    continue;
                }
                assert!(values(logits.clone()).iter().all(|x| x.is_finite()), "{name}");
                let grads = logits.square().sum().backward();
                let mut finite = Finite { grads: &grads, seen: 0 };
                encoder.visit(&mut finite);
                assert!(finite.seen > 4, "{name}");
            }
        }
    }
}

/// Fails at a gradient that isn't finite.
struct Finite<'a> {
    grads: &'a Gradients,
    seen: usize,
}

impl ModuleVisitor for Finite<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = param.val().grad(self.grads) {
            assert!(values(grad).iter().all(|x| x.is_finite()));
            self.seen += 1;
        }
    }
}

#[test]
fn running_statistics_follow_batches_in_training_only() {
    struct Sum(f64);
    impl ModuleVisitor for Sum {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if !param.is_require_grad() {
                self.0 += values(param.val()).iter().map(|x| f64::from(x.abs())).sum::<f64>();
            }
        }
    }
    let device = support::device().autodiff();
    let examples = examples(&[6, 4]);
    let encoder = encoders(&device).swap_remove(0).1;
    let sum = || {
        let mut sum = Sum(0.0);
        encoder.visit(&mut sum);
        sum.0
    };
    let before = sum();
    scores(&encoder, &examples, &[0, 1], &device, PASS);
    assert_eq!(sum(), before);
    let once = scores(&encoder, &examples, &[0, 1], &device, PairPass { training: true, ..PASS });
    let after = sum();
    assert_ne!(after, before);
    // They aren't a parameter.
    let grads = once.logits.sum().backward();
    struct Buffers<'a>(&'a Gradients);
    impl ModuleVisitor for Buffers<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            assert!(param.is_require_grad() || param.val().grad(self.0).is_none());
        }
    }
    encoder.visit(&mut Buffers(&grads));
}

#[test]
fn sizes_that_do_not_fit_are_refused_in_words() {
    let problem = |json: &str| {
        let settings: RelationSettings = serde_json::from_str(json).unwrap();
        settings.check_for(32).unwrap_err().to_string()
    };
    for (json, parts) in [
        (r#"{"kind": "atlop", "width": 100000000000}"#, ["relation.width", "1 to 16384"]),
        (r#"{"kind": "docunet", "filters": 4096}"#, ["relation.filters", "1 to 1024"]),
        (
            r#"{"kind": "axial", "width": 16384, "block": 512, "pair_width": 16384}"#,
            ["relation.width", "at most 1073741824"],
        ),
        (r#"{"kind": "docunet", "filters": 7}"#, ["relation.filters", "even"]),
        (r#"{"kind": "docunet", "channels": 0}"#, ["relation.channels", "1 to 16384"]),
        (r#"{"kind": "docunet", "width": 100}"#, ["relation.block", "relation.width (100)"]),
        (r#"{"kind": "axial"}"#, ["relation.block", "the encoder's width"]),
        (r#"{"kind": "axial", "block": 8, "heads": 5}"#, ["relation.heads", "(32)"]),
        (r#"{"kind": "axial", "block": 8, "layers": 0}"#, ["relation.layers", "1 to 256"]),
        (r#"{"kind": "axial", "block": 0}"#, ["relation.block", "1 to 512"]),
        (
            r#"{"kind": "axial", "block": 8, "width": 20}"#,
            ["relation.block", "relation.width (20)"],
        ),
    ] {
        let said = problem(json);
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
    let unknown = serde_json::from_str::<RelationSettings>(r#"{"kind": "axial", "depth": 3}"#);
    assert!(unknown.unwrap_err().to_string().contains("depth"));
}
