//! Files of weights, good and bad.

use super::*;

/// A copy of a golden folder whose tensors went through `change`.
fn changed(change: impl Fn(&mut HashMap<String, TensorData>)) -> (tempfile::TempDir, String) {
    let source = golden("encoders/bert");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(source.join("config.json"), folder.path().join("config.json")).unwrap();
    let bytes = fs::read(source.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: HashMap<String, TensorData> = file
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let floats = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            (name, TensorData::new(floats.collect::<Vec<f32>>(), view.shape().to_vec()))
        })
        .collect();
    change(&mut tensors);
    write(&folder.path().join("model.safetensors"), &tensors);
    let error = match Encoder::load(folder.path(), &support::device()) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    (folder, error)
}

fn write(path: &Path, tensors: &HashMap<String, TensorData>) {
    let views = tensors.iter().map(|(name, data)| {
        let dtype = match data.dtype() {
            burn::tensor::DType::F32 => Dtype::F32,
            burn::tensor::DType::F16 => Dtype::F16,
            burn::tensor::DType::BF16 => Dtype::BF16,
            other => panic!("{other:?}"),
        };
        let shape = data.shape().iter().copied().collect();
        (name.clone(), TensorView::new(dtype, shape, data.bytes()).unwrap())
    });
    serialize_to_file(views, None, path).unwrap();
}

const QUERY: &str = "encoder.layer.1.attention.self.query.weight";

#[test]
fn a_missing_tensor_is_named() {
    let (folder, error) = changed(|tensors| {
        tensors.remove(QUERY).unwrap();
        tensors.remove("embeddings.LayerNorm.bias").unwrap();
    });
    assert!(error.starts_with(&folder.path().display().to_string()), "{error}");
    assert!(error.contains("lacks 2 tensors"), "{error}");
    assert!(error.contains(QUERY) && error.contains("embeddings.LayerNorm.bias"), "{error}");
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    for shape in [vec![24, 96], vec![48 * 48]] {
        let count = shape.iter().product();
        let (_, error) = changed(|tensors| {
            tensors.insert(QUERY.into(), TensorData::new(vec![0.0f32; count], shape.clone()));
        });
        assert!(error.contains(QUERY) && error.contains(&format!("{shape:?}")), "{error}");
    }
}

#[test]
fn a_value_that_is_not_a_number_is_refused() {
    let (_, error) = changed(|tensors| {
        let name = "encoder.layer.0.output.LayerNorm.weight";
        let mut values = tensors[name].clone().try_into_vec::<f32>().unwrap();
        values[3] = f32::NAN;
        tensors.insert(name.into(), TensorData::new(values, tensors[name].shape().clone()));
    });
    assert!(error.contains("tensor encoder.layer.0.output.LayerNorm.weight holds NaN"), "{error}");
}

#[test]
fn weights_of_another_architecture_are_refused() {
    let (_, error) = changed(|tensors| {
        *tensors = tensors.drain().map(|(name, data)| (format!("luke.{name}"), data)).collect();
    });
    assert!(error.contains("no tensor of the encoder") && error.contains("luke."), "{error}");
}

#[test]
fn half_precision_is_read_as_single() {
    use burn::tensor::DType;
    for dtype in [DType::F16, DType::BF16] {
        let (folder, error) = changed(|tensors| {
            tensors.values_mut().for_each(|data| *data = data.clone().convert_dtype(dtype));
        });
        assert_eq!(error, "");
        let (encoder, _) = Encoder::load(folder.path(), &support::device()).unwrap();
        let hidden = run(&encoder, &[sequence(9, 1)], Dropout::OFF).hidden;
        assert_eq!(hidden.dtype(), DType::F32);
        assert!(values(hidden).iter().all(|value| value.is_finite()));
    }
}

#[test]
fn a_checkpoint_in_several_files_is_one() {
    let source = golden("encoders/bert");
    let (folder, _) = changed(|_| {});
    let whole = folder.path().join("model.safetensors");
    let bytes = fs::read(&whole).unwrap();
    fs::remove_file(&whole).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut map = serde_json::Map::new();
    for (part, in_part) in [("model-00001.safetensors", true), ("model-00002.safetensors", false)] {
        let tensors = file.tensors().into_iter().filter(|(n, _)| n.contains("layer.0") == in_part);
        let tensors: Vec<_> = tensors.collect();
        map.extend(tensors.iter().map(|(name, _)| (name.clone(), part.into())));
        serialize_to_file(tensors, None, &folder.path().join(part)).unwrap();
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": map });
    let path = folder.path().join("model.safetensors.index.json");
    fs::write(&path, index.to_string()).unwrap();
    let (shards, _) = Encoder::load(folder.path(), &support::device()).unwrap();
    let (one, _) = Encoder::load(&source, &support::device()).unwrap();
    let hidden = |encoder: &Encoder| values(run(encoder, &[sequence(9, 1)], Dropout::OFF).hidden);
    assert_eq!(hidden(&shards), hidden(&one));
    fs::remove_file(folder.path().join("model-00002.safetensors")).unwrap();
    let error = Encoder::load(folder.path(), &support::device()).unwrap_err().to_string();
    assert!(error.contains("model-00002.safetensors"), "{error}");
}

#[test]
fn files_cut_short_are_refused() {
    for source in folders() {
        let config = EncoderConfig::from_folder(&source).unwrap();
        for file in weight_files(&source) {
            let bytes = fs::read(&file).unwrap();
            for length in [0, 5, bytes.len() / 2, bytes.len() - 1] {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join(file.file_name().unwrap());
                fs::write(&path, &bytes[..length]).unwrap();
                let error = Encoder::load_file(&path, &config, &support::device()).unwrap_err();
                assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
            }
        }
    }
}

#[test]
fn a_folder_without_weights_says_what_it_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = Encoder::load(folder.path(), &support::device()).unwrap_err().to_string();
    assert!(error.contains("config.json"), "{error}");
    let bert = golden("encoders/bert");
    fs::copy(bert.join("config.json"), folder.path().join("config.json")).unwrap();
    let error = Encoder::load(folder.path(), &support::device()).unwrap_err().to_string();
    assert!(error.contains("model.safetensors") && error.contains("pytorch_model.bin"), "{error}");
}
