//! The RFC 6962 Merkle root of a book, computed as its leaves pass by.

use sha2::{Digest, Sha256};

/// The roots of the perfect subtrees that make up a tree of `size` leaves, largest first: enough to
/// append further leaves and to compute the root, in memory logarithmic in the size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactRange {
    size: u64,
    peaks: Vec<[u8; 32]>,
}

impl CompactRange {
    /// The range of an empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The range of `size` leaves with these peaks, largest first; `None` where their number is not
    /// that of the ones in `size`.
    pub fn resume(size: u64, peaks: Vec<[u8; 32]>) -> Option<Self> {
        let wanted = usize::try_from(size.count_ones()).ok()?;
        (peaks.len() == wanted).then_some(Self { size, peaks })
    }

    /// The roots of its perfect subtrees, largest first.
    pub fn peaks(&self) -> &[[u8; 32]] {
        &self.peaks
    }

    /// How many leaves were appended.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash, `SHA-256(0x00 ‖ entry)`.
    pub fn push(&mut self, leaf: [u8; 32]) {
        let mut node = leaf;
        // Each trailing one of the size is a perfect subtree as large as the node in hand.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The Merkle tree hash of RFC 6962, section 2.1; of no leaves it is the hash of nothing.
    pub fn root(&self) -> [u8; 32] {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => Sha256::digest([]).into(),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

/// `SHA-256(0x01 ‖ left ‖ right)`.
pub(crate) fn node_hash(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recursive definition of RFC 6962, section 2.1.
    fn root_by_definition(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(split);
                node_hash(&root_by_definition(left), &root_by_definition(right))
            }
        }
    }

    #[test]
    fn root_is_that_of_the_definition_for_every_size() {
        let leaves: Vec<[u8; 32]> = (0..130u32)
            .map(|n| Sha256::digest(n.to_be_bytes()).into())
            .collect();
        let mut range = CompactRange::new();
        for size in 0..=leaves.len() {
            assert_eq!(
                range.root(),
                root_by_definition(&leaves[..size]),
                "size {size}"
            );
            if let Some(leaf) = leaves.get(size) {
                range.push(*leaf);
            }
        }
        assert_eq!(range.size(), 130);
    }

    #[test]
    fn root_agrees_with_a_published_vector() {
        // certificate-transparency-go, testonly/refcount: leaves "", 0x00, 0x10 …; root of size 3.
        let leaf = |data: &[u8]| -> [u8; 32] {
            let mut hash = Sha256::new();
            hash.update([0]);
            hash.update(data);
            hash.finalize().into()
        };
        let mut range = CompactRange::new();
        for data in [&[][..], &[0x00], &[0x10]] {
            range.push(leaf(data));
        }
        assert_eq!(
            hex::encode(range.root()),
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
        );
    }
}
