//! What a person types to sign in: a telephone or an e-mail, in one form.

/// A telephone as `+7…` or an e-mail in small letters. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Login(String);

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(…)")
    }
}

/// Longest login, in bytes.
const BYTES_MAX: usize = 254;

impl Login {
    /// The login that `text` is, however it is written; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > BYTES_MAX {
            return None;
        }
        match text.contains('@') {
            true => email(text),
            false => phone(text),
        }
    }

    /// In its one form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn email(text: &str) -> Option<Login> {
    let (name, host) = text.rsplit_once('@')?;
    let is_whole = !name.is_empty() && host.contains('.') && !host.starts_with('.');
    let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    (is_whole && is_plain).then(|| Login(text.to_lowercase()))
}

fn phone(text: &str) -> Option<Login> {
    let is_written = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-()".contains(c);
    if !text.chars().all(is_written) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match (digits.len(), digits.as_bytes().first()) {
        (10, _) => Some(Login(format!("+7{digits}"))),
        (11, Some(b'7' | b'8')) => Some(Login(format!("+7{}", &digits[1..]))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_telephone_has_one_form() {
        for text in [
            "+7 (912) 345-67-89",
            "89123456789",
            "9123456789",
            " 8 912 345 67 89 ",
        ] {
            let login = Login::parse(text).expect("a telephone");
            assert_eq!(login.as_str(), "+79123456789", "{text}");
        }
    }

    #[test]
    fn an_e_mail_is_read_in_any_case() {
        let login = Login::parse(" Anna.I@Example.RU ").expect("an e-mail");
        assert_eq!(login.as_str(), "anna.i@example.ru");
        for text in ["", "anna", "@example.ru", "a@b", "a b@example.ru", "12345"] {
            assert_eq!(Login::parse(text), None, "{text}");
        }
    }
}
