//! Paths through an RFC 6962 tree: which subtrees they are made of, their hashes as the leaves pass
//! by, and whether a path leads where it says.

use std::ops::Range;

use crate::proof::Hash;
use crate::store::merkle::{CompactRange, node_hash};

/// The subtrees whose roots prove that leaf `index` (from 0) is in the tree of `size` leaves, from
/// the leaf upwards; `None` where there is no such leaf. RFC 6962, section 2.1.1.
pub fn inclusion_path(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let (mut low, mut high) = (0, size);
    let mut path = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(middle..high);
            high = middle;
        } else {
            path.push(low..middle);
            low = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The subtrees whose roots prove that the tree of `old` leaves begins the one of `new` leaves;
/// `None` where it cannot. Of an empty tree there is nothing to prove. RFC 6962, section 2.1.2.
pub fn consistency_path(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    if old == 0 || old == new {
        return Some(Vec::new());
    }
    let (mut low, mut high) = (0, new);
    let mut path = Vec::new();
    // The old tree's end is followed down to where it is the end of a subtree.
    while high != old {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(middle..high);
            high = middle;
        } else {
            path.push(low..middle);
            low = middle;
        }
    }
    // The whole old tree is known to whoever asks.
    if low != 0 {
        path.push(low..high);
    }
    path.reverse();
    Some(path)
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Roots of disjoint subtrees, taken while the leaves of the tree pass by in order.
#[derive(Clone, Debug)]
pub struct SubtreeRoots {
    wanted: Vec<(Range<u64>, CompactRange)>,
    next: u64,
}

impl SubtreeRoots {
    /// Nothing has passed yet.
    pub fn of(path: &[Range<u64>]) -> Self {
        let wanted = path.iter().cloned();
        Self {
            wanted: wanted.map(|range| (range, CompactRange::new())).collect(),
            next: 0,
        }
    }

    /// The next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let at = self.next;
        if let Some((_, roots)) = self.wanted.iter_mut().find(|(of, _)| of.contains(&at)) {
            roots.push(leaf);
        }
        self.next += 1;
    }

    /// The roots in the order of the path; `None` while leaves are missing.
    pub fn finish(&self) -> Option<Vec<Hash>> {
        let all = self.wanted.iter();
        let whole = |(of, roots): &(Range<u64>, CompactRange)| {
            (roots.size() == of.end - of.start).then(|| roots.root())
        };
        all.map(whole).collect()
    }
}

/// The root that `path` leads to from `leaf` at `index` in a tree of `size` leaves; `None` where
/// the path does not have the length of such a tree.
pub fn root_of_inclusion(index: u64, size: u64, leaf: Hash, path: &[Hash]) -> Option<Hash> {
    let subtrees = inclusion_path(index, size)?;
    if subtrees.len() != path.len() {
        return None;
    }
    let climb = |node, (subtree, hash): (&Range<u64>, &Hash)| match subtree.start > index {
        true => node_hash(&node, hash),
        false => node_hash(hash, &node),
    };
    Some(subtrees.iter().zip(path).fold(leaf, climb))
}

/// Whether `path` proves that the tree of `old` leaves with `old_root` begins the one of `new`
/// leaves with `new_root`.
pub fn is_consistent(
    (old, old_root): (u64, Hash),
    (new, new_root): (u64, Hash),
    path: &[Hash],
) -> bool {
    let Some(subtrees) = consistency_path(old, new) else {
        return false;
    };
    if subtrees.len() != path.len() {
        return false;
    }
    if old == new {
        return old_root == new_root;
    }
    if old == 0 {
        return old_root == CompactRange::new().root();
    }
    let mut steps = subtrees.iter().zip(path);
    // Where the old tree is a subtree of the new one, its root is not told again.
    let starts_at_old = subtrees.first().is_some_and(|first| first.end <= old);
    let first = match starts_at_old {
        true => steps.next().map(|(_, hash)| *hash),
        false => Some(old_root),
    };
    let Some(first) = first else {
        return false;
    };
    let climb = |(before, after): (Hash, Hash), (subtree, hash): (&Range<u64>, &Hash)| match subtree
        .end
        <= old
    {
        true => (node_hash(hash, &before), node_hash(hash, &after)),
        false => (before, node_hash(&after, hash)),
    };
    steps.fold((first, first), climb) == (old_root, new_root)
}
