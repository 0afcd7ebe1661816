//! What is special in the three houses: the cases that real houses bring.

use chrono::NaiveDate;

/// The tower on ул. Степана Разина, 107А к. 2.
pub(super) const TOWER: u8 = 0;
/// The four-section house on ул. Щорса, 103: two inputs of water, offices on the ground floor.
pub(super) const SECTIONS: u8 = 1;
/// The five-storey house on ул. Цвиллинга, 18.
pub(super) const FIVE_STOREYS: u8 = 2;

/// The communal flat, in [`FIVE_STOREYS`].
pub(super) const COMMUNAL_FLAT: u16 = 12;
/// Its rooms with the residents of each.
pub(super) const COMMUNAL_ROOMS: [(&str, u16); 3] = [("1", 1), ("2", 2), ("3", 1)];
/// The flat with its own boiler, in [`FIVE_STOREYS`].
pub(super) const BOILER_FLAT: u16 = 33;
/// The flat without meters, with an act of technical impossibility, in [`FIVE_STOREYS`].
pub(super) const UNMETERED_FLAT: u16 = 57;
/// The flat without water meters although nothing hinders them, in [`FIVE_STOREYS`]: it pays by the
/// norm with the multiplier.
pub(super) const MULTIPLIED_FLAT: u16 = 58;
/// The office whose cold water the supplier reads and bills itself, in [`SECTIONS`].
pub(super) const OFFICE: &str = "офис 1";
/// The flat whose hot-water meter passes zero in spring 2026, in [`TOWER`].
pub(super) const ROLLOVER_FLAT: u16 = 64;
/// The flat whose cold-water meter is replaced, in [`SECTIONS`].
pub(super) const REPLACED_FLAT: u16 = 118;

/// Flats whose paper forms of October 2026 lay in the box until November, in [`SECTIONS`].
pub(super) const PAPER_FLATS: [u16; 4] = [5, 61, 133, 247];

/// The flat whose reading of October 2026 was mistyped, in [`SECTIONS`]: a correction follows.
pub(super) const MISTYPED_FLAT: u16 = 21;
/// The flat that sent the reading of another meter in October 2026, in [`SECTIONS`].
pub(super) const WITHDRAWN_FLAT: u16 = 90;
/// The flat that lost the decimal comma in February 2026, in [`TOWER`].
pub(super) const COMMA_FLAT: u16 = 45;
/// The flat that sent a date of the year 2027, in [`TOWER`].
pub(super) const FUTURE_FLAT: u16 = 46;
/// When the successor of the meter in [`REPLACED_FLAT`] was put in; the old one left on the 13th.
pub(super) const REPLACED_ON: NaiveDate = day(2026, 5, 15);
/// When the cold-water meter of [`TOWER`] itself was replaced.
pub(super) const HOUSE_REPLACED_ON: NaiveDate = day(2026, 7, 10);
/// Our own intake did not work from the evening of this day, in [`TOWER`].
pub(super) const INTAKE_OUTAGE: (NaiveDate, NaiveDate) = (day(2025, 12, 24), day(2025, 12, 26));

/// Category of all flats by which norms and prices are chosen: bath, hot water, electric stove.
pub(super) const AMENITIES: &str = "bath-hot-water-electric-stove";

/// When the house came into the ledger's care.
pub(super) const TAKEN_OVER: NaiveDate = day(2025, 10, 1);

/// A date written in this folder.
pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date written in the plan")
}

/// Area of a flat, in tenths of a square metre: what its place on the floor gives.
pub(super) fn flat_area_tenths(house: u8, flat: u16) -> i64 {
    const TENTHS: [i64; 7] = [312, 428, 441, 543, 587, 639, 746];
    TENTHS[usize::from(flat + u16::from(house)) % TENTHS.len()]
}

/// Whether a flat has no meters of water at all.
pub(super) fn is_without_water_meters(house: u8, flat: u16) -> bool {
    house == FIVE_STOREYS && (flat == UNMETERED_FLAT || flat == MULTIPLIED_FLAT)
}

/// Number of the account of a flat.
pub(super) fn account_number(house: u8, flat: u16) -> String {
    format!("{}{flat:05}", 70 + house)
}

/// Serial number of an individual meter: kind, house and flat make it unique.
pub(super) fn serial(kind: u32, house: u8, flat: u16, generation: u32) -> String {
    format!(
        "{kind}{generation}{house}{:05}",
        u32::from(flat) * 37 + 10_000
    )
}

/// When the meter of a flat was put in: between 2020 and 2024, a working day.
pub(super) fn installed_on(kind: u32, flat: u16) -> NaiveDate {
    let spread = u64::from(flat) * 53 + u64::from(kind) * 311;
    day(2020, 11, 9) + chrono::Days::new(spread % 1_400 / 7 * 7)
}

/// What the meter showed when the house was taken over, in thousandths of its unit.
pub(super) fn opening_thousandths(kind: u32, house: u8, flat: u16) -> i64 {
    let spread = i64::from(flat) * 7_919 + i64::from(kind) * 104_729 + i64::from(house) * 1_299_709;
    (80_000 + spread % 420_000) / 1_000 * 1_000 + spread % 997
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn serials_do_not_repeat() {
        let mut seen = BTreeSet::new();
        for kind in 1..=3 {
            for house in 0..3 {
                for flat in 1..=400 {
                    assert!(seen.insert(serial(kind, house, flat, 1)));
                }
            }
        }
    }

    #[test]
    fn meters_were_put_in_before_the_house_was_taken_over() {
        assert!((1..=3).all(|kind| (1..=400).all(|flat| installed_on(kind, flat) < TAKEN_OVER)));
    }
}
