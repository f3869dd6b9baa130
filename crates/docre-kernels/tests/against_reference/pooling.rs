//! Pooling of groups of rows.

use std::sync::Arc;

use docre_kernels::{
    Groups, Segments, pool_logsumexp, pool_max, pool_mean, pool_weighted, reference,
};

use super::{Op, check, tensor};

fn groups() -> Groups {
    Groups::new(Segments::from_lengths([2, 0, 1, 4]), vec![3, 1, 0, 1, 2, 3, 4])
}

#[test]
fn pooling_with_empty_groups_and_shared_rows() {
    let composed: [(Op<1>, Op<1>); 3] = [
        (|[x]| pool_logsumexp(x, &groups()), |[x]| reference::pool_logsumexp(x, &groups())),
        (|[x]| pool_mean(x, &groups()), |[x]| reference::pool_mean(x, &groups())),
        (|[x]| pool_max(x, &groups()), |[x]| reference::pool_max(x, &groups())),
    ];
    for (fused, composed) in composed {
        check(fused, composed, [[5, 40]]);
    }
    let weights: Arc<[f32]> = [0.5, -1.0, 0.25, 2.0, 0.0, 1.0, 0.75].into();
    check(
        |[x]| pool_weighted(x, &groups(), &weights),
        |[x]| reference::pool_weighted(x, &groups(), &weights),
        [[5, 40]],
    );
}

#[test]
fn the_first_of_equal_rows_is_the_highest() {
    let x = tensor(&[1.0, 1.0, 0.0], [3, 1]).require_grad();
    let groups = Groups::new(Segments::from_lengths([3]), vec![2, 1, 0]);
    let grads = pool_max(x.clone(), &groups).sum().backward();
    let grad = x.grad(&grads).unwrap().into_data().try_into_vec::<f32>().unwrap();
    assert_eq!(grad, [0.0, 1.0, 0.0]);
}
