//! ЭнергоКабинет.

pub mod demo;
