//! The best assignment of things to others, one to one.

use std::collections::BTreeMap;

/// The greatest sum of weights of pairs in which nothing stands twice. `weights[row]` has the
/// columns of other than weight 0, with positive weights.
///
/// Rows and columns that are linked by no chain of pairs don't compete, so each such group is
/// solved by itself: groups are small where whole tables are large.
pub(super) fn best_sum(weights: &[Vec<(usize, f64)>]) -> f64 {
    let mut group_of_column = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (row, columns) in weights.iter().enumerate().filter(|(_, columns)| !columns.is_empty()) {
        let mut joined = vec![row];
        let mut linked: Vec<usize> =
            columns.iter().filter_map(|(column, _)| group_of_column.get(column).copied()).collect();
        linked.sort_unstable();
        linked.dedup();
        linked.iter().for_each(|&group| joined.append(&mut groups[group]));
        let rows_columns = joined.iter().flat_map(|&row| &weights[row]).map(|(column, _)| *column);
        group_of_column.extend(rows_columns.map(|column| (column, groups.len())));
        groups.push(joined);
    }
    groups.iter().filter(|rows| !rows.is_empty()).map(|rows| of_group(rows, weights)).sum()
}

fn of_group(rows: &[usize], weights: &[Vec<(usize, f64)>]) -> f64 {
    let mut columns: Vec<usize> =
        rows.iter().flat_map(|&row| &weights[row]).map(|(column, _)| *column).collect();
    columns.sort_unstable();
    columns.dedup();
    let size = rows.len().max(columns.len());
    let mut table = vec![vec![0.0; size]; size];
    for (place, &row) in rows.iter().enumerate() {
        for (column, weight) in &weights[row] {
            let column = columns.binary_search(column).expect("it is one of them");
            table[place][column] = *weight;
        }
    }
    hungarian(&table)
}

/// The Hungarian method on a square table, with potentials of rows and columns (Kuhn 1955,
/// in the cubic form of Jonker and Volgenant).
fn hungarian(table: &[Vec<f64>]) -> f64 {
    let size = table.len();
    // Places from 1; row 0 and column 0 are where a search begins.
    let (mut of_row, mut of_column) = (vec![0.0; size + 1], vec![0.0; size + 1]);
    let mut row_of = vec![0; size + 1];
    for row in 1..=size {
        row_of[0] = row;
        let mut slack = vec![f64::INFINITY; size + 1];
        let (mut way, mut seen) = (vec![0; size + 1], vec![false; size + 1]);
        let mut column = 0;
        while row_of[column] != 0 {
            seen[column] = true;
            let row = row_of[column];
            let (mut least, mut next) = (f64::INFINITY, 0);
            for other in (1..=size).filter(|&other| !seen[other]) {
                let cost = -table[row - 1][other - 1] - of_row[row] - of_column[other];
                if cost < slack[other] {
                    (slack[other], way[other]) = (cost, column);
                }
                if slack[other] < least {
                    (least, next) = (slack[other], other);
                }
            }
            for other in 0..=size {
                if seen[other] {
                    of_row[row_of[other]] += least;
                    of_column[other] -= least;
                } else {
                    slack[other] -= least;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[way[column]];
            column = way[column];
        }
    }
    (1..=size).map(|column| table[row_of[column] - 1][column - 1]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best sum by trying everything.
    fn by_trying(weights: &[Vec<(usize, f64)>], taken: &mut Vec<usize>) -> f64 {
        let Some((first, rest)) = weights.split_first() else { return 0.0 };
        let mut best = by_trying(rest, taken);
        for &(column, weight) in first {
            if !taken.contains(&column) {
                taken.push(column);
                best = best.max(weight + by_trying(rest, taken));
                taken.pop();
            }
        }
        best
    }

    #[test]
    fn the_sum_is_the_best_of_all() {
        let mut random = crate::random::Random::new(7, 0);
        for _ in 0..200 {
            let (rows, columns) = (1 + random.below(6), 1 + random.below(6));
            let weights: Vec<Vec<(usize, f64)>> = (0..rows)
                .map(|_| {
                    (0..columns)
                        .filter_map(|column| {
                            let weight = random.below(5);
                            (weight > 0).then_some((column, weight as f64 / 4.0))
                        })
                        .collect()
                })
                .collect();
            let (found, best) = (best_sum(&weights), by_trying(&weights, &mut Vec::new()));
            assert!((found - best).abs() < 1e-9, "{weights:?}: {found} and {best}");
        }
    }
}
