//! What any encoder does, whatever its weights.

use super::gradients::Norms;
use super::*;

/// A small encoder with random weights of each kind of position and of each other form.
fn small() -> [(Encoder, EncoderConfig); 8] {
    let roberta = EncoderConfig {
        model_type: ModelType::Roberta,
        vocab_size: 50,
        hidden_size: 24,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        intermediate_size: 40,
        max_position_embeddings: 40,
        pad_token_id: 1,
        ..EncoderConfig::bert_base()
    };
    // Absolute positions and types too, which checkpoints of the family seldom have.
    let relative = RelativeConfig {
        max_relative_positions: 16,
        position_buckets: None,
        content_to_position: true,
        position_to_content: true,
        share_att_key: false,
        normalised: false,
        position_biased_input: true,
    };
    let deberta = EncoderConfig {
        model_type: ModelType::Deberta,
        relative: Some(relative.clone()),
        ..roberta.clone()
    };
    let relative = RelativeConfig {
        max_relative_positions: 40,
        position_buckets: Some(8),
        normalised: true,
        position_biased_input: false,
        ..relative
    };
    let second = EncoderConfig {
        model_type: ModelType::DebertaV2,
        relative: Some(relative),
        ..roberta.clone()
    };
    let mpnet = EncoderConfig {
        model_type: ModelType::Mpnet,
        type_vocab_size: 0,
        relative_attention_num_buckets: Some(32),
        ..roberta.clone()
    };
    let electra = EncoderConfig {
        model_type: ModelType::Electra,
        embedding_size: Some(16),
        ..roberta.clone()
    };
    let albert = EncoderConfig {
        model_type: ModelType::Albert,
        hidden_act: HiddenAct::GeluNew,
        ..electra.clone()
    };
    let modernbert = EncoderConfig {
        model_type: ModelType::Modernbert,
        type_vocab_size: 0,
        rotary: Some(RotaryConfig {
            local_attention: 12,
            layer_types: vec![LayerSight::Full, LayerSight::Near],
            global_rope_theta: 160_000.0,
            local_rope_theta: 10_000.0,
        }),
        ..roberta.clone()
    };
    let longformer = EncoderConfig {
        model_type: ModelType::Longformer,
        attention_window: vec![8, 12],
        ..roberta.clone()
    };
    [roberta, deberta, second, mpnet, electra, albert, modernbert, longformer]
        .map(|config| (Encoder::random(&config, 5, &support::device()), config))
}

#[test]
fn a_window_is_encoded_the_same_whatever_shares_its_batch() {
    for (encoder, _) in small() {
        let (first, second, third) = (sequence(17, 1), sequence(38, 2), sequence(1, 3));
        let alone = run(&encoder, std::slice::from_ref(&second), Dropout::OFF);
        let shared = run(&encoder, &[first.clone(), second.clone(), third], Dropout::OFF);
        let part = first.len()..first.len() + second.len();
        let hidden = shared.hidden.slice([part.clone()]);
        let off = values((alone.hidden - hidden).abs().max());
        assert!(off[0] <= 1e-6, "{off:?}");
        let off = values((alone.attention - shared.attention.slice([part])).abs().max());
        assert!(off[0] <= 1e-6, "{off:?}");
    }
}

#[test]
fn the_key_alone_decides_what_dropout_drops() {
    for (encoder, _) in small() {
        let sequences = [sequence(17, 1), sequence(30, 2)];
        let hidden = |dropout| values(run(&encoder, &sequences, dropout).hidden);
        let trained = hidden(Dropout::new(0.5, 1));
        assert_eq!(trained, hidden(Dropout::new(0.5, 1)));
        // The probability is the configuration's.
        assert_eq!(trained, hidden(Dropout::new(0.1, 1)));
        assert_ne!(trained, hidden(Dropout::new(0.5, 2)));
        assert_ne!(trained, hidden(Dropout::OFF));
    }
}

#[test]
fn returned_attention_is_the_attention_after_dropout() {
    for (encoder, config) in small() {
        let sees_all = config.rotary.is_none() && config.attention_window.is_empty();
        let sequences = [sequence(30, 2), sequence(30, 4)];
        let kept = values(run(&encoder, &sequences, Dropout::OFF).attention);
        let trained = run(&encoder, &sequences, Dropout::new(0.1, 1)).attention;
        // A query may not see all keys.
        let seen = kept.iter().zip(values(trained)).filter(|(kept, _)| **kept > 0.0);
        let (all, dropped) = seen.fold((0, 0), |(all, dropped), (_, trained)| {
            (all + 1, dropped + usize::from(trained == 0.0))
        });
        assert_eq!(all == kept.len(), sees_all);
        let share = dropped as f32 / all as f32;
        assert!((0.07..0.13).contains(&share), "{share}");
    }
}

#[test]
fn no_rows_asked_for_is_no_rows() {
    for (encoder, _) in small() {
        let mut packed = Packed::new(&[sequence(12, 1)]);
        packed.rows = [].into();
        let tokens = encoder.forward(packed.input(), Dropout::OFF);
        assert_eq!((tokens.hidden.dims(), tokens.attention.dims()), ([12, 24], [0, 3, 12]));
    }
}

#[test]
fn random_weights_follow_the_seed() {
    for (encoder, config) in small() {
        let sequences = [sequence(9, 1)];
        let hidden = |encoder: &Encoder| values(run(encoder, &sequences, Dropout::OFF).hidden);
        let again = Encoder::random(&config, 5, &support::device().autodiff());
        let other = Encoder::random(&config, 6, &support::device());
        assert_eq!(hidden(&encoder), hidden(&again));
        assert_ne!(hidden(&encoder), hidden(&other));
        let loss = run(&again, &sequences, Dropout::OFF).hidden.square().sum();
        let gradients = loss.backward();
        Norms::of(&again, config.model_type, &gradients);
    }
}
