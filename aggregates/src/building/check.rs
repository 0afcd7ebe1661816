//! What a single figure or list given to a building must look like.

use std::collections::BTreeSet;

use crate::building::address::Address;
use crate::building::arrangement::SubmissionWindow;
use crate::building::error::BuildingError;
use crate::building::event::{ScopeMember, Sign};
use crate::building::{BalanceScope, Registered};
use crate::text::Code;
use crate::vocabulary::AdoptionSource;

pub(super) fn out_of_range(
    field: &'static str,
    given: String,
    least: i32,
    most: i32,
) -> BuildingError {
    BuildingError::OutOfRange {
        field,
        given,
        least,
        most,
    }
}

pub(super) fn check_size(field: &'static str, size: Option<u16>) -> Result<(), BuildingError> {
    match size.filter(|size| !(1..=200).contains(size)) {
        Some(size) => Err(out_of_range(field, size.to_string(), 1, 200)),
        None => Ok(()),
    }
}

pub(super) fn check_day(given: u8) -> Result<(), BuildingError> {
    match (1..=31).contains(&given) {
        true => Ok(()),
        false => Err(BuildingError::NoSuchDay { given }),
    }
}

pub(super) fn check_window(window: SubmissionWindow) -> Result<(), BuildingError> {
    let closes = window.closes_on_day;
    check_day(closes)?;
    let Some(opens) = window.opens_on_day else {
        return Ok(());
    };
    check_day(opens)?;
    match opens <= closes {
        true => Ok(()),
        false => Err(BuildingError::WindowReversed { opens, closes }),
    }
}

pub(super) fn check_scope(scope: &BalanceScope) -> Result<(), BuildingError> {
    if !scope.house.iter().any(|member| member.sign == Sign::Plus) {
        return Err(BuildingError::ScopeWithoutInput);
    }
    let mut seen = BTreeSet::new();
    let mut points = scope.house.iter().chain(&scope.members);
    match points.find(|ScopeMember { point, .. }| !seen.insert(*point)) {
        Some(member) => Err(BuildingError::ScopePointRepeated {
            point: member.point,
        }),
        None => Ok(()),
    }
}

/// Brings a set given as a list into one order and refuses what stands in it twice.
pub(super) fn sort_unique<T: Ord>(
    list: &mut [T],
    name: fn(&T) -> String,
) -> Result<(), BuildingError> {
    list.sort_unstable();
    match list.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(BuildingError::Repeated {
            what: name(&pair[0]),
        }),
        None => Ok(()),
    }
}

pub(super) fn has_digits(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit())
}

pub(super) fn check_address(address: &Address) -> Result<(), BuildingError> {
    let codes: [(&'static str, &Option<Code>, &[usize], &'static str); 3] = [
        ("индекс", &address.postal_code, &[6], "шесть цифр"),
        ("КЛАДР", &address.kladr, &[13, 17, 19], "13, 17 или 19 цифр"),
        ("ОКТМО", &address.oktmo, &[8, 11], "8 или 11 цифр"),
    ];
    for (field, code, lengths, expected) in codes {
        if let Some(code) = code
            .as_ref()
            .filter(|code| !has_digits(code.as_str(), lengths))
        {
            let given = code.to_string();
            return Err(BuildingError::AddressCode {
                field,
                given,
                expected,
            });
        }
    }
    match address.fias.filter(uuid::Uuid::is_nil) {
        Some(fias) => Err(BuildingError::AddressCode {
            field: "код ФИАС",
            given: fias.to_string(),
            expected: "GUID дома из реестра, не нулевой",
        }),
        None => Ok(()),
    }
}

pub(super) fn differing_field(known: &Registered, given: &Registered) -> Option<&'static str> {
    let same = [
        ("адрес", known.address == given.address),
        ("вид здания", known.kind == given.kind),
        ("часовой пояс", known.zone == given.zone),
        ("этажность", known.floors == given.floors),
        ("подъезды", known.entrances == given.entrances),
        ("год постройки", known.built_in == given.built_in),
    ];
    same.into_iter()
        .find(|(_, same)| !same)
        .map(|(field, _)| field)
}

pub(super) fn check_sha256(field: &'static str, given: &Code) -> Result<(), BuildingError> {
    let digits = given.as_str();
    match digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(BuildingError::NotASha256 {
            field,
            given: given.clone(),
        }),
    }
}

/// A place in another book is one.
pub(super) fn check_source(from: &AdoptionSource) -> Result<(), BuildingError> {
    match from {
        AdoptionSource::Book { position: 0, .. } => Err(BuildingError::AdoptedFromNowhere),
        AdoptionSource::Book { leaf_hash, .. } => check_sha256("хеш записи", leaf_hash),
        AdoptionSource::Organisation { .. } => Ok(()),
    }
}
