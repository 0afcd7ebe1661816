use aggregates::ids::PersonId;
use aggregates::rule::RuleConfirmation;
use aggregates::rule_book::RuleBook;
use aggregates::rule_book::command::RuleBookCommand as Command;
use aggregates::rule_book::error::RuleBookError as Error;
use aggregates::rule_book::event::RuleBookEvent as Event;
use aggregates::text::Code;

use crate::support::*;

fn rule() -> Code {
    code(&"ab".repeat(32))
}

fn by(office: &str) -> RuleConfirmation {
    RuleConfirmation {
        person: PersonId(id(20)),
        office: label(office),
        source: label("КонсультантПлюс"),
        on: date("2026-03-12"),
    }
}

fn confirm(office: &str) -> Command {
    Command::ConfirmRule {
        rule: rule(),
        parameter: code("multiplier"),
        confirmation: by(office),
    }
}

fn confirmed(office: &str) -> Event {
    Event::RuleConfirmed {
        rule: rule(),
        parameter: code("multiplier"),
        confirmation: by(office),
    }
}

fn withdraw(office: &str) -> Command {
    Command::WithdrawRuleConfirmation {
        rule: rule(),
        withdrawal: by(office),
    }
}

fn withdrawn(office: &str) -> Event {
    Event::RuleConfirmationWithdrawn {
        rule: rule(),
        withdrawal: by(office),
    }
}

const ACCOUNTANT: &str = "главный бухгалтер ООО «УК Тест»";

#[tokio::test]
async fn a_row_is_confirmed_once_by_somebody() {
    emits::<RuleBook>(vec![], confirm(ACCOUNTANT), vec![confirmed(ACCOUNTANT)]).await;
    let error = Error::ConfirmedAlready {
        by: by(ACCOUNTANT).to_string(),
    };
    refuses::<RuleBook>(vec![confirmed(ACCOUNTANT)], confirm("юрист"), error).await;
    let command = Command::ConfirmRule {
        rule: code("ab"),
        parameter: code("multiplier"),
        confirmation: by(ACCOUNTANT),
    };
    refuses::<RuleBook>(vec![], command, Error::NotASha256 { rule: code("ab") }).await;
    let state = folded::<RuleBook>(vec![confirmed(ACCOUNTANT)]);
    assert_eq!(state.confirmation_of(&rule()), Some(&by(ACCOUNTANT)));
}

#[tokio::test]
async fn a_confirmation_is_taken_back_and_given_anew() {
    let known = || vec![confirmed(ACCOUNTANT)];
    emits::<RuleBook>(known(), withdraw("юрист"), vec![withdrawn("юрист")]).await;
    refuses::<RuleBook>(vec![], withdraw("юрист"), Error::NotConfirmed).await;
    let gone = || vec![confirmed(ACCOUNTANT), withdrawn("юрист")];
    assert_eq!(folded::<RuleBook>(gone()).confirmation_of(&rule()), None);
    emits::<RuleBook>(gone(), confirm("юрист"), vec![confirmed("юрист")]).await;
}
