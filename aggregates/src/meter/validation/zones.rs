//! V06: every tariff zone is given, or the draft is kept and the rest asked for.

use crate::meter::reading::{Finding, Proposal, ValidationRule};
use crate::meter::validation::{Case, Verdict};
use crate::text::Code;

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    let missing: Vec<Code> = case
        .registered
        .required()
        .into_iter()
        .filter(|register| case.values[*register].is_none())
        .map(|register| case.spec(register).name.clone())
        .collect();
    if missing.is_empty() {
        return;
    }
    let names: Vec<&str> = missing.iter().map(Code::as_str).collect();
    let finding = Finding::new(ValidationRule::V06)
        .with("problem", "missing")
        .with("registers", names.join(","));
    verdict.ask(finding);
    verdict.propose(Proposal::AddRegisters { registers: missing });
    verdict.propose(Proposal::Withdraw);
}
