//! Given/when/then for every rule of the aggregates that stand beside the meter: each command, each
//! refusal, each repetition.

mod access_grant;
mod account;
mod account_bills;
mod account_instalments;
mod building;
mod building_periods;
mod building_stages;
mod closing_batch;
mod correction;
mod dated;
mod dispute;
mod metering_point;
mod organisation;
mod premises;
mod rule_book;
mod support;
mod tariff_book;
