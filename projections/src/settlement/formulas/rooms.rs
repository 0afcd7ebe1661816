//! The part of a room in what its communal flat consumes (ПП 354 п. 50, прил. 2 ф. 7–9, 16, 17, 25,
//! 26). The parts of all rooms make up the flat exactly.

use aggregates::quantity::QuantityError;

use crate::settlement::ratio::Ratio;

/// What a room has of something that all rooms of the flat have together: persons or living area.
#[derive(Clone, Copy, Debug)]
pub struct RoomShare<'a> {
    /// Of the room.
    pub room: &'a Ratio,
    /// Of all rooms of the flat.
    pub all: &'a Ratio,
}

impl RoomShare<'_> {
    fn of(self, volume: &Ratio) -> Result<Ratio, QuantityError> {
        (volume * self.room).checked_div(self.all)
    }
}

/// Electricity of a communal flat in which every room has a meter.
#[derive(Clone, Copy, Debug)]
pub struct RoomMeters<'a> {
    /// By the room's meter.
    pub room: &'a Ratio,
    /// By the meters of all rooms.
    pub rooms: &'a Ratio,
    /// V_i, by the meter of the flat.
    pub flat: &'a Ratio,
}

/// Ф. 7, the volume: `V_i · n_j / n_i`: water, sewage, gas and electricity by persons; V_i of the
/// flat by its meter or by the norm (п. 42). Ф. 25 the same of both components of hot water.
///
/// ПП 354 п. 50, прил. 2 ф. 7; read in mybiblioteka.su/1-17580.html.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where nobody is counted in the flat.
pub fn formula_7(flat: &Ratio, persons: RoomShare<'_>) -> Result<Ratio, QuantityError> {
    persons.of(flat)
}

/// Ф. 8, the volume: `V_i · S_j / S_k`: heating by living area.
///
/// ПП 354 п. 50, прил. 2 ф. 8; read in mybiblioteka.su/1-17580.html.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the rooms have no area.
pub fn formula_8(flat: &Ratio, living: RoomShare<'_>) -> Result<Ratio, QuantityError> {
    living.of(flat)
}

/// Ф. 9, the volume: `V_j + (V_i − ΣV_j) · n_j / n_i`: electricity where every room has a meter and
/// the flat has one too. What the flat's meter counts beside them belongs to its common rooms.
///
/// ПП 354 п. 50, прил. 2 ф. 9, unverified.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where nobody is counted in the flat.
pub fn formula_9(meters: &RoomMeters<'_>, persons: RoomShare<'_>) -> Result<Ratio, QuantityError> {
    Ok(meters.room + persons.of(&(meters.flat - meters.rooms))?)
}

/// Ф. 17: `V_i · S_j / S_k`: the flat's part of the common volume (ф. 10–15) by living area; its
/// price makes ф. 16. Ф. 26 the same of both components of hot water.
///
/// ПП 354 прил. 2 ф. 16, 17, unverified.
///
/// # Errors
/// [`QuantityError::DivisionByZero`] where the rooms have no area.
pub fn formula_17(flat: &Ratio, living: RoomShare<'_>) -> Result<Ratio, QuantityError> {
    living.of(flat)
}
