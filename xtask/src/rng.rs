//! A seeded generator of numbers (SplitMix64): samples and fuzzing must be repeatable anywhere.

/// The state; equal seeds give equal sequences.
pub struct Rng(u64);

impl Rng {
    /// Starts the sequence of `seed`.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() % bound as u64) as usize
    }

    /// `count` of the items (all, when there are fewer), in their order.
    pub fn sample<T: Clone>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut indices: Vec<usize> = (0..items.len()).collect();
        let count = count.min(items.len());
        for i in 0..count {
            let j = i + self.below(items.len() - i);
            indices.swap(i, j);
        }
        indices.truncate(count);
        indices.sort_unstable();
        indices.into_iter().map(|i| items[i].clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn samples_are_distinct_ordered_and_repeatable() {
        let items: Vec<usize> = (0..50).collect();
        let first = Rng::new(7).sample(&items, 10);
        assert_eq!(first, Rng::new(7).sample(&items, 10));
        assert_ne!(first, Rng::new(8).sample(&items, 10));
        assert!(first.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(Rng::new(7).sample(&items, 99).len(), 50);
    }
}
