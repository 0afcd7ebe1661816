//! What residents read.

use aggregates::meter::Meter;
use aggregates::meter::reading::{Finding, Proposal, ValidationRule};
use aggregates::meter::submission::Outcome;
use aggregates::quantity::{Measure, Unit};

use crate::support::*;

#[tokio::test]
async fn a_step_back_is_explained_with_its_figures() {
    let given = with(
        standing(),
        [accepted("2026-03-25 10:00", "131.2", "2026-03")],
    );
    let event = answer(given, sent_water("2026-04-20 10:00", "120.5")).await;
    assert_eq!(Meter::outcome_of(&event), Some(Outcome::Held));
    assert_eq!(
        finding(&event, ValidationRule::V01).explain_ru(),
        "Показание 120,5 меньше предыдущего 131,2 (снято 25.03.2026). Проверьте цифры; если прибор \
         заменён или прошёл через ноль — укажите это.",
    );
}

#[tokio::test]
async fn a_late_reading_is_explained_with_its_period() {
    let event = answer(standing(), sent_water("2026-03-27 10:00", "105")).await;
    assert_eq!(Meter::outcome_of(&event), Some(Outcome::Flagged));
    assert_eq!(
        finding(&event, ValidationRule::V04).explain_ru(),
        "Показание получено 27.03.2026, после 25-го числа, поэтому учтено за апрель 2026. Делать \
         ничего не нужно.",
    );
}

#[tokio::test]
async fn high_use_is_explained_in_the_registers_unit() {
    let event = answer(year_of_use(4), sent_water("2026-01-20 10:00", "61")).await;
    let words = finding(&event, ValidationRule::V07).explain_ru();
    assert!(
        words.starts_with("Расход 13\u{a0}м³ за 31 дн. намного больше обычного"),
        "{words}"
    );
}

/// A finding without figures, written by a newer or an older version, is still readable.
#[test]
fn every_rule_has_words_even_without_figures() {
    use ValidationRule as V;
    let all = [
        V::V01,
        V::V02,
        V::V03,
        V::V04,
        V::V05,
        V::V06,
        V::V07,
        V::V08,
        V::V09,
        V::V10,
        V::V11,
        V::V12,
        V::V13,
        V::V14,
        V::V18,
        V::V25,
        V::V26,
        V::V28,
        V::V29,
    ];
    for rule in all {
        let words = Finding::new(rule).explain_ru();
        assert!(
            words.ends_with('.') && words.chars().count() > 20,
            "{rule:?}: {words}"
        );
    }
}

#[test]
fn proposals_say_what_a_tap_does() {
    let value = Measure::new(decimal("1234567.5"), Unit::CubicMetre);
    let words = Proposal::UseValue {
        register: code("t1"),
        value,
    }
    .explain_ru();
    assert_eq!(
        words,
        "Заменить на 1\u{202f}234\u{202f}567,5\u{a0}м³ (Т1 (день))"
    );
    let registers = vec![code("t2"), code("t3")];
    assert_eq!(
        Proposal::AddRegisters { registers }.explain_ru(),
        "Дописать: Т2 (ночь), Т3"
    );
    for proposal in [
        Proposal::ConfirmAsSent,
        Proposal::DeclareRollover {
            register: code("total"),
        },
        Proposal::RecordReplacement,
        Proposal::SwapWith { meter: PAIR },
        Proposal::Withdraw,
    ] {
        assert!(!proposal.explain_ru().is_empty());
    }
}

#[test]
fn other_events_take_in_no_reading() {
    assert_eq!(Meter::outcome_of(&registered(water())), None);
    assert_eq!(Outcome::Held.title_ru(), "ждёт подтверждения");
}
