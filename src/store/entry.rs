//! The bytes that a leaf hash is taken over, and the commitments in them.
//!
//! `docs/formats/entry.md` describes the form for somebody who writes a verifier of their own; the
//! database computes the same in `ledger_append`, and tests hold the two together with the vectors
//! in `docs/formats/entry-vectors.json`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The largest integer that every JSON reader takes exactly (RFC 8785, RFC 7493): 2⁵³ − 1.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Which of the two texts of an event a commitment is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// What happened.
    Payload,
    /// Who asked, by which command.
    Metadata,
}

impl Label {
    fn as_str(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Metadata => "metadata",
        }
    }
}

/// The commitment to `body` under the event's `seed` (the column `salt`).
pub fn commitment(label: Label, seed: &[u8; 16], body: &str) -> [u8; 32] {
    let mut salt = Sha256::new();
    salt.update(b"energokabinet/salt/v1\0");
    salt.update(label.as_str());
    salt.update([0]);
    salt.update(seed);
    let salt = salt.finalize();
    let mut hash = Sha256::new();
    hash.update(b"energokabinet/commit/v1\0");
    hash.update(label.as_str());
    hash.update([0]);
    hash.update(&salt[..16]);
    hash.update(body.as_bytes());
    hash.finalize().into()
}

/// One entry of a book, as it is hashed.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The book.
    pub book: Uuid,
    /// The event's position, from 1.
    pub position: i64,
    /// When the book took it in, to the microsecond.
    pub recorded_at: DateTime<Utc>,
    /// When it was true, to the microsecond.
    pub effective_at: DateTime<Utc>,
    /// The aggregate's type.
    pub aggregate_type: &'a str,
    /// The aggregate's id.
    pub aggregate_id: &'a str,
    /// Place in the stream, from 1.
    pub sequence: i64,
    /// The event's type.
    pub event_type: &'a str,
    /// The version of its form.
    pub event_version: &'a str,
    /// The commitment to the payload.
    pub payload_commitment: [u8; 32],
    /// The commitment to the metadata.
    pub metadata_commitment: [u8; 32],
}

impl Entry<'_> {
    /// The twelve lines, each ended by LF.
    pub fn to_text(&self) -> String {
        format!(
            "energokabinet/entry/v1\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.book,
            self.position,
            utc(self.recorded_at),
            utc(self.effective_at),
            self.aggregate_type,
            self.aggregate_id,
            self.sequence,
            self.event_type,
            self.event_version,
            hex::encode(self.payload_commitment),
            hex::encode(self.metadata_commitment),
        )
    }

    /// `SHA-256(0x00 ‖ entry)`.
    pub fn leaf(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(self.to_text().as_bytes());
        hash.finalize().into()
    }
}

/// `2026-01-31T19:00:00.000000Z`.
pub(crate) fn utc(instant: DateTime<Utc>) -> impl std::fmt::Display {
    instant.format("%Y-%m-%dT%H:%M:%S%.6fZ")
}

/// Why an event cannot be kept as it is.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UnrecordableError {
    /// A number with a fraction or an exponent: another program would read another number.
    #[error("{path}: дробное число {number}; величины пишутся десятичными строками")]
    Fraction {
        /// Where in the JSON.
        path: String,
        /// The number.
        number: String,
    },
    /// An integer that not every reader takes exactly.
    #[error("{path}: целое {number} за пределами ±(2^53−1); пишите его строкой")]
    LargeInteger {
        /// Where in the JSON.
        path: String,
        /// The number.
        number: String,
    },
    /// A zero character, which PostgreSQL cannot hold as text.
    #[error("{path}: строка с нулевым символом")]
    ZeroCharacter {
        /// Where in the JSON.
        path: String,
    },
    /// The event does not serialise.
    #[error("не переводится в JSON: {0}")]
    NotJson(String),
    /// A name is empty, longer than 128 bytes or holds control characters.
    #[error("имя «{0}» не годится: нужно от 1 до 128 байт без управляющих символов")]
    BadName(String),
    /// A natural key is empty or, with its stream, longer than 512 bytes, or holds a zero
    /// character.
    #[error("естественный ключ «{0}» не годится: вместе с потоком нужно от 1 до 512 байт")]
    BadNaturalKey(String),
    /// The book holds another event under the same natural key.
    #[error("факт «{0}» уже записан другим событием")]
    KnownNaturalKey(String),
    /// A fact before 1900 or after 2200.
    #[error("время факта {0} вне пределов 1900–2200 годов")]
    BadEffectiveTime(DateTime<Utc>),
}

/// The canonical JSON text (RFC 8785) of `value`, the form in which an event is kept and committed.
///
/// # Errors
/// A fraction, an integer beyond ±(2⁵³ − 1) or a zero character is refused, with its path.
pub fn canonical_json(value: &impl Serialize) -> Result<String, UnrecordableError> {
    let not_json = |error: &dyn std::error::Error| UnrecordableError::NotJson(error.to_string());
    let value = serde_json::to_value(value).map_err(|error| not_json(&error))?;
    check_portable(&value, &mut vec!["$".to_owned()])?;
    serde_json_canonicalizer::to_string(&value).map_err(|error| not_json(&error))
}

fn check_portable(value: &Value, path: &mut Vec<String>) -> Result<(), UnrecordableError> {
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => check_number(number, path),
        Value::String(text) => check_text(text, path),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(format!("[{index}]"));
                check_portable(item, path)?;
                path.pop();
            }
            Ok(())
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                path.push(format!(".{name}"));
                check_text(name, path)?;
                check_portable(field, path)?;
                path.pop();
            }
            Ok(())
        }
    }
}

fn check_number(number: &serde_json::Number, path: &[String]) -> Result<(), UnrecordableError> {
    let magnitude = number
        .as_u64()
        .or_else(|| number.as_i64().map(i64::unsigned_abs));
    match magnitude {
        Some(magnitude) if magnitude <= INTEGER_MAX => Ok(()),
        Some(_) => Err(UnrecordableError::LargeInteger {
            path: path.concat(),
            number: number.to_string(),
        }),
        None => Err(UnrecordableError::Fraction {
            path: path.concat(),
            number: number.to_string(),
        }),
    }
}

fn check_text(text: &str, path: &[String]) -> Result<(), UnrecordableError> {
    if text.contains('\0') {
        return Err(UnrecordableError::ZeroCharacter {
            path: path.concat(),
        });
    }
    Ok(())
}

/// A name that becomes a line of an entry.
pub(crate) fn check_name(name: &str) -> Result<(), UnrecordableError> {
    if name.is_empty() || name.len() > 128 || name.chars().any(|c| c.is_ascii_control()) {
        return Err(UnrecordableError::BadName(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn canonical_text_is_sorted_and_tight() {
        let text = canonical_json(&json!({"б": 1, "a": ["x", null, true], "aa": {"z": -5}}));
        assert_eq!(
            text.as_deref(),
            Ok(r#"{"a":["x",null,true],"aa":{"z":-5},"б":1}"#)
        );
    }

    #[test]
    fn fraction_is_refused_with_its_path() {
        let refused = canonical_json(&json!({"a": [0, {"b": 1.5}]}));
        let path = "$.a[1].b".to_owned();
        assert_eq!(
            refused,
            Err(UnrecordableError::Fraction {
                path,
                number: "1.5".to_owned()
            })
        );
    }

    #[test]
    fn integers_are_taken_up_to_2_to_the_53_less_one() {
        assert!(canonical_json(&json!(9_007_199_254_740_991_u64)).is_ok());
        assert!(canonical_json(&json!(-9_007_199_254_740_991_i64)).is_ok());
        for number in [
            json!(9_007_199_254_740_992_u64),
            json!(i64::MIN),
            json!(u64::MAX),
        ] {
            assert!(matches!(
                canonical_json(&number),
                Err(UnrecordableError::LargeInteger { .. })
            ));
        }
    }

    #[test]
    fn zero_character_is_refused_in_values_and_names() {
        for value in [json!({"a": "x\0"}), json!({"a\0": 1})] {
            assert!(matches!(
                canonical_json(&value),
                Err(UnrecordableError::ZeroCharacter { .. })
            ));
        }
    }
}
