//! Inclusion proofs as texts (C2SP tlog-proof) and consistency proofs, made from the ledger.

use std::str::FromStr;

use uuid::Uuid;

use crate::proof::Hash;
use crate::proof::error::ProofError;
use crate::proof::note::{NoteError, PublicKey, SignedCheckpoint, hash_of, line_of};
use crate::proof::tree::{SubtreeRoots, consistency_path, inclusion_path, root_of_inclusion};
use crate::store::Ledger;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2⁶⁴ leaves has no longer path.
const PATH_MAX: usize = 64;

/// What is wrong with an inclusion proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// Not of the form.
    #[error("это не доказательство: ожидались строки c2sp.org/tlog-proof@v1, index, хеши, отметка")]
    Malformed,
    /// The checkpoint in it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The path does not lead from the leaf to the root.
    #[error("путь не ведёт от записи к подписанному корню: запись не та или её нет в журнале")]
    OtherRoot,
}

/// The path from an event to the root of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The event's position less one.
    pub index: u64,
    /// From the leaf upwards.
    pub path: Vec<Hash>,
    /// Where it leads.
    pub note: SignedCheckpoint,
}

impl InclusionProof {
    /// As a `.tlog-proof`.
    pub fn to_text(&self) -> String {
        let path: String = self.path.iter().map(|hash| line_of(hash) + "\n").collect();
        format!(
            "{HEADER}\nindex {}\n{path}\n{}",
            self.index,
            self.note.text()
        )
    }

    /// Whether it proves that `leaf` stands at its index in the book of `key`.
    ///
    /// # Errors
    /// What does not hold.
    pub fn check(&self, leaf: Hash, key: &PublicKey) -> Result<(), InclusionError> {
        self.note.check(key)?;
        let said = self.note.checkpoint;
        match root_of_inclusion(self.index, said.size, leaf, &self.path) == Some(said.root) {
            true => Ok(()),
            false => Err(InclusionError::OtherRoot),
        }
    }
}

impl FromStr for InclusionProof {
    type Err = InclusionError;

    fn from_str(text: &str) -> Result<Self, InclusionError> {
        let malformed = InclusionError::Malformed;
        let (head, note) = text.split_once("\n\n").ok_or(malformed)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(malformed);
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.ok_or(malformed)?;
        let number: u64 = index.parse().map_err(|_| malformed)?;
        let path: Option<Vec<Hash>> = lines.map(hash_of).collect();
        let path = path
            .filter(|path| path.len() <= PATH_MAX)
            .ok_or(malformed)?;
        if number.to_string() != index {
            return Err(malformed);
        }
        Ok(Self {
            index: number,
            path,
            note: note.parse()?,
        })
    }
}

impl Ledger {
    /// Proves that the event at `position` is one of those of `note`. Reads the leaves of the whole
    /// book, 32 bytes an event.
    ///
    /// # Errors
    /// [`ProofError::NoSuchPosition`]; [`ProofError::BrokenCheckpoint`] when the stored leaves no
    /// longer lead to the signed root.
    pub async fn inclusion_proof(
        &self,
        note: &SignedCheckpoint,
        position: u64,
    ) -> Result<InclusionProof, ProofError> {
        let (book, size) = (note.checkpoint.book, note.checkpoint.size);
        let index = position.checked_sub(1);
        let subtrees = index.and_then(|index| Some((index, inclusion_path(index, size)?)));
        let (index, subtrees) = subtrees.ok_or(ProofError::NoSuchPosition {
            book,
            position,
            size,
        })?;
        let mut roots = SubtreeRoots::of(&subtrees);
        let mut own = None;
        let mut at = 0;
        let take = |leaf| {
            roots.push(leaf);
            own = own.or((at == index).then_some(leaf));
            at += 1;
        };
        self.leaves(book, 0, size, take).await?;
        let broken = ProofError::BrokenCheckpoint(book);
        let (Some(path), Some(leaf)) = (roots.finish(), own) else {
            return Err(broken);
        };
        match root_of_inclusion(index, size, leaf, &path) == Some(note.checkpoint.root) {
            true => Ok(InclusionProof {
                index,
                path,
                note: note.clone(),
            }),
            false => Err(broken),
        }
    }

    /// Proves that the book of `old` events begins the one of `new` events.
    ///
    /// # Errors
    /// [`ProofError::NoSuchPosition`] when `old` is larger, or what reading the book says.
    pub async fn consistency_proof(
        &self,
        book: Uuid,
        old: u64,
        new: u64,
    ) -> Result<Vec<Hash>, ProofError> {
        let subtrees = consistency_path(old, new).ok_or(ProofError::NoSuchPosition {
            book,
            position: old,
            size: new,
        })?;
        let mut roots = SubtreeRoots::of(&subtrees);
        self.leaves(book, 0, new, |leaf| roots.push(leaf)).await?;
        roots.finish().ok_or(ProofError::BrokenCheckpoint(book))
    }
}

/// A consistency proof in the form that witnesses take (C2SP tlog-witness).
pub fn consistency_text(old: u64, path: &[Hash], note: &SignedCheckpoint) -> String {
    let path: String = path.iter().map(|hash| line_of(hash) + "\n").collect();
    format!("old {old}\n{path}\n{}", note.text())
}
