//! The site for the managing company, suppliers, service companies and auditors: one file a page.

mod houses;
mod shell;
mod summary;

pub(super) use summary::scope_title;

pages! {
    "/" => { get: summary::show },
    "/houses" => { get: houses::show },
}
