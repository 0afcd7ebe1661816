//! `known_at` and `since`: a position of the book, or an instant.

use chrono::DateTime;

use crate::api::fault::Fault;
use crate::store::books::Vantage;

/// The vantage that `text` names, or now where there is none.
pub(super) fn vantage(name: &str, text: Option<&str>) -> Result<Vantage, Fault> {
    let Some(text) = text else {
        return Ok(Vantage::Now);
    };
    if let Ok(position) = text.parse() {
        return Ok(Vantage::Position(position));
    }
    // An unescaped plus of an offset arrives as a space.
    let instant = DateTime::parse_from_rfc3339(&text.replace(' ', "+"));
    instant
        .map(|instant| Vantage::Instant(instant.to_utc()))
        .map_err(|_| {
            let detail = format!(
                "«{text}» — не позиция журнала и не момент с часовым поясом, например \
                 2026-11-24T12:00:00+05:00"
            );
            Fault::bad_parameter(name, detail)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vantage> {
        vantage("known_at", Some(text)).ok()
    }

    #[test]
    fn a_number_is_a_position() {
        assert_eq!(read("17"), Some(Vantage::Position(17)));
        assert_eq!(vantage("known_at", None).ok(), Some(Vantage::Now));
    }

    #[test]
    fn an_instant_needs_its_offset_and_may_have_lost_its_plus() {
        let instant = read("2026-11-24T07:00:00Z");
        assert!(matches!(instant, Some(Vantage::Instant(_))));
        assert_eq!(read("2026-11-24T12:00:00+05:00"), instant);
        assert_eq!(read("2026-11-24T12:00:00 05:00"), instant);
        assert_eq!(read("2026-11-24T12:00:00"), None);
        assert_eq!(read("вчера"), None);
    }
}
