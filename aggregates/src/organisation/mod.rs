//! Организация.

pub mod command;
pub mod error;
pub mod event;
pub mod registration;

use chrono::NaiveDate;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::dated::DatedRows;
use crate::ledger::LedgerAggregate;
use crate::organisation::command::OrganisationCommand;
use crate::organisation::error::OrganisationError;
use crate::organisation::event::OrganisationEvent;
use crate::organisation::registration::{Inn, Kpp, Ogrn};
use crate::text::Label;

/// A company: УК, РСО, service company, billing centre.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    registered: Option<Registered>,
    names: DatedRows<Label>,
}

/// What the organisation was registered with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Registered {
    name: Label,
    inn: Inn,
    kpp: Option<Kpp>,
    ogrn: Option<Ogrn>,
}

type Outcome = Result<Vec<OrganisationEvent>, OrganisationError>;

impl Organisation {
    /// Whether it is registered.
    pub fn is_registered(&self) -> bool {
        self.registered.is_some()
    }

    /// ИНН, once registered.
    pub fn inn(&self) -> Option<&Inn> {
        self.registered.as_ref().map(|known| &known.inn)
    }

    /// Name on `date`.
    pub fn name_on(&self, date: NaiveDate) -> Option<&Label> {
        self.names
            .on(date)
            .or(self.registered.as_ref().map(|known| &known.name))
    }

    fn register(&self, given: Registered) -> Outcome {
        check_numbers(&given)?;
        let Some(known) = &self.registered else {
            let Registered {
                name,
                inn,
                kpp,
                ogrn,
            } = given;
            return Ok(vec![OrganisationEvent::OrganisationRegistered {
                name,
                inn,
                kpp,
                ogrn,
            }]);
        };
        if known.inn != given.inn {
            return Err(OrganisationError::AnotherInn {
                recorded: known.inn.as_str().to_owned(),
                given: given.inn.as_str().to_owned(),
            });
        }
        match difference(known, &given) {
            Some(difference) => Err(difference),
            None => Ok(Vec::new()),
        }
    }

    fn rename(&self, name: Label, from: NaiveDate) -> Outcome {
        if self.registered.is_none() {
            return Err(OrganisationError::NotRegistered);
        }
        if self.names.has_from(from, &name) {
            return Ok(Vec::new());
        }
        match self.names.rows().iter().find(|row| row.from == from) {
            Some(row) => Err(OrganisationError::RenamedThatDay {
                from,
                recorded: row.value.to_string(),
            }),
            None => Ok(vec![OrganisationEvent::OrganisationRenamed { name, from }]),
        }
    }

    fn decide(&self, command: OrganisationCommand) -> Outcome {
        match command {
            OrganisationCommand::RegisterOrganisation {
                name,
                inn,
                kpp,
                ogrn,
            } => self.register(Registered {
                name,
                inn,
                kpp,
                ogrn,
            }),
            OrganisationCommand::RenameOrganisation { name, from } => self.rename(name, from),
        }
    }
}

/// A legal person has 10 digits in its ИНН, a КПП and 13 in its ОГРН; ИП has 12, none and 15.
fn check_numbers(given: &Registered) -> Result<(), OrganisationError> {
    let legal_person = given.inn.as_str().len() == 10;
    let refuse = |field| OrganisationError::NumbersDisagree {
        field,
        inn: given.inn.as_str().to_owned(),
    };
    if given.kpp.is_some() && !legal_person {
        return Err(refuse("КПП"));
    }
    match &given.ogrn {
        Some(ogrn) if (ogrn.as_str().len() == 13) != legal_person => Err(refuse("ОГРН")),
        _ => Ok(()),
    }
}

fn difference(known: &Registered, given: &Registered) -> Option<OrganisationError> {
    let text = |number: Option<&str>| number.unwrap_or("нет").to_owned();
    let fields = [
        (
            "наименование",
            known.name.to_string(),
            given.name.to_string(),
        ),
        (
            "КПП",
            text(known.kpp.as_ref().map(Kpp::as_str)),
            text(given.kpp.as_ref().map(Kpp::as_str)),
        ),
        (
            "ОГРН",
            text(known.ogrn.as_ref().map(Ogrn::as_str)),
            text(given.ogrn.as_ref().map(Ogrn::as_str)),
        ),
    ];
    fields
        .into_iter()
        .find(|(_, recorded, given)| recorded != given)
        .map(
            |(field, recorded, given)| OrganisationError::RegisteredDifferently {
                field,
                recorded,
                given,
            },
        )
}

impl Aggregate for Organisation {
    const TYPE: &'static str = "organisation";
    type Command = OrganisationCommand;
    type Event = OrganisationEvent;
    type Error = OrganisationError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            OrganisationEvent::OrganisationRegistered {
                name,
                inn,
                kpp,
                ogrn,
            } => {
                self.registered = Some(Registered {
                    name,
                    inn,
                    kpp,
                    ogrn,
                });
            }
            OrganisationEvent::OrganisationRenamed { name, from } => {
                self.names.record_from(from, name);
            }
        }
    }
}

impl LedgerAggregate for Organisation {
    const STATE_VERSION: u32 = 1;
}
