use aggregates::organisation::Organisation;
use aggregates::organisation::command::OrganisationCommand as Command;
use aggregates::organisation::error::OrganisationError as Error;
use aggregates::organisation::event::OrganisationEvent as Event;
use aggregates::organisation::registration::{Inn, Kpp, Ogrn};

use crate::support::*;

const SBERBANK: &str = "7707083893";

fn inn(text: &str) -> Inn {
    Inn::new(text).expect("an ИНН")
}

fn registered() -> Event {
    Event::OrganisationRegistered {
        name: label("ПАО Сбербанк"),
        inn: inn(SBERBANK),
        kpp: Some(Kpp::new("773601001").expect("a КПП")),
        ogrn: Some(Ogrn::new("1027700132195").expect("an ОГРН")),
    }
}

fn register(name: &str, number: &str, kpp: Option<&str>, ogrn: Option<&str>) -> Command {
    Command::RegisterOrganisation {
        name: label(name),
        inn: inn(number),
        kpp: kpp.map(|kpp| Kpp::new(kpp).expect("a КПП")),
        ogrn: ogrn.map(|ogrn| Ogrn::new(ogrn).expect("an ОГРН")),
    }
}

fn register_sberbank() -> Command {
    register(
        "ПАО Сбербанк",
        SBERBANK,
        Some("773601001"),
        Some("1027700132195"),
    )
}

fn rename(name: &str, from: &str) -> Command {
    Command::RenameOrganisation {
        name: label(name),
        from: date(from),
    }
}

fn renamed(name: &str, from: &str) -> Event {
    Event::OrganisationRenamed {
        name: label(name),
        from: date(from),
    }
}

#[tokio::test]
async fn it_is_registered_once() {
    emits::<Organisation>(vec![], register_sberbank(), vec![registered()]).await;
}

#[tokio::test]
async fn another_inn_is_another_organisation() {
    let error = Error::AnotherInn {
        recorded: SBERBANK.into(),
        given: "7736050003".into(),
    };
    let command = register("ПАО Газпром", "7736050003", None, None);
    refuses::<Organisation>(vec![registered()], command, error).await;
}

#[tokio::test]
async fn registering_with_other_data_is_refused_by_field() {
    let differing = |field, recorded: &str, given: &str| Error::RegisteredDifferently {
        field,
        recorded: recorded.into(),
        given: given.into(),
    };
    let cases = [
        (
            register("Сбер", SBERBANK, Some("773601001"), Some("1027700132195")),
            differing("наименование", "ПАО Сбербанк", "Сбер"),
        ),
        (
            register("ПАО Сбербанк", SBERBANK, None, Some("1027700132195")),
            differing("КПП", "773601001", "нет"),
        ),
        (
            register("ПАО Сбербанк", SBERBANK, Some("773601001"), None),
            differing("ОГРН", "1027700132195", "нет"),
        ),
    ];
    for (command, error) in cases {
        refuses::<Organisation>(vec![registered()], command, error).await;
    }
}

#[tokio::test]
async fn numbers_belong_to_one_kind_of_taxpayer() {
    // A valid ИНН of a natural person: its two check digits fit.
    let natural = "500100732259";
    let disagree = |field, inn: &str| Error::NumbersDisagree {
        field,
        inn: inn.into(),
    };
    let with_kpp = register("ИП", natural, Some("773601001"), None);
    refuses::<Organisation>(vec![], with_kpp, disagree("КПП", natural)).await;
    let with_legal_ogrn = register("ИП", natural, None, Some("1027700132195"));
    refuses::<Organisation>(vec![], with_legal_ogrn, disagree("ОГРН", natural)).await;
    let legal_with_ogrnip = register("ООО", SBERBANK, None, Some("304500116000157"));
    refuses::<Organisation>(vec![], legal_with_ogrnip, disagree("ОГРН", SBERBANK)).await;
}

#[tokio::test]
async fn it_changes_its_name_from_a_day_on() {
    let then = vec![renamed("Сбер", "2026-03-01")];
    emits::<Organisation>(vec![registered()], rename("Сбер", "2026-03-01"), then).await;
    let state = folded::<Organisation>(vec![registered(), renamed("Сбер", "2026-03-01")]);
    assert_eq!(
        state.name_on(date("2026-02-28")),
        Some(&label("ПАО Сбербанк"))
    );
    assert_eq!(state.name_on(date("2026-03-01")), Some(&label("Сбер")));
    assert_eq!(state.inn().map(Inn::as_str), Some(SBERBANK));
}

#[tokio::test]
async fn registering_again_after_a_change_of_name_is_nothing_new() {
    let given = vec![registered(), renamed("Сбер", "2026-03-01")];
    repeats::<Organisation>(given, register_sberbank()).await;
}

#[tokio::test]
async fn a_name_needs_an_organisation_and_a_day_of_its_own() {
    refuses::<Organisation>(vec![], rename("Сбер", "2026-03-01"), Error::NotRegistered).await;
    let given = vec![registered(), renamed("Сбер", "2026-03-01")];
    let error = Error::RenamedThatDay {
        from: date("2026-03-01"),
        recorded: "Сбер".into(),
    };
    refuses::<Organisation>(given, rename("Сбербанк", "2026-03-01"), error).await;
}
