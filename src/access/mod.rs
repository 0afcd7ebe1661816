//! People beside the ledger: who they are, how they sign in, and what they may see and do.
//!
//! An event names a person by an id. Names, telephones and e-mails stand in the schema `people`,
//! sealed with a key of each person ([`keys`]); what a person may do is told by rights of access in
//! the books of the houses ([`relations`]) and decided in one place ([`policy`]).

pub mod error;
pub mod keys;
pub mod login;
pub mod notes;
mod password;
pub mod policy;
mod profiles;
pub mod relations;
mod sessions;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aggregates::ids::BookId;
use aggregates::time::ZoneName;
use tokio::sync::Semaphore;

use crate::access::keys::KeyRing;
use crate::store::Ledger;

pub use error::AccessError;
pub use profiles::{Details, Profile};
pub use sessions::{Arrival, Session, SignInError, Site};

/// Passwords that are hashed at the same time: each takes 19 MiB and a core.
const HASHED_AT_ONCE: usize = 4;

/// The people of one database. Cheap to clone.
#[derive(Clone)]
pub struct People {
    ledger: Ledger,
    keys: Arc<KeyRing>,
    hashing: Arc<Semaphore>,
    /// Zones of the houses: they do not change.
    zones: Arc<Mutex<BTreeMap<BookId, ZoneName>>>,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    /// The people of `ledger`, whose values are sealed with `keys`.
    pub fn new(ledger: Ledger, keys: KeyRing) -> Self {
        Self {
            ledger,
            keys: Arc::new(keys),
            hashing: Arc::new(Semaphore::new(HASHED_AT_ONCE)),
            zones: Arc::new(Mutex::new(BTreeMap::new())),
        }
    }

    /// The ledger they belong to.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The keys.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }
}
