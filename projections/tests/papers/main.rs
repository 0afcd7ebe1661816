//! The payment document: what it prints, what it asks for, what it leaves to others.

mod dues;
mod payment;
