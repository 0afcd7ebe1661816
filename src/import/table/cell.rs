//! One cell, whichever file it comes from.

use std::borrow::Cow;

use chrono::{NaiveDateTime, NaiveTime};

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing, or spaces only.
    Empty,
    /// A text, trimmed; from CSV every cell is one.
    Text(&'a str),
    /// A number of a sheet, as its shortest decimal form.
    Number(&'a SheetNumber),
    /// A date or a date with time of a sheet, to the second.
    Moment(NaiveDateTime),
    /// What Excel shows instead of a value, for example `#N/A`.
    Broken(&'a str),
}

/// A number of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SheetNumber {
    /// The shortest decimal that names the stored binary number: for every number that was typed
    /// in with at most 15 digits this is what was typed.
    pub(crate) text: String,
    /// The moment this number would be as a date, if it lies within 1990–2100.
    pub(crate) as_moment: Option<NaiveDateTime>,
    /// Whether the number is whole and small enough for every digit to be certain.
    pub(crate) is_exact_whole: bool,
}

/// Whole numbers from here on are no longer told apart by Excel (15 significant digits).
pub(crate) const EXACT_WHOLE_LIMIT: f64 = 1e15;

impl<'a> Cell<'a> {
    /// The cell of a text file.
    pub(crate) fn of_text(text: &'a str) -> Self {
        match text.trim() {
            "" => Self::Empty,
            trimmed => Self::Text(trimmed),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The cell as a reader of the sheet would see it.
    pub(crate) fn shown(&self) -> Cow<'a, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Broken(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Borrowed(&number.text),
            Self::Moment(at) if at.time() == NaiveTime::MIN => {
                Cow::Owned(at.format("%d.%m.%Y").to_string())
            }
            Self::Moment(at) => Cow::Owned(at.format("%d.%m.%Y %H:%M:%S").to_string()),
        }
    }
}

/// At most this many characters of a cell are quoted in a message.
const QUOTED_LIMIT: usize = 40;

/// A cell for a message: one line, shortened.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut chars = text.trim().chars().map(plain);
    let mut shown: String = chars.by_ref().take(QUOTED_LIMIT).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    format!("«{shown}»")
}
