//! Decimal arithmetic by hand on digits of any number, slow and plain.

use std::cmp::Ordering;
use std::fmt;

use rust_decimal::Decimal;

/// Digits from the lowest, a scale and a sign; in lowest terms.
pub(super) struct Number {
    negative: bool,
    digits: Vec<u8>,
    scale: usize,
}

impl Number {
    pub(super) fn of(value: Decimal) -> Self {
        let text = value.to_string();
        let unsigned = text.trim_start_matches('-');
        let scale = unsigned
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len());
        let digits = unsigned
            .bytes()
            .rev()
            .filter(u8::is_ascii_digit)
            .map(|byte| byte - b'0');
        Self {
            negative: text.starts_with('-'),
            digits: digits.collect(),
            scale,
        }
        .lowest_terms()
    }

    /// Significant digits.
    pub(super) fn digits(&self) -> usize {
        self.digits.len()
    }

    pub(super) fn scale(&self) -> usize {
        self.scale
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let scale = self.scale.max(other.scale);
        let (left, right) = (self.digits_at(scale), other.digits_at(scale));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, sum(&left, &right))
        } else if compare(&left, &right) == Ordering::Less {
            (other.negative, difference(&right, &left))
        } else {
            (self.negative, difference(&left, &right))
        };
        Self {
            negative,
            digits,
            scale,
        }
        .lowest_terms()
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut digits = Vec::new();
        for (zeros, digit) in other.digits.iter().enumerate() {
            for _ in 0..*digit {
                let mut shifted = vec![0; zeros];
                shifted.extend(&self.digits);
                digits = sum(&digits, &shifted);
            }
        }
        let (negative, scale) = (self.negative != other.negative, self.scale + other.scale);
        Self {
            negative,
            digits,
            scale,
        }
        .lowest_terms()
    }

    fn digits_at(&self, scale: usize) -> Vec<u8> {
        let mut digits = vec![0; scale - self.scale];
        digits.extend(&self.digits);
        digits
    }

    fn lowest_terms(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        while self.scale > 0 && self.digits.first() == Some(&0) {
            self.digits.remove(0);
            self.scale -= 1;
        }
        if self.digits.is_empty() {
            (self.negative, self.scale) = (false, 0);
        }
        self
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = self.digits.clone();
        digits.resize(digits.len().max(self.scale + 1), 0);
        f.write_str(if self.negative { "-" } else { "" })?;
        for (place, digit) in digits.iter().enumerate().rev() {
            write!(f, "{digit}")?;
            if place == self.scale && place > 0 {
                f.write_str(".")?;
            }
        }
        Ok(())
    }
}

fn digit(digits: &[u8], place: usize) -> u8 {
    digits.get(place).copied().unwrap_or(0)
}

fn sum(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let places = 0..=left.len().max(right.len());
    let digits = places.map(|place| {
        let column = digit(left, place) + digit(right, place) + carry;
        carry = column / 10;
        column % 10
    });
    digits.collect()
}

/// `left - right`, where `left` is not the smaller.
fn difference(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let places = 0..left.len().max(right.len());
    let digits = places.map(|place| {
        let column = 10 + digit(left, place) - digit(right, place) - borrow;
        borrow = 1 - column / 10;
        column % 10
    });
    digits.collect()
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let mut places = (0..left.len().max(right.len())).rev();
    let unequal = places.find(|place| digit(left, *place) != digit(right, *place));
    unequal.map_or(Ordering::Equal, |place| {
        digit(left, place).cmp(&digit(right, place))
    })
}
