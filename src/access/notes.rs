//! Texts that people write, kept beside the ledger and committed to in it.
//!
//! The commitment is SHA-256 over `energokabinet/note/v1`, a zero byte, a salt of 32 bytes and the
//! text in UTF-8 (docs/formats/dispute.md): who has text and salt can prove that the event meant
//! these words; who has the event alone learns nothing of them.

use aggregates::ids::{NoteId, PersonId};
use aggregates::text::Code;
use aggregates::vocabulary::NoteRef;
use sha2::{Digest, Sha256};

use crate::access::keys::KeyError;
use crate::access::{AccessError, People};

const DOMAIN: &[u8] = b"energokabinet/note/v1\0";
const SALT_BYTES: usize = 32;

/// Most characters of a text.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// These words.
    Words(String),
    /// The person who wrote it was erased, and the words with them.
    Erased,
    /// The words that are kept are not those that the event commits to.
    Altered,
}

impl People {
    /// Keeps what `author` wrote under `id`. Kept again, the first words stand: a form that is sent
    /// twice is one text.
    ///
    /// # Errors
    /// [`AccessError::LongText`], or it cannot be kept.
    pub async fn keep_note(
        &self,
        author: PersonId,
        id: NoteId,
        text: &str,
    ) -> Result<NoteRef, AccessError> {
        let text = text.trim();
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(AccessError::LongText {
                max: TEXT_CHARS_MAX,
            });
        }
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| KeyError::NoRandomness)?;
        let mut transaction = self.ledger().pool().begin().await?;
        let key = self.key_in(&mut transaction, author).await?;
        let sealed = key.seal("note", &format!("{}\n{text}", hex::encode(salt)))?;
        // An update that changes nothing, so that the row that stands is answered.
        let kept: Vec<u8> = sqlx::query_scalar(
            "insert into people.notes (note_id, author_id, sealed) values ($1, $2, $3) \
             on conflict (note_id) do update set author_id = people.notes.author_id \
             returning sealed",
        )
        .bind(id.0)
        .bind(author.0)
        .bind(sealed)
        .fetch_one(&mut *transaction)
        .await?;
        let opened = key.open("note", &kept)?;
        transaction.commit().await?;
        let commitment = committed(&opened).ok_or(AccessError::BrokenNote)?;
        Ok(NoteRef { id, commitment })
    }

    /// What the note that an event names says.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be read or does not open.
    pub async fn note(&self, named: &NoteRef) -> Result<Note, AccessError> {
        let row: Option<(uuid::Uuid, Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "select n.author_id, k.sealed_key, n.sealed \
             from people.notes n join people.keys k on k.person_id = n.author_id \
             where n.note_id = $1",
        )
        .bind(named.id.0)
        .fetch_optional(self.ledger().pool())
        .await?;
        let Some((author, sealed_key, sealed)) = row else {
            return Ok(Note::Erased);
        };
        let key = self.keys().person_key(PersonId(author), &sealed_key)?;
        let opened = key.open("note", &sealed)?;
        if committed(&opened).as_ref() != Some(&named.commitment) {
            return Ok(Note::Altered);
        }
        let words = opened.split_once('\n').map(|(_, words)| words.to_owned());
        words.map(Note::Words).ok_or(AccessError::BrokenNote)
    }
}

/// The commitment of what was sealed: the salt in hexadecimal digits, a line's end, the text.
fn committed(opened: &str) -> Option<Code> {
    let (salt, text) = opened.split_once('\n')?;
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(hex::decode(salt).ok()?);
    hash.update(text);
    Code::new(hex::encode(hash.finalize())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of docs/formats/dispute.md.
    #[test]
    fn the_commitment_is_that_of_the_documents() {
        let opened = format!("{}\nПоказание не моё", "07".repeat(SALT_BYTES));
        let commitment = committed(&opened).expect("a commitment");
        assert_eq!(commitment.as_str(), VECTOR);
    }

    const VECTOR: &str = "e7b592da98e328334f95d94d8b5e9569c98067c402abdad88104cf106e174903";
}
