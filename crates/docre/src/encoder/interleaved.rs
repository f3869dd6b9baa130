//! Tensors of checkpoints that hold several of ours.

use burn::{
    store::{bridge, burn_pack::Tensor as StoredTensor},
    tensor::TensorData,
};

/// A tensor under the path that it goes to; for several paths their parts of it, whose rows
/// alternate block by block, such as heads: `[blocks * paths * rows, inputs]` to
/// `[blocks * rows, inputs]` each. Nothing is read yet.
pub(super) fn apart(
    mut tensor: StoredTensor,
    paths: Vec<String>,
    blocks: usize,
) -> Vec<StoredTensor> {
    let count = paths.len();
    let mut paths = paths.into_iter().enumerate();
    if count == 1 {
        tensor.name = paths.next().expect("one").1;
        return vec![tensor];
    }
    paths.map(|(number, path)| part(tensor.clone(), path, Part { number, count, blocks })).collect()
}

/// Which part of an interleaved tensor.
#[derive(Clone, Copy)]
struct Part {
    number: usize,
    count: usize,
    blocks: usize,
}

fn part(tensor: StoredTensor, path: String, part: Part) -> StoredTensor {
    let mut shape = tensor.shape.clone();
    shape[0] /= part.count;
    let (dtype, of_part) = (tensor.dtype, shape.clone());
    bridge::deferred(path, dtype, shape, None, move || {
        let data = bridge::to_data(&tensor)?;
        let bytes = rows(data.bytes(), part);
        Ok(TensorData::from_bytes_vec(bytes, of_part.clone(), dtype))
    })
}

/// The part's rows, of whatever type.
fn rows(bytes: &[u8], part: Part) -> Vec<u8> {
    let block = bytes.len() / (part.blocks * part.count);
    let blocks = bytes.chunks_exact(block).skip(part.number).step_by(part.count);
    blocks.flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_head_by_head() {
        let bytes: Vec<u8> = (0..24).collect(); // 2 heads, 3 maps, 2 rows of 2 bytes
        let part = Part { number: 1, count: 3, blocks: 2 };
        assert_eq!(rows(&bytes, part), [4, 5, 6, 7, 16, 17, 18, 19]);
    }
}
