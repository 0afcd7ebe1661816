//! What is wrong with a profile.

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML of the described form.
    #[error("профиль {name} не читается (описание: docs/formats/device-profile.md)")]
    Unreadable {
        /// Which profile.
        name: String,
        /// Where and what.
        #[source]
        source: toml::de::Error,
    },
    /// A register contradicts itself or another.
    #[error("профиль {profile}, {register} по адресу {address}: {problem}")]
    Register {
        /// Which profile.
        profile: String,
        /// Which register, as `quantity (channel)`.
        register: String,
        /// Its address.
        address: u16,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// The profile as a whole.
    #[error("профиль {profile}: {problem}")]
    Whole {
        /// Which profile.
        profile: String,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// Nobody has written one of this name.
    #[error("профиля «{name}» нет; есть: {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}
