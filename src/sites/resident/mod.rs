//! The site for residents: one file a page.

mod home;
mod me;
mod meters;
mod prices;
mod shell;

pages! {
    "/" => { get: home::first },
    "/home/{premises}" => { get: meters::show },
    "/me" => { get: me::show },
    "/me/sessions" => { post: me::sign_out_everywhere },
}
