//! What a period costs, as far as the book knows.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::calendar;
use crate::rules::{Edition, Parameter};
use crate::settlement::fold::HouseBook;
use crate::settlement::gap_choice::Trial;
use crate::settlement::house::HouseVolume;
use crate::settlement::model::{ProblemKind, Settlement, SettlementError, Severity};
use crate::settlement::service::OwnOf;
use crate::settlement::settling::{Place, Settling};

/// Resources in an order in which each finds what it needs of the others: sewage is the sum of the
/// waters, heat may be told only with the hot water.
const ORDER: [Resource; 7] = [
    Resource::ColdWater,
    Resource::HotWater,
    Resource::Sewage,
    Resource::Heat,
    Resource::Electricity,
    Resource::Gas,
    Resource::Cooling,
];

/// Settles a period as the book stands: every resource with an arrangement on the period's last
/// day, every premises, every account. What was closed and billed before does not matter, but for
/// the calculated volumes on record; a period that lacks readings is filled, and the fillings are
/// told as [`Settlement::gaps`].
///
/// # Errors
/// [`SettlementError`] where there is nothing to tell. What is merely missing is a
/// [`Problem`](crate::settlement::Problem) of the answer.
pub fn settle(
    book: &HouseBook,
    period: Period,
    edition: &Edition,
) -> Result<Settlement, SettlementError> {
    settle_trying(book, period, edition, None)
}

/// The same with a method of filling gaps tried out in the place of decisions.
pub(crate) fn settle_trying(
    book: &HouseBook,
    period: Period,
    edition: &Edition,
    trial: Option<&Trial>,
) -> Result<Settlement, SettlementError> {
    // A copy of its own: what other settlements ask of the edition is not noted here.
    let asked = edition.clone();
    let mut settling = Settling::new(book, period, &asked)?;
    settling.trial = trial;
    settling.check_arrangements()?;
    settling.check_parts();
    settling.check_rules()?;
    let mut own = OwnOf::new();
    let mut house: BTreeMap<Resource, HouseVolume> = BTreeMap::new();
    let mut services = Vec::new();
    for resource in ORDER {
        let arrangement = book.house.arrangement_on(resource, period.last_day());
        if let Some(arrangement) = arrangement {
            services.push(settling.service(resource, arrangement, &mut own, &mut house)?);
        }
    }
    services.sort_by_key(|service| service.resource);
    let accounts = settling.accounts(&services)?;
    settling.ask_of_gaps();
    settling
        .problems
        .sort_by_key(|problem| (problem.severity, problem.kind));
    Ok(Settlement {
        period,
        position: book.position(),
        edition: edition.name(),
        edition_hash: edition.hash().to_owned(),
        services,
        accounts,
        gaps: settling.gaps,
        problems: settling.problems,
        rules: rules(asked.asked(), &settling.rules),
    })
}

/// The rows that were asked here, and of other months on the way, each once.
fn rules<'r>(here: impl Iterator<Item = &'r Parameter>, elsewhere: &[Parameter]) -> Vec<Parameter> {
    let mut rows: Vec<Parameter> = here.cloned().collect();
    for row in elsewhere {
        if !rows.iter().any(|known| known.id == row.id) {
            rows.push(row.clone());
        }
    }
    rows
}

impl Settling<'_> {
    /// A resource that is metered in the house and has no arrangement is an error, never a guess
    /// (rules 0.2).
    fn check_arrangements(&mut self) -> Result<(), SettlementError> {
        let consumption = &self.book.balance.consumption;
        let (start, end) = calendar::bounds(self.period, self.zone)?;
        let mut metered = BTreeSet::new();
        for (point, stays) in &consumption.stays {
            let Some(facts) = consumption.points.get(point) else {
                continue;
            };
            let stands = stays.iter().any(|(meter, index)| {
                let stay = consumption
                    .meter(*meter)
                    .and_then(|meter| meter.stays.get(*index));
                stay.is_some_and(|stay| {
                    let gone = stay
                        .removal
                        .as_ref()
                        .is_some_and(|removal| removal.at <= start);
                    stay.from < end && !gone
                })
            });
            if stands {
                metered.insert(facts.resource);
            }
        }
        for resource in metered {
            let arranged = self.book.house.arrangement_on(resource, self.last_day());
            if arranged.is_none() {
                let place = Place {
                    resource: Some(resource),
                    premises: None,
                };
                let text = format!(
                    "ресурс в доме измеряется, а договорённости на {} нет (кто исполнитель, кто \
                     выставляет счёт): внесите её",
                    crate::text::day(self.last_day())
                );
                let kind = ProblemKind::NoArrangement;
                self.note(Severity::Blocking, kind, place, text, Vec::new());
            }
        }
        Ok(())
    }

    /// An override that cannot be used is told, not guessed at: the common rule holds.
    fn check_rules(&mut self) -> Result<(), SettlementError> {
        for unusable in self.book.unusable_rules()? {
            let text = format!(
                "изменение правила для дома не применено, действует общее правило: {}",
                unusable.error
            );
            let kind = ProblemKind::RuleUnusable;
            self.flag(kind, Place::default(), text, vec![unusable.event]);
        }
        Ok(())
    }

    /// What lies in other premises and is no room is a part of them and has no charges of its own.
    fn check_parts(&mut self) {
        let book = self.book;
        for (id, premises) in &book.premises {
            let is_room = self.is_residential(premises);
            if premises.part_of.is_none() || is_room || !book.accounts_of.contains_key(id) {
                continue;
            }
            let place = Place {
                resource: None,
                premises: Some((*id, premises)),
            };
            let text = "часть другого помещения отдельно не рассчитывается: её счёт останется без \
                        начислений";
            let events = vec![premises.registered.event];
            self.flag(ProblemKind::RoomNotSettled, place, text, events);
        }
    }
}
