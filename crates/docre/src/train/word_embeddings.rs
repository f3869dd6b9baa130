//! The word embeddings of a run, of which a step reads and changes but a few rows.

use burn::tensor::{Device, Tensor, TensorData};
use docre_kernels::{AdamWState, AdamWStep, CorrectedStep, adamw_without_gradient};
use rayon::prelude::*;

/// A table with its running means.
///
/// AdamW changes every row at every step: weights and running means decay where the gradient
/// is zero. A batch has some hundreds of the vocabulary's tens of thousands of rows, so most of
/// an optimizer step would go to rows that nothing reads. Here a row takes the steps that it
/// missed when it is next lent, one by one, so that its bits are those of the usual order.
#[derive(Debug)]
pub(super) struct WordEmbeddings {
    width: usize,
    /// Weights, running means, and those of squares, `[rows * width]` each.
    tables: [Vec<f32>; 3],
    /// The steps since the table was whole.
    steps: Vec<CorrectedStep>,
    /// How many of them each row has taken.
    taken: Vec<usize>,
    /// The rows that the model has.
    lent: Vec<u32>,
}

impl WordEmbeddings {
    /// Of a whole table, `[rows * width]`.
    pub fn new(table: AdamWState, width: usize) -> Self {
        let tables = values(table);
        let taken = vec![0; tables[0].len() / width];
        Self { width, tables, steps: Vec::new(), taken, lent: Vec::new() }
    }

    /// Some rows in the order of their numbers, after all steps so far, `[rows * width]`.
    pub fn lend(&mut self, rows: Vec<u32>, device: &Device) -> AdamWState {
        let mut lent = self.tables.each_ref().map(|table| {
            let row = |row: &u32| &table[*row as usize * self.width..][..self.width];
            rows.iter().flat_map(row).copied().collect()
        });
        let missed = rows.par_iter().map(|row| &self.steps[self.taken[*row as usize]..]);
        catch_up(self.width, &mut lent, missed);
        self.lent = rows;
        state(lent, device)
    }

    /// The rows that were lent, after the step.
    pub fn take_back(&mut self, rows: AdamWState, step: AdamWStep) {
        self.steps.push(step.corrected());
        let (width, lent) = (self.width, std::mem::take(&mut self.lent));
        for (table, rows) in self.tables.iter_mut().zip(values(rows)) {
            for (row, values) in lent.iter().zip(rows.chunks_exact(width)) {
                table[*row as usize * width..][..width].copy_from_slice(values);
            }
        }
        lent.iter().for_each(|row| self.taken[*row as usize] = self.steps.len());
    }

    /// The whole table after all steps.
    pub fn whole(mut self, device: &Device) -> AdamWState {
        let missed = self.taken.par_iter().map(|taken| &self.steps[*taken..]);
        catch_up(self.width, &mut self.tables, missed);
        state(self.tables, device)
    }
}

/// Takes the steps that each row has missed.
fn catch_up<'a>(
    width: usize,
    [parameter, mean, mean_square]: &mut [Vec<f32>; 3],
    missed: impl IndexedParallelIterator<Item = &'a [CorrectedStep]>,
) {
    parameter
        .par_chunks_exact_mut(width)
        .zip(mean.par_chunks_exact_mut(width))
        .zip(mean_square.par_chunks_exact_mut(width))
        .zip(missed)
        .for_each(|(((parameter, mean), mean_square), steps)| {
            adamw_without_gradient(parameter, mean, mean_square, steps);
        });
}

fn state(tables: [Vec<f32>; 3], device: &Device) -> AdamWState {
    let [parameter, mean, mean_square] = tables.map(|values| {
        let count = values.len();
        Tensor::from_data(TensorData::new(values, [count]), device)
    });
    AdamWState { parameter, mean, mean_square }
}

fn values(state: AdamWState) -> [Vec<f32>; 3] {
    let read = |tensor: Tensor<1>| tensor.into_data().try_into_vec();
    [state.parameter, state.mean, state.mean_square]
        .map(|tensor| read(tensor).expect("weights and running means are f32"))
}

#[cfg(test)]
mod tests {
    use docre_kernels::adamw;

    use super::*;

    const ROWS: usize = 7;
    const WIDTH: usize = 5;

    fn step(number: u64) -> AdamWStep {
        AdamWStep {
            rate: 0.01 / number as f32,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-6,
            weight_decay: 0.1,
            number,
            gradient_scale: 0.5,
        }
    }

    /// Repeatable values of both signs.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|place| ((place * 37 + seed * 101) as f32).sin()).collect()
    }

    fn table() -> AdamWState {
        let none = || vec![0.0; ROWS * WIDTH];
        state([numbers(ROWS * WIDTH, 0), none(), none()], &Device::flex())
    }

    fn bits(state: AdamWState) -> Vec<u32> {
        values(state).into_iter().flatten().map(f32::to_bits).collect()
    }

    #[test]
    fn rows_become_what_they_become_when_all_take_every_step() {
        let device = Device::flex();
        let (mut words, mut every) = (WordEmbeddings::new(table(), WIDTH), table());
        for (number, rows) in (1..).zip([vec![0, 3], vec![3, 6], vec![], vec![1, 2, 6], vec![0]]) {
            let gradient = numbers(rows.len() * WIDTH, number as usize);
            let mut dense = vec![0.0; ROWS * WIDTH];
            for (row, values) in rows.iter().zip(gradient.chunks_exact(WIDTH)) {
                dense[*row as usize * WIDTH..][..WIDTH].copy_from_slice(values);
            }
            let tensor = |values: Vec<f32>| Tensor::from_floats(values.as_slice(), &device);
            let lent = words.lend(rows, &device);
            words.take_back(adamw(lent, tensor(gradient), &step(number)), step(number));
            every = adamw(every, tensor(dense), &step(number));
        }
        assert_eq!(bits(words.whole(&device)), bits(every));
    }
}
