//! Decimal numbers as people write them, read exactly or refused; never rounded.

use aggregates::quantity::exact;
use rust_decimal::Decimal;

/// Why a text is not a plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotANumber {
    /// Below zero.
    Negative,
    /// With an exponent, as in `1e5`.
    Exponent,
    /// Spaces that do not part thousands, as in `12 5`.
    StraySpaces,
    /// Both a comma and a dot, or one of them twice.
    SeveralSeparators,
    /// A comma or a dot without digits on both its sides.
    DanglingSeparator,
    /// More digits than are kept exactly (28).
    TooLong,
    /// Letters or other signs.
    ForeignSign(char),
}

impl NotANumber {
    /// The stable word for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Negative => "value.negative",
            Self::Exponent => "value.exponent",
            Self::TooLong => "value.too_long",
            _ => "value.not_a_number",
        }
    }

    /// What is wrong with it, to follow the quoted text and a dash.
    pub(crate) fn what_ru(self) -> String {
        match self {
            Self::Negative => "отрицательное число, а счётчик меньше нуля не показывает".to_owned(),
            Self::Exponent => {
                "запись с показателем степени: точные цифры в ней потеряны".to_owned()
            }
            Self::StraySpaces => "пробел внутри числа не отделяет тысячи".to_owned(),
            Self::SeveralSeparators => "в числе больше одной запятой или точки".to_owned(),
            Self::DanglingSeparator => "рядом с запятой или точкой нет цифр".to_owned(),
            Self::TooLong => "больше 28 цифр, точно столько не хранится".to_owned(),
            Self::ForeignSign(sign) => format!("в числе посторонний знак {sign:?}"),
        }
    }

    /// How to mend it.
    pub(crate) fn remedy_ru(self) -> &'static str {
        match self {
            Self::Negative => "Сверьте показание с прибором и впишите его без знака минус.",
            Self::Exponent => "Впишите показание всеми цифрами, как на приборе, например 100000.",
            Self::StraySpaces => "Уберите пробелы или поставьте запятую: 12,5 вместо «12 5».",
            Self::SeveralSeparators => "Оставьте одну запятую — перед дробной частью: 1234,5.",
            Self::DanglingSeparator => "Допишите цифры: 0,5 вместо «,5»; 12 вместо «12,».",
            Self::TooLong => "Впишите показание так, как оно стоит на приборе.",
            Self::ForeignSign(_) => {
                "Оставьте только цифры и запятую; единицу впишите в столбец «Единица» или в \
                 заголовок."
            }
        }
    }
}

/// Reads a plain non-negative decimal: digits, at most one comma or dot, spaces of any kind only
/// between thousands.
pub(crate) fn read_decimal(text: &str) -> Result<Decimal, NotANumber> {
    let text = text.trim();
    check_signs(text)?;
    let (whole, fraction) = split_at_separator(text)?;
    let digits = join_thousands(whole)?;
    let plain = match fraction {
        None => digits,
        Some(fraction) => format!("{digits}.{fraction}"),
    };
    exact::parse(&plain).map_err(|_| NotANumber::TooLong)
}

/// Spaces that people and programs put between thousands, the no-break ones included.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control()
}

fn check_signs(text: &str) -> Result<(), NotANumber> {
    if text.starts_with(['-', '−', '–']) {
        return Err(NotANumber::Negative);
    }
    let foreign = |c: &char| !(c.is_ascii_digit() || *c == ',' || *c == '.' || is_space(*c));
    match text.chars().find(foreign) {
        Some('e' | 'E') if looks_like_exponent(text) => Err(NotANumber::Exponent),
        Some(sign) => Err(NotANumber::ForeignSign(sign)),
        None => Ok(()),
    }
}

/// Whether this is a number as Excel shortens it: `1,23457E+12`.
pub(crate) fn looks_like_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let all_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    all_digits(exponent) && mantissa.starts_with(|c: char| c.is_ascii_digit())
}

fn split_at_separator(text: &str) -> Result<(&str, Option<&str>), NotANumber> {
    let Some((whole, fraction)) = text.split_once([',', '.']) else {
        return Ok((text, None));
    };
    if fraction.contains([',', '.']) {
        return Err(NotANumber::SeveralSeparators);
    }
    if fraction.contains(is_space) {
        return Err(NotANumber::StraySpaces);
    }
    if fraction.is_empty() || !whole.ends_with(|c: char| c.is_ascii_digit()) {
        return Err(NotANumber::DanglingSeparator);
    }
    Ok((whole, Some(fraction)))
}

/// Joins `1 234 567`; a group after the first has exactly three digits.
fn join_thousands(whole: &str) -> Result<String, NotANumber> {
    let groups: Vec<&str> = whole.split(is_space).collect();
    let first_fits = groups.len() == 1 || (1..=3).contains(&groups[0].len());
    let rest_fit = groups.iter().skip(1).all(|group| group.len() == 3);
    if whole.is_empty() {
        return Err(NotANumber::DanglingSeparator);
    }
    if !(first_fits && rest_fit) {
        return Err(NotANumber::StraySpaces);
    }
    Ok(groups.concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a decimal of the test")
    }

    #[test]
    fn commas_dots_and_thousands_are_read() {
        assert_eq!(read_decimal("123,45"), Ok(decimal("123.45")));
        assert_eq!(read_decimal("00123.450"), Ok(decimal("123.450")));
        assert_eq!(
            read_decimal("1\u{a0}234\u{202f}567,891"),
            Ok(decimal("1234567.891"))
        );
        assert_eq!(read_decimal(" 0 "), Ok(decimal("0")));
    }

    #[test]
    fn what_is_not_a_plain_number_is_named() {
        assert_eq!(read_decimal("12.5.3"), Err(NotANumber::SeveralSeparators));
        assert_eq!(read_decimal("1,234.5"), Err(NotANumber::SeveralSeparators));
        assert_eq!(read_decimal("1e5"), Err(NotANumber::Exponent));
        assert_eq!(read_decimal("1,5E+06"), Err(NotANumber::Exponent));
        assert_eq!(read_decimal("-5"), Err(NotANumber::Negative));
        assert_eq!(read_decimal("−5"), Err(NotANumber::Negative));
        assert_eq!(read_decimal("12 5"), Err(NotANumber::StraySpaces));
        assert_eq!(read_decimal("1 234,5 6"), Err(NotANumber::StraySpaces));
        assert_eq!(read_decimal(",5"), Err(NotANumber::DanglingSeparator));
        assert_eq!(read_decimal("12,"), Err(NotANumber::DanglingSeparator));
        assert_eq!(read_decimal("123 м³"), Err(NotANumber::ForeignSign('м')));
        assert_eq!(read_decimal("12E"), Err(NotANumber::ForeignSign('E')));
        assert_eq!(read_decimal("1٣"), Err(NotANumber::ForeignSign('٣')));
    }

    #[test]
    fn more_digits_than_fit_are_refused_not_rounded() {
        assert_eq!(read_decimal(&"9".repeat(40)), Err(NotANumber::TooLong));
        assert_eq!(
            read_decimal(&format!("0,{}1", "0".repeat(28))),
            Err(NotANumber::TooLong)
        );
    }

    fn with_thousands(whole: &str, space: char) -> String {
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(space);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// Plain, no-break, narrow no-break and thin.
    const SPACES: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];

    proptest! {
        #[test]
        fn every_decimal_reads_back_exactly(
            mantissa in 0u64..=u64::MAX,
            scale in 0u32..=9,
            comma in any::<bool>(),
            space in prop::option::of(prop::sample::select(SPACES.to_vec())),
        ) {
            let value = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
            let printed = value.to_string();
            let (whole, fraction) = printed.split_once('.').unwrap_or((printed.as_str(), ""));
            let mut text = space.map_or_else(|| whole.to_owned(), |s| with_thousands(whole, s));
            if !fraction.is_empty() {
                text.push(if comma { ',' } else { '.' });
                text.push_str(fraction);
            }
            prop_assert_eq!(read_decimal(&text), Ok(value));
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            read_decimal(&text).ok();
        }
    }
}
