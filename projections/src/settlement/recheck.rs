//! What the check of a meter found (п. 61).

use std::collections::BTreeMap;

use aggregates::text::Code;

use crate::consumption::MeteredPart;
use crate::settlement::individual::Sum;
use crate::settlement::model::SettlementError;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;

/// What a control reading showed against a submitted one that was charged (п. 61).
#[derive(Clone, Debug, Default)]
pub(crate) struct Recheck {
    pub(crate) volume: Ratio,
    /// By register.
    pub(crate) registers: BTreeMap<Code, Ratio>,
}

impl Settling<'_> {
    /// Notes what a control reading showed against a submitted one.
    pub(super) fn add_recheck(
        &self,
        part: &MeteredPart,
        sum: &mut Sum,
    ) -> Result<(), SettlementError> {
        let unit = sum.unit;
        let recheck = sum.recheck.get_or_insert_default();
        if let Some(volume) = part.volume.known() {
            recheck.volume = &recheck.volume + self.amount(volume, unit)?;
        }
        for register in &part.registers {
            if let Some(volume) = register.volume.known() {
                let known = recheck.registers.entry(register.register.clone());
                let known = known.or_default();
                *known = &*known + self.amount(volume, unit)?;
            }
        }
        Ok(())
    }
}
