//! The key that signs checkpoints: in the program's home, never in the database.

use std::fmt;
use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use uuid::Uuid;

use crate::access::keys::{KeyError, secret_in};
use crate::proof::note::{Checkpoint, PublicKey, SignedCheckpoint};

/// Name of the file of the key in the program's home.
pub const KEY_FILE: &str = "checkpoint.key";

/// Signs checkpoints. The secret is never printed.
#[derive(Clone)]
pub struct Signer(SigningKey);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// The key in the file at `path` (64 hexadecimal digits, mode 0600), which is made where there
    /// is none.
    ///
    /// # Errors
    /// [`KeyError`] when the file cannot be read or made, or others may read it.
    pub fn open_or_create(path: &Path) -> Result<Self, KeyError> {
        Ok(Self::of(secret_in(path)?))
    }

    /// The signer with this seed.
    pub fn of(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The public key of the checkpoints of `book`.
    pub fn public_key(&self, book: Uuid) -> PublicKey {
        PublicKey::of_book(book, self.0.verifying_key().to_bytes())
    }

    /// The signed note.
    pub fn sign(&self, checkpoint: Checkpoint) -> SignedCheckpoint {
        let signature = self.0.sign(checkpoint.body().as_bytes()).to_bytes();
        SignedCheckpoint::new(checkpoint, &self.public_key(checkpoint.book), signature)
    }
}
