//! Checkpoints as signed notes (C2SP signed-note, tlog-checkpoint), Ed25519.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::proof::Hash;

/// Longest note that is read.
const NOTE_BYTES_MAX: usize = 4096;
/// Before the id of the book in the first line.
const ORIGIN: &str = "energokabinet/book/";
/// What stands for Ed25519 in a key.
const ED25519: u8 = 1;

/// What is wrong with a note or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not of the form.
    #[error("это не отметка журнала: ожидались три строки, пустая и строки подписей")]
    Malformed,
    /// The first line names no book.
    #[error("первая строка отметки не называет журнал (energokabinet/book/UUID)")]
    OtherOrigin,
    /// None of the signatures is by the key.
    #[error("под отметкой нет подписи этим ключом")]
    NotSigned,
    /// The signature is not one over this text.
    #[error("подпись отметки неверна: её текст изменён или подписал не этот ключ")]
    BadSignature,
    /// Not a key.
    #[error("это не ключ отметок: ожидалось имя+отпечаток+ключ")]
    BadKey,
}

/// The first line of the checkpoints of a book, and the name of its key.
pub fn origin(book: Uuid) -> String {
    format!("{ORIGIN}{book}")
}

/// What a checkpoint says: these events, this root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The book.
    pub book: Uuid,
    /// How many events.
    pub size: u64,
    /// The root over their leaves.
    pub root: Hash,
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn body(&self) -> String {
        let root = BASE64.encode(self.root);
        format!("{}\n{}\n{root}\n", origin(self.book), self.size)
    }

    fn parse(body: &str) -> Result<Self, NoteError> {
        let mut lines = body.strip_suffix('\n').unwrap_or_default().split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Malformed);
        };
        let book = origin.strip_prefix(ORIGIN).ok_or(NoteError::OtherOrigin)?;
        let read = Self {
            book: Uuid::parse_str(book).map_err(|_| NoteError::OtherOrigin)?,
            size: size.parse().map_err(|_| NoteError::Malformed)?,
            root: hash_of(root).ok_or(NoteError::Malformed)?,
        };
        // One text for one meaning: no signs, no leading zeros, no upper case.
        match read.body() == body {
            true => Ok(read),
            false => Err(NoteError::Malformed),
        }
    }
}

/// The hash that a line of base64 stands for.
pub(crate) fn hash_of(line: &str) -> Option<Hash> {
    BASE64.decode(line).ok()?.try_into().ok()
}

/// A hash as a line of base64.
pub(crate) fn line_of(hash: &Hash) -> String {
    BASE64.encode(hash)
}

/// The public key of the checkpoints of one book: `name+id+key`, as signed notes have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: [u8; 32],
}

impl PublicKey {
    /// The key under the name of a book.
    pub fn of_book(book: Uuid, key: [u8; 32]) -> Self {
        Self {
            name: origin(book),
            key,
        }
    }

    /// The first four bytes of the hash over name and key: which key a signature names.
    pub fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key);
        let [a, b, c, d, ..] = Hash::from(hash.finalize());
        [a, b, c, d]
    }

    /// The key itself, the same for all books of one installation.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.key
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], &self.key].concat();
        let id = hex::encode(self.id());
        write!(f, "{}+{id}+{}", self.name, BASE64.encode(key))
    }
}

impl FromStr for PublicKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey);
        };
        let key = BASE64.decode(key).map_err(|_| NoteError::BadKey)?;
        let Some((&ED25519, key)) = key.split_first() else {
            return Err(NoteError::BadKey);
        };
        let read = Self {
            name: name.to_owned(),
            key: key.try_into().map_err(|_| NoteError::BadKey)?,
        };
        match hex::encode(read.id()) == id {
            true => Ok(read),
            false => Err(NoteError::BadKey),
        }
    }
}

/// A checkpoint with its signatures, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What it says.
    pub checkpoint: Checkpoint,
    text: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    key: [u8; 4],
    signature: Vec<u8>,
}

impl SignedCheckpoint {
    /// The note over `checkpoint` with one signature.
    pub(crate) fn new(checkpoint: Checkpoint, key: &PublicKey, signature: [u8; 64]) -> Self {
        let blob = [&key.id()[..], &signature].concat();
        let line = format!("— {} {}\n", key.name, BASE64.encode(blob));
        Self {
            checkpoint,
            text: format!("{}\n{line}", checkpoint.body()),
            signatures: vec![NoteSignature {
                name: key.name.clone(),
                key: key.id(),
                signature: signature.to_vec(),
            }],
        }
    }

    /// The whole note.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the key has signed it. Signatures of others are not looked at.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`] or [`NoteError::BadSignature`].
    pub fn check(&self, key: &PublicKey) -> Result<(), NoteError> {
        let named =
            |signature: &&NoteSignature| signature.name == key.name && signature.key == key.id();
        let found = self.signatures.iter().find(named);
        let found = found.ok_or(NoteError::NotSigned)?;
        if key.name != origin(self.checkpoint.book) {
            return Err(NoteError::NotSigned);
        }
        let verifying = VerifyingKey::from_bytes(&key.key).map_err(|_| NoteError::BadKey)?;
        let signature =
            Signature::from_slice(&found.signature).map_err(|_| NoteError::BadSignature)?;
        verifying
            .verify_strict(self.checkpoint.body().as_bytes(), &signature)
            .map_err(|_| NoteError::BadSignature)
    }
}

impl FromStr for SignedCheckpoint {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        if text.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Malformed);
        }
        let (body, signatures) = text.split_once("\n\n").ok_or(NoteError::Malformed)?;
        let checkpoint = Checkpoint::parse(&format!("{body}\n"))?;
        let lines = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let signatures = lines.split('\n').map(signature_of);
        Ok(Self {
            checkpoint,
            text: text.to_owned(),
            signatures: signatures
                .collect::<Option<_>>()
                .ok_or(NoteError::Malformed)?,
        })
    }
}

fn signature_of(line: &str) -> Option<NoteSignature> {
    let (name, blob) = line.strip_prefix("— ")?.split_once(' ')?;
    let blob = BASE64.decode(blob).ok()?;
    let (key, signature) = blob.split_first_chunk::<4>()?;
    (!name.is_empty() && !name.contains('+')).then(|| NoteSignature {
        name: name.to_owned(),
        key: *key,
        signature: signature.to_vec(),
    })
}
