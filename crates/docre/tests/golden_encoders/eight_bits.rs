//! Encoders in eight bits, near the references.

use docre::Precision;

use super::*;

/// How far hidden states in eight bits may be from the reference's, in root mean squares of a
/// hidden state: of the mean distance, and of the greatest.
const INT8: [f32; 2] = [0.04, 0.4];

#[test]
fn hidden_states_in_eight_bits_are_near_the_references() {
    for folder in folders() {
        let expected = Expected::read(&folder.join("expected.safetensors"));
        let (mut encoder, _) = Encoder::load(&folder, &Device::flex()).unwrap();
        encoder.pack();
        for batch in ["a", "b"] {
            let packed = Packed::new(&sequences(&expected, batch));
            let tokens = encoder.forward(packed.input(), Precision::Int8);
            let (shape, want) = expected.floats(&format!("{batch}.last_hidden_state"));
            let (longest, width) = (shape[1], shape[2]);
            let got = values(tokens.hidden);
            let places = packed.segments.iter().enumerate().flat_map(|(sequence, range)| {
                range.enumerate().map(move |(place, _)| sequence * longest + place)
            });
            let want: Vec<f32> =
                places.flat_map(|place| want[place * width..][..width].to_vec()).collect();
            assert_eq!(got.len(), want.len());
            let count = want.len() as f32;
            let size = (want.iter().map(|x| x * x).sum::<f32>() / count).sqrt();
            let off: Vec<f32> = got.iter().zip(&want).map(|(a, b)| (a - b).abs() / size).collect();
            let (mean, most) =
                (off.iter().sum::<f32>() / count, off.iter().fold(0.0f32, |a, b| a.max(*b)));
            eprintln!("{}, batch {batch}: {mean:.4}, at most {most:.3}", folder.display());
            assert!(mean <= INT8[0] && most <= INT8[1], "{}: {mean} {most}", folder.display());
        }
    }
}

#[test]
fn an_encoder_in_eight_bits_keeps_few_floats() {
    let config = EncoderConfig { vocab_size: 3000, ..EncoderConfig::minilm() };
    let mut encoder = Encoder::random(&config, 1, &Device::flex());
    let before = encoder.num_params();
    encoder.pack();
    let after = encoder.num_params();
    assert!(before > 11_000_000 && after < before / 40, "{before} {after}");
}
