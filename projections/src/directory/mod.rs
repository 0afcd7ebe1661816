//! Directory of a book: which premises, accounts, points and meters it speaks of, by the names
//! that people and files use.

pub mod fold;
