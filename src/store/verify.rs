//! Checking a book against what it must be.
