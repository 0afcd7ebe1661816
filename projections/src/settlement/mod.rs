//! What a period costs: volumes, shares and money by the rules in force.
//!
//! Two questions are asked of a [`HouseBook`], the fold of the events of one book:
//!
//! * [`settle()`]: what the period costs as the book stands, whatever was closed and billed before;
//! * [`close()`]: everything that closing the period appends: gaps of it and of earlier periods,
//!   bills with adjustments, totals. It is told also for a period that cannot be closed yet
//!   ([`Closing::blocking`] says why), so that a preliminary bill can be shown.

mod absence;
mod accounts;
mod adjustment;
mod average;
mod checklist;
mod closing;
mod common;
mod distributors;
mod exact_volume;
mod facts;
mod fold;
mod fold_house;
pub mod formulas;
mod gap_choice;
mod gap_list;
mod gap_runs;
mod gaps;
mod gas;
mod handover;
mod heat;
mod heat_contract;
mod heat_correction;
mod heat_even;
mod heat_gaps;
mod heat_norm;
mod heat_weather;
mod house;
mod house_gaps;
mod impact;
mod individual;
mod interference;
mod local_rules;
pub(crate) mod model;
mod norms;
mod own_charges;
mod persons;
mod pricing;
mod problem;
mod production;
pub(crate) mod rates;
pub mod ratio;
mod reasons;
mod recheck;
mod room_shares;
mod rooms;
mod service;
mod settle;
pub(crate) mod settling;
mod sewage;
mod shadow;
mod since;
mod soi;
mod soi_year;
mod spread;
pub(crate) mod units;
mod unknown;
mod unmetered;

pub use checklist::{CheckedItem, Checklist, StageCheck, checklist};
pub use closing::{ENGINE, close};
pub use fold::HouseBook;
pub use gap_list::{Gap, GapList, GapState, Rung, gaps};
pub use heat_even::HEATING_OF_YEAR;
pub use heat_weather::OUTDOOR_TEMPERATURE;
pub use impact::{AccountImpact, Impact, ServiceFigures, ServiceImpact, impact};
pub use model::{
    AccountBill, AccountCharges, AccountNotice, Charge, Closing, CommonAccount, CommonBasis,
    CommonPart, ExactVolume, ExplainedLine, FilledGap, GapToRecord, HouseService,
    PremisesSettlement, Problem, ProblemKind, Settlement, SettlementError, Severity,
    VOLUME_DECIMALS, Vat,
};
pub use settle::settle;
pub use shadow::{Shadow, ShadowMonth, Supposed, SupposedPrice, SupposedRule, shadow};
pub use soi_year::{SoiMonth, SoiYear, soi_year};
