//! The site for the managing company, suppliers, service companies and auditors: one file a page.

mod houses;
mod shell;
mod summary;

pages! {
    "/" => { get: summary::show },
    "/houses" => { get: houses::show },
}
