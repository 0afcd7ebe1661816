//! What a period costs: volumes, shares and money by the rules in force.

pub mod formulas;
pub mod ratio;
