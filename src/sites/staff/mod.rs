//! The site for the managing company, suppliers, service companies and auditors: one file a page.

mod balance;
mod board;
mod choose;
mod closing;
mod dispute;
mod disputes;
mod entry;
mod gaps;
mod heat;
mod house;
mod houses;
mod journal;
mod lines;
mod meter;
mod meters;
mod shell;
mod summary;

pub(super) use summary::scope_title;

pages! {
    "/" => { get: summary::show },
    "/houses" => { get: houses::show },
    "/meters" => { get: choose::meters },
    "/readings" => { get: choose::readings },
    "/gaps" => { get: choose::gaps },
    "/balance" => { get: choose::balance },
    "/journal" => { get: choose::journal },
    "/closing" => { get: board::show },
    "/disputes" => { get: disputes::show },
    "/houses/{book}" => { get: house::overview },
    "/houses/{book}/meters" => { get: meters::show },
    "/houses/{book}/lines" => { get: lines::show, post: lines::act },
    "/houses/{book}/meters/{meter}" => { get: meter::show },
    "/houses/{book}/readings" => { get: heat::show },
    "/houses/{book}/entry" => { get: entry::show, post: entry::send },
    "/houses/{book}/gaps" => { get: gaps::show, post: gaps::decide },
    "/houses/{book}/balance" => { get: balance::show },
    "/houses/{book}/closing" => { get: closing::show, post: closing::act },
    "/houses/{book}/disputes/{dispute}" => { get: dispute::show, post: dispute::act },
    "/houses/{book}/journal" => { get: journal::show },
}
