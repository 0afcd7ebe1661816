//! A state of a house that is kept and read again is the state itself.

use projections::settlement::HouseBook;
use serde::{Deserialize, Serialize};

/// Written and read as the program keeps it between settlements. Every settlement of these tests
/// is told from a state that went through here.
pub(crate) fn kept(house: &HouseBook) -> HouseBook {
    let mut state = Vec::new();
    let mut writer = rmp_serde::Serializer::new(&mut state).with_struct_map();
    house.serialize(&mut writer).expect("a state can be kept");
    let again = HouseBook::deserialize(&mut rmp_serde::Deserializer::new(state.as_slice()))
        .expect("a kept state can be read");
    assert!(again == *house, "a kept state is the state itself");
    again
}
