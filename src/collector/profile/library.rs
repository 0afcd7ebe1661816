//! The profiles that come with the program.

use crate::collector::profile::{Profile, ProfileError};

/// Name and text of every profile, by name.
const TEXTS: [(&str, &str); 6] = [
    ("ml-dhm", include_str!("../profiles/ml-dhm.toml")),
    ("pd561z", include_str!("../profiles/pd561z.toml")),
    ("pzem-016", include_str!("../profiles/pzem-016.toml")),
    ("sdm120", include_str!("../profiles/sdm120.toml")),
    ("tsrv-024m", include_str!("../profiles/tsrv-024m.toml")),
    ("tv7", include_str!("../profiles/tv7.toml")),
];

/// All profiles, by name.
///
/// # Errors
/// [`ProfileError`]; a test holds that there is none.
pub fn all() -> Result<Vec<Profile>, ProfileError> {
    let profiles = TEXTS.iter().map(|(name, text)| Profile::parse(name, text));
    profiles.collect()
}

/// The profile of that name.
///
/// # Errors
/// [`ProfileError::Unknown`] with the names there are.
pub fn find(name: &str) -> Result<Profile, ProfileError> {
    match TEXTS.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => Profile::parse(name, text),
        None => Err(ProfileError::Unknown {
            name: name.to_owned(),
            known: TEXTS.map(|(known, _)| known).join(", "),
        }),
    }
}
