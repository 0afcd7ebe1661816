//! A menu word that needs a house: the houses to choose from, or the only one at once.

use askama::Template;
use axum::extract::State;

use crate::access::policy::Right;
use crate::sites::Front;
use crate::sites::answer::{Answer, page, see};
use crate::sites::front::Signed;
use crate::sites::staff::shell::Shell;
use crate::sites::staff::summary::addresses;

#[derive(Template)]
#[template(path = "sites/staff/choose.html", config = ".askama.toml")]
struct ChoosePage {
    shell: Shell,
    title: &'static str,
    lead: &'static str,
    houses: Vec<(String, String)>,
}

/// A word of the menu.
struct Word {
    key: &'static str,
    title: &'static str,
    lead: &'static str,
    right: Right,
}

async fn choose(front: &Front, signed: &Signed, word: Word) -> Answer {
    let permits = signed.viewer.houses(word.right);
    if permits.is_empty() {
        // There are houses, but the role does not go so far.
        if let Some(any) = signed.viewer.houses(Right::SeeHouse).first() {
            signed.viewer.house(any.book(), word.right)?;
        }
    }
    if let [only] = permits.as_slice() {
        return see(&format!("/houses/{}/{}", only.book(), word.key));
    }
    let link = |(book, address): (aggregates::ids::BookId, String)| {
        (format!("/houses/{book}/{}", word.key), address)
    };
    page(&ChoosePage {
        shell: Shell::new(signed, word.key, word.title),
        title: word.title,
        lead: word.lead,
        houses: addresses(front, &permits)
            .await?
            .into_iter()
            .map(link)
            .collect(),
    })
}

/// `GET /meters`
pub(super) async fn meters(State(front): State<Front>, signed: Signed) -> Answer {
    let word = Word {
        key: "meters",
        title: "Приборы",
        lead: "Где стоит, что показал последним, до какого дня поверен.",
        right: Right::SeeMeters,
    };
    choose(&front, &signed, word).await
}

/// `GET /readings`
pub(super) async fn readings(State(front): State<Front>, signed: Signed) -> Answer {
    let word = Word {
        key: "readings",
        title: "Показания",
        lead: "Карта показаний по месяцам: буква — откуда, штриховка — рассчитано.",
        right: Right::SeeReadings,
    };
    choose(&front, &signed, word).await
}

/// `GET /gaps`
pub(super) async fn gaps(State(front): State<Front>, signed: Signed) -> Answer {
    let word = Word {
        key: "gaps",
        title: "Пробелы",
        lead: "Чего не хватает до закрытия месяца и чем это заполнить.",
        right: Right::SeeGaps,
    };
    choose(&front, &signed, word).await
}

/// `GET /balance`
pub(super) async fn balance(State(front): State<Front>, signed: Signed) -> Answer {
    let word = Word {
        key: "balance",
        title: "Баланс",
        lead: "Сколько пришло в дом, сколько учтено внутри, что осталось и почему.",
        right: Right::SeeBalance,
    };
    choose(&front, &signed, word).await
}

/// `GET /journal`
pub(super) async fn journal(State(front): State<Front>, signed: Signed) -> Answer {
    let word = Word {
        key: "journal",
        title: "Журнал",
        lead: "Каждая запись дома: что, когда, кто, с каким отпечатком.",
        right: Right::SeeJournal,
    };
    choose(&front, &signed, word).await
}
