//! ЭнергоКабинет.

pub mod embedded;
