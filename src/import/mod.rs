//! Taking data in from files: reading tables, reporting on every row, showing progress.
//!
//! [`table`] turns the bytes of a CSV or XLSX file into typed rows and knows nothing of houses or
//! meters; [`report`] collects what became of each row; [`progress`] draws a bar on a terminal.

pub mod balances;
pub mod bill;
pub mod house;
pub mod progress;
pub mod readings;
pub mod report;
pub mod table;
