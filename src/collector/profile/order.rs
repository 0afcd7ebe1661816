//! The order of words and bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In which order the bytes of a number travel, told by the four letters that a number of two
/// registers would show; a number of any length is the same choice of word and byte order.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Order {
    /// High word first, high byte first: what the standard says of one register.
    #[default]
    Abcd,
    /// Low word first, high byte first.
    Cdab,
    /// High word first, low byte first.
    Badc,
    /// Low word first, low byte first.
    Dcba,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Abcd, Self::Cdab, Self::Badc, Self::Dcba];

    /// The bytes of a number, the most significant first.
    pub fn number_bytes(self, words: &[u16]) -> Vec<u8> {
        match self {
            Self::Abcd | Self::Badc => self.text_bytes(words),
            Self::Cdab | Self::Dcba => {
                let turned: Vec<u16> = words.iter().rev().copied().collect();
                self.text_bytes(&turned)
            }
        }
    }

    /// The bytes of what is written from left to right, a text or a date: of this order only that
    /// of the bytes in a word matters.
    pub fn text_bytes(self, words: &[u16]) -> Vec<u8> {
        let bytes = |word: &u16| match self {
            Self::Abcd | Self::Cdab => word.to_be_bytes(),
            Self::Badc | Self::Dcba => word.to_le_bytes(),
        };
        words.iter().flat_map(bytes).collect()
    }
}
