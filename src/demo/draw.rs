//! Numbers that look drawn by lot and are the same on every run.

use std::ops::RangeInclusive;

/// The start of every draw: the ASCII bytes of `Ekat2025`. Changing it changes every reading.
const SEED: u64 = 0x456B_6174_3230_3235;

/// What a draw is for; two purposes never share their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Purpose {
    WaterShift = 1,
    WaterSpread,
    ElectricityShift,
    ElectricitySpread,
    ElectricitySeries,
    Residents,
    HouseLoss,
    WarmSpell,
    WarmDay,
    ReadingDay,
    ReadingHour,
    ReadingMinute,
}

/// One step of SplitMix64 (Steele, Lea, Flood, 2014).
pub(crate) const fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Draws a number of `range` for `purpose` and what it is drawn for (house, flat, month...).
///
/// The bias of the remainder is below 2⁻³², far under anything a demonstration shows.
pub(super) fn draw(purpose: Purpose, subject: &[u32], range: RangeInclusive<u32>) -> u32 {
    let start = split_mix(SEED ^ split_mix(purpose as u64));
    let mixed = subject
        .iter()
        .fold(start, |state, part| split_mix(state ^ u64::from(*part)));
    let width = u64::from(range.end().saturating_sub(*range.start())) + 1;
    // The remainder is below 2³² + 1 and the offset brings it back to the end of the range.
    u32::try_from(u64::from(*range.start()) + mixed % width).unwrap_or(*range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_mix_matches_the_published_first_value() {
        assert_eq!(split_mix(0), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn draws_stay_within_the_range_and_reach_both_ends() {
        let seen: Vec<u32> = (0..1000)
            .map(|n| draw(Purpose::ReadingDay, &[n], 18..=25))
            .collect();
        assert_eq!(
            (seen.iter().min(), seen.iter().max()),
            (Some(&18), Some(&25))
        );
    }

    #[test]
    fn purposes_do_not_share_numbers() {
        let wide = 0..=u32::MAX;
        assert_ne!(
            draw(Purpose::WaterShift, &[0, 1], wide.clone()),
            draw(Purpose::WaterSpread, &[0, 1], wide)
        );
    }
}
