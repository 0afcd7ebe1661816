//! Values of registers: found by name, brought to the register's unit, put in its order.

use rust_decimal::Decimal;

use crate::meter::error::MeterError;
use crate::meter::reading::RegisterValue;
use crate::meter::state::{Registered, Values};
use crate::quantity::{Measure, Unit};
use crate::text::Code;

/// Why a list of values does not fit the meter's registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ValueFault {
    Unknown {
        register: Code,
    },
    Duplicate {
        register: Code,
    },
    WrongUnit {
        register: Code,
        expected: Unit,
        given: Unit,
    },
}

impl Registered {
    /// `values` in the registers' units and order.
    pub(super) fn arrange(&self, values: &[RegisterValue]) -> Result<Values, ValueFault> {
        let mut arranged = vec![None; self.registers.len()];
        for given in values {
            let register = given.register.clone();
            let Some(index) = self.index_of(&register) else {
                return Err(ValueFault::Unknown { register });
            };
            if arranged[index].is_some() {
                return Err(ValueFault::Duplicate { register });
            }
            arranged[index] = Some(self.in_unit_of(index, given.value)?);
        }
        Ok(arranged)
    }

    fn in_unit_of(&self, index: usize, value: Measure) -> Result<Decimal, ValueFault> {
        let spec = &self.registers[index];
        let wrong_unit = |_| ValueFault::WrongUnit {
            register: spec.name.clone(),
            expected: spec.unit,
            given: value.unit(),
        };
        value
            .convert(spec.unit)
            .map(Measure::value)
            .map_err(wrong_unit)
    }

    /// `values` as they stand in events.
    pub(super) fn spell(&self, values: &Values) -> Vec<RegisterValue> {
        let spell = |(index, value): (usize, &Option<Decimal>)| {
            let spec = &self.registers[index];
            value.map(|value| RegisterValue {
                register: spec.name.clone(),
                value: Measure::new(value, spec.unit),
            })
        };
        values.iter().enumerate().filter_map(spell).collect()
    }

    /// `values` of an event, which are in the registers' units; a stray register is passed over.
    pub(super) fn recall(&self, values: &[RegisterValue]) -> Values {
        let mut recalled = vec![None; self.registers.len()];
        for stated in values {
            if let Some(index) = self.index_of(&stated.register) {
                recalled[index] = Some(stated.value.value());
            }
        }
        recalled
    }

    /// Values of an act of installation or removal: exactly one a cumulative register.
    pub(super) fn arrange_all_cumulative(
        &self,
        values: &[RegisterValue],
    ) -> Result<Values, MeterError> {
        let arranged = self.arrange(values).map_err(|fault| self.refuse(fault))?;
        for index in self.cumulative() {
            let register = || self.registers[index].name.clone();
            match arranged[index] {
                None => {
                    return Err(MeterError::MissingRegister {
                        register: register(),
                    });
                }
                Some(value) if value < Decimal::ZERO => {
                    return Err(MeterError::NegativeValue {
                        register: register(),
                    });
                }
                Some(_) => {}
            }
        }
        Ok(arranged)
    }

    /// The fault as a refusal of a command that is no reading.
    pub(super) fn refuse(&self, fault: ValueFault) -> MeterError {
        match fault {
            ValueFault::Unknown { register } => MeterError::UnknownRegister {
                register,
                known: self.names(),
            },
            ValueFault::Duplicate { register } => MeterError::DuplicateRegister { register },
            ValueFault::WrongUnit {
                register,
                expected,
                given,
            } => MeterError::WrongUnit {
                register,
                expected,
                given,
            },
        }
    }
}
