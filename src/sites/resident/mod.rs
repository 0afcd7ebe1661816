//! The site for residents: one file a page.

mod bills;
mod contest;
mod disputes;
mod dom;
mod history;
mod home;
mod journal;
mod me;
mod meters;
mod prices;
mod receipt_file;
mod receipts;
mod reply;
mod service;
mod settings;
mod shell;
mod smart;
mod submit;
mod why;

pages! {
    "/" => { get: home::first },
    "/home/{premises}" => { get: meters::show },
    "/home/{premises}/submit" => { get: submit::show, post: submit::send },
    "/home/{premises}/answer" => { post: reply::send },
    "/home/{premises}/receipts" => { get: receipts::list },
    "/home/{premises}/receipts/{position}" => { get: receipts::show },
    "/home/{premises}/receipts/{position}/file" => { get: receipt_file::download },
    "/home/{premises}/history" => { get: history::show },
    "/home/{premises}/meters/{meter}/{period}" => { get: why::volume },
    "/home/{premises}/bills" => { get: bills::list },
    "/home/{premises}/bills/{period}" => { get: bills::show },
    "/home/{premises}/bills/{period}/{line}" => { get: why::line },
    "/home/{premises}/bills/{period}/{line}/dispute" => { get: contest::show, post: contest::send },
    "/home/{premises}/disputes" => { get: disputes::list },
    "/home/{premises}/disputes/{dispute}" => { get: disputes::show, post: disputes::act },
    "/home/{premises}/house" => { get: dom::show },
    "/home/{premises}/journal" => { get: journal::show },
    "/service" => { get: service::show },
    "/smart" => { get: smart::show },
    "/settings" => { get: settings::show },
    "/me" => { get: me::show },
    "/me/sessions" => { post: me::sign_out_everywhere },
}
