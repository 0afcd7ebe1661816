//! ЭнергоКабинет: everything that talks to the outside. What may happen lives in `aggregates`, what
//! it means in `projections`.

pub mod store;
