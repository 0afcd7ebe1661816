//! Proofs for somebody who has no access to our server: one RFC 6962 tree a book, its root signed
//! as a C2SP checkpoint, paths through it.
//!
//! `docs/formats/checkpoint.md` and `proof.md` describe the texts for a verifier of one's own. What
//! is in `tree`, `note`, [`audit`] and [`replay`] knows no database; [`checkpoint`], [`path`],
//! [`export`] and [`receipt`] read the ledger.

pub mod audit;
pub mod checkpoint;
pub mod error;
pub mod export;
pub mod key;
pub mod note;
pub mod path;
pub mod receipt;
pub mod replay;
pub mod tree;

/// A SHA-256.
pub type Hash = [u8; 32];
