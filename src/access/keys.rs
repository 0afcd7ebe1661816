//! Keys of people: one for each, sealed with the key in the program's home.
//!
//! XChaCha20-Poly1305 with random nonces; what is sealed is bound to its person and its column, so
//! that a value moved to another row does not open.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aggregates::ids::PersonId;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::access::login::Login;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce, which stands before what is sealed.
const NONCE_BYTES: usize = 24;

/// Name of the file of the key in the program's home.
pub const KEY_FILE: &str = "people.key";

/// What goes wrong with keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The operating system gives no random bytes.
    #[error("операционная система не даёт случайных чисел; повторите")]
    NoRandomness,
    /// The file of the key cannot be read or made.
    #[error("файл ключа {} недоступен; проверьте путь и права", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others can read the key.
    #[error("файл ключа {} читают и другие; выполните chmod 600", .0.display())]
    Exposed(PathBuf),
    /// The file holds no key.
    #[error("в файле {} нужен ключ из 64 шестнадцатеричных цифр; верните его из копии", .0.display())]
    Unfit(PathBuf),
    /// What is sealed does not open with the key.
    #[error("данные человека не открываются этим ключом; верните файл ключа, которым их закрыли")]
    DoesNotOpen,
}

/// The key in the program's home, and what follows from it. Never printed.
pub struct KeyRing {
    sealing: [u8; KEY_BYTES],
    hashing: [u8; KEY_BYTES],
}

/// The key of one person.
pub(super) struct PersonKey {
    person: PersonId,
    key: [u8; KEY_BYTES],
}

impl KeyRing {
    /// The key in the file at `path`, which is made with mode 0600 where there is none.
    ///
    /// # Errors
    /// [`KeyError`] when the file cannot be read or made, or is not as it should be.
    pub fn open_or_create(path: &Path) -> Result<Self, KeyError> {
        secret_in(path).map(Self::of)
    }

    /// The ring of this key.
    pub fn of(key: [u8; KEY_BYTES]) -> Self {
        Self {
            sealing: derived(&key, "energokabinet/people/seal/v1"),
            hashing: derived(&key, "energokabinet/people/hash/v1"),
        }
    }

    /// What finds a login without telling it.
    pub fn login_hash(&self, login: &Login) -> [u8; KEY_BYTES] {
        derived(&self.hashing, &format!("login/{}", login.as_str()))
    }

    /// What counts attempts from an address without keeping it.
    pub(super) fn address_hash(&self, address: &str) -> [u8; KEY_BYTES] {
        derived(&self.hashing, &format!("address/{address}"))
    }

    /// A word of this installation: the same at every start, another everywhere else.
    pub fn word(&self, purpose: &str) -> String {
        let bytes = derived(&self.hashing, &format!("word/{purpose}"));
        // Without letters that look like digits.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let letters = bytes.iter().take(10);
        let letters = letters.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
        letters.collect()
    }

    /// A new key for a person, and how it is kept.
    pub(super) fn new_person_key(
        &self,
        person: PersonId,
    ) -> Result<(PersonKey, Vec<u8>), KeyError> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(|_| KeyError::NoRandomness)?;
        let sealed = seal(&self.sealing, &bound(person, "key"), &key)?;
        Ok((PersonKey { person, key }, sealed))
    }

    /// The key of a person, as it is kept.
    pub(super) fn person_key(
        &self,
        person: PersonId,
        sealed: &[u8],
    ) -> Result<PersonKey, KeyError> {
        let opened = unseal(&self.sealing, &bound(person, "key"), sealed)?;
        let key = opened.try_into().map_err(|_| KeyError::DoesNotOpen)?;
        Ok(PersonKey { person, key })
    }
}

impl PersonKey {
    pub(super) fn seal(&self, column: &str, text: &str) -> Result<Vec<u8>, KeyError> {
        seal(&self.key, &bound(self.person, column), text.as_bytes())
    }

    pub(super) fn open(&self, column: &str, sealed: &[u8]) -> Result<String, KeyError> {
        let opened = unseal(&self.key, &bound(self.person, column), sealed)?;
        String::from_utf8(opened).map_err(|_| KeyError::DoesNotOpen)
    }
}

/// The secret in the file at `path`, 32 bytes, which is made at random and with mode 0600 where
/// there is none.
pub(crate) fn secret_in(path: &Path) -> Result<[u8; KEY_BYTES], KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    match File::open(path) {
        Ok(file) => read_secret(path, file),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path)?;
            read_secret(path, File::open(path).map_err(failed)?)
        }
        Err(error) => Err(failed(error)),
    }
}

fn read_secret(path: &Path, mut file: File) -> Result<[u8; KEY_BYTES], KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(KeyError::Exposed(path.to_owned()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let mut key = [0; KEY_BYTES];
    hex::decode_to_slice(text.trim(), &mut key).map_err(|_| KeyError::Unfit(path.to_owned()))?;
    Ok(key)
}

/// Makes the file with a new key, readable by its owner alone from the first moment on. A file that
/// somebody else has just made is left.
fn create(path: &Path) -> Result<(), KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|_| KeyError::NoRandomness)?;
    // Complete under another name first: whoever finds the file finds a whole key.
    let mut suffix = [0; 4];
    getrandom::fill(&mut suffix).map_err(|_| KeyError::NoRandomness)?;
    let draft = path.with_extension(hex::encode(suffix));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(&draft).map_err(failed)?;
    let written = writeln!(file, "{}", hex::encode(key)).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

/// What a sealed value belongs to.
fn bound(person: PersonId, column: &str) -> Vec<u8> {
    format!("energokabinet/people/v1/{person}/{column}").into_bytes()
}

fn derived(key: &[u8; KEY_BYTES], label: &str) -> [u8; KEY_BYTES] {
    // A key of any length will do.
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else {
        return *key;
    };
    mac.update(label.as_bytes());
    mac.finalize().into_bytes().into()
}

fn seal(key: &[u8; KEY_BYTES], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|_| KeyError::NoRandomness)?;
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg, aad })
        .map_err(|_| KeyError::DoesNotOpen)?;
    Ok([&nonce[..], &sealed].concat())
}

fn unseal(key: &[u8; KEY_BYTES], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
    let (nonce, msg) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(KeyError::DoesNotOpen)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .map_err(|_| KeyError::DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use uuid::Uuid;

    use super::*;

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    #[test]
    fn a_value_opens_for_its_person_and_column_only() {
        let ring = KeyRing::of([7; 32]);
        let (key, kept) = ring.new_person_key(person(1)).expect("a key");
        let sealed = key.seal("name", "Анна Ильина").expect("sealed");
        assert!(!String::from_utf8_lossy(&sealed).contains("Анна"));
        let again = ring.person_key(person(1), &kept).expect("opens");
        assert_eq!(again.open("name", &sealed).expect("opens"), "Анна Ильина");
        assert!(again.open("phone", &sealed).is_err());
        assert!(ring.person_key(person(2), &kept).is_err());
        assert!(KeyRing::of([8; 32]).person_key(person(1), &kept).is_err());
        let twice = key.seal("name", "Анна Ильина").expect("sealed");
        assert_ne!(sealed, twice, "a nonce is used once");
    }

    #[test]
    fn the_file_is_made_once_and_for_its_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(KEY_FILE);
        let first = KeyRing::open_or_create(&path).expect("made");
        let mode = path.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
        let second = KeyRing::open_or_create(&path).expect("read");
        assert_eq!(first.word("x"), second.word("x"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("ours");
        let exposed = KeyRing::open_or_create(&path);
        assert!(matches!(exposed, Err(KeyError::Exposed(_))));
    }
}
