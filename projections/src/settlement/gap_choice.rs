//! How somebody decided that gaps are filled, and who is asked.

use std::collections::BTreeSet;

use aggregates::building::event::{BuildingEvent, GapPolicy};
use aggregates::ids::MeterId;
use aggregates::meter::reading::ImputationMethod;
use uuid::Uuid;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::{Fact, GapDecision};
use crate::settlement::fold::HouseBook;
use crate::settlement::model::{FilledGap, ProblemKind};
use crate::settlement::settling::{Place, Settling};

impl HouseBook {
    /// What is decided of gaps.
    pub(super) fn apply_gaps(&mut self, event: &BuildingEvent, at: EventAt) {
        match event {
            BuildingEvent::GapDecided {
                meter,
                period,
                method,
                volumes,
                basis,
            } => {
                let decision = GapDecision {
                    method: *method,
                    is_by_paper: basis.is_some(),
                    volumes: volumes.clone(),
                };
                let key = (*meter, *period);
                self.house.gaps.insert(key, Fact::new(decision, at));
            }
            BuildingEvent::GapPolicySet { policy, from } => {
                self.house.gap_policy.insert(*from, Fact::new(*policy, at));
            }
            _ => {}
        }
    }

    /// What was decided of the gap of a meter in a period.
    pub(crate) fn gap_decision(
        &self,
        meter: MeterId,
        period: aggregates::time::Period,
    ) -> Option<&Fact<GapDecision>> {
        self.house.gaps.get(&(meter, period))
    }

    /// Who accepts how the gaps of a period are filled.
    pub(crate) fn gap_policy(&self, period: aggregates::time::Period) -> GapPolicy {
        let mut known = self.house.gap_policy.range(..=period);
        let last = known.next_back().map(|(_, fact)| fact.value);
        last.unwrap_or(GapPolicy::ByLaw)
    }
}

/// A method of filling gaps that is tried out on some meters; the others keep their decisions.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// The meters.
    pub(crate) meters: BTreeSet<MeterId>,
    /// Their method.
    pub(crate) method: ImputationMethod,
}

impl Settling<'_> {
    /// The method that is tried out on a meter.
    fn tried(&self, meter: MeterId) -> Option<ImputationMethod> {
        let trial = self.trial?;
        trial.meters.contains(&meter).then_some(trial.method)
    }

    /// Whether the norm is taken though an average may be there: tried out, or decided.
    pub(crate) fn is_norm_chosen(&self, meter: Uuid) -> bool {
        let decided = self.book.gap_decision(MeterId(meter), self.period);
        let decided = decided.filter(|fact| fact.value.is_by_paper);
        let tried = self.tried(MeterId(meter));
        let chosen = tried.or(decided.map(|fact| fact.value.method));
        chosen == Some(ImputationMethod::Norm)
    }

    /// The gap with the decision it was accepted by among what it rests on.
    pub(crate) fn with_decision(&self, mut gap: FilledGap) -> FilledGap {
        let decided = self.book.gap_decision(gap.meter, self.period);
        let Some(decided) = decided.filter(|_| self.tried(gap.meter).is_none()) else {
            return gap;
        };
        let step = Explanation::new("settlement.gap_decided", "способ принят решением");
        gap.because = gap.because.parts([step.events([decided.event])]);
        gap.inputs.push(decided.event);
        gap.inputs
            .sort_unstable_by_key(|event| (event.position, *event));
        gap
    }

    /// Gaps of which the proposal has moved since somebody decided; and where a person is asked of
    /// each, those that nobody decided.
    pub(crate) fn ask_of_gaps(&mut self) {
        let book = self.book;
        let is_asked = book.gap_policy(self.period) == GapPolicy::ByPerson;
        let gaps = self.gaps.clone();
        for gap in &gaps {
            let of_meter = gaps.iter().filter(|other| other.meter == gap.meter);
            let place = Place {
                resource: Some(gap.resource),
                premises: gap
                    .premises
                    .and_then(|id| Some((id, book.premises.get(&id)?))),
            };
            let (text, events) = match book.gap_decision(gap.meter, gap.period) {
                None if !is_asked => continue,
                None => (
                    format!("прибор {}: пробел не решён (`gaps accept`)", gap.serial),
                    Vec::new(),
                ),
                Some(decided) if !decided.value.is_of(of_meter) => (
                    format!(
                        "прибор {}: предложение с тех пор изменилось, решите пробел снова",
                        gap.serial
                    ),
                    vec![decided.event],
                ),
                Some(_) => continue,
            };
            self.flag(ProblemKind::GapUndecided, place, text, events);
        }
    }
}

impl GapDecision {
    /// Whether it was this proposal that was accepted: of all gaps of the meter in the period.
    pub(crate) fn is_of<'g>(&self, gaps: impl Iterator<Item = &'g FilledGap>) -> bool {
        let volumes: Vec<_> = gaps.flat_map(|gap| gap.volumes.iter().cloned()).collect();
        self.volumes == volumes
    }
}
