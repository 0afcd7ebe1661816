//! Every tree up to 130 leaves against `ct-merkle`, an implementation by others.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use energokabinet::proof::Hash;
use energokabinet::proof::tree::{
    SubtreeRoots, consistency_path, inclusion_path, is_consistent, root_of_inclusion,
};
use energokabinet::store::merkle::CompactRange;
use sha2_of_ct_merkle::{Digest, Sha256};

const LEAVES: usize = 130;

fn data(number: usize) -> Vec<u8> {
    format!("leaf {number}").into_bytes()
}

fn leaf(number: usize) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(data(number));
    hash.finalize().into()
}

/// Our root and path over the first `size` leaves.
fn path_over(size: usize, subtrees: &[std::ops::Range<u64>]) -> (Hash, Vec<Hash>) {
    let (mut roots, mut range) = (SubtreeRoots::of(subtrees), CompactRange::new());
    for number in 0..size {
        roots.push(leaf(number));
        range.push(leaf(number));
    }
    (range.root(), roots.finish().expect("all leaves passed"))
}

fn theirs(root: Hash, size: usize) -> RootHash<Sha256> {
    RootHash::new(root.into(), size as u64)
}

fn changed(hash: Hash) -> Hash {
    let mut other = hash;
    other[7] ^= 1;
    other
}

#[test]
fn inclusion_proofs_are_those_of_ct_merkle_and_every_change_is_refused() {
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=LEAVES {
        tree.push(data(size - 1));
        for index in 0..size {
            let at = index as u64;
            let subtrees = inclusion_path(at, size as u64).expect("a leaf of the tree");
            let (root, path) = path_over(size, &subtrees);
            assert_eq!(root.as_slice(), tree.root().as_bytes().as_slice());
            let bytes = path.concat();
            assert_eq!(
                bytes,
                tree.prove_inclusion(index).as_bytes(),
                "{index} of {size}"
            );
            let proof = InclusionProof::try_from_bytes(bytes).expect("hashes");
            let accepted = theirs(root, size).verify_inclusion(&data(index), at, &proof);
            assert!(accepted.is_ok());
            let ours = |leaf, path: &[Hash]| root_of_inclusion(at, size as u64, leaf, path);
            assert_eq!(ours(leaf(index), &path), Some(root));
            assert_ne!(ours(changed(leaf(index)), &path), Some(root));
            for step in 0..path.len() {
                let mut other = path.clone();
                other[step] = changed(other[step]);
                assert_ne!(ours(leaf(index), &other), Some(root));
            }
            assert_eq!(
                ours(leaf(index), &[path.clone(), vec![root]].concat()),
                None
            );
        }
        assert_eq!(inclusion_path(size as u64, size as u64), None);
    }
}

#[test]
fn consistency_proofs_are_those_of_ct_merkle_and_every_change_is_refused() {
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut roots = vec![CompactRange::new().root()];
    for new in 1..=LEAVES {
        tree.push(data(new - 1));
        roots.push(path_over(new, &[]).0);
        for (old, &old_root) in roots.iter().enumerate().skip(1) {
            let subtrees = consistency_path(old as u64, new as u64).expect("no shorter");
            let (root, path) = path_over(new, &subtrees);
            let both = ((old as u64, old_root), (new as u64, root));
            if old < new {
                let bytes = path.concat();
                assert_eq!(
                    bytes,
                    tree.prove_consistency(new - old).as_bytes(),
                    "{old} of {new}"
                );
                let proof = ConsistencyProof::try_from_bytes(bytes).expect("hashes");
                let accepted = theirs(root, new).verify_consistency(&theirs(old_root, old), &proof);
                assert!(accepted.is_ok());
            }
            assert!(is_consistent(both.0, both.1, &path), "{old} of {new}");
            assert!(!is_consistent(
                (old as u64, changed(old_root)),
                both.1,
                &path
            ));
            assert!(!is_consistent(both.0, (new as u64, changed(root)), &path));
            for step in 0..path.len() {
                let mut other = path.clone();
                other[step] = changed(other[step]);
                assert!(
                    !is_consistent(both.0, both.1, &other),
                    "{old} of {new}, {step}"
                );
            }
        }
        let empty = (0, roots[0]);
        assert!(is_consistent(empty, (new as u64, roots[new]), &[]));
        assert!(!is_consistent((new as u64, roots[new]), empty, &[]));
    }
}
