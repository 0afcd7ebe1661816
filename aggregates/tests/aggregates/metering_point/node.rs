//! Components with their verifications, admissions, losses to the boundary.

use super::*;

pub(super) fn install(name: &str, kind: ComponentKind, verified_until: Option<&str>) -> Command {
    Command::InstallComponent {
        component: code(name),
        kind,
        serial: label("000123"),
        verified_until: verified_until.map(date),
        at: at(PUT_IN),
    }
}

pub(super) fn installed(name: &str, kind: ComponentKind, verified_until: Option<&str>) -> Event {
    Event::ComponentInstalled {
        component: code(name),
        kind,
        serial: label("000123"),
        verified_until: verified_until.map(date),
        at: at(PUT_IN),
    }
}

pub(super) fn verify(name: &str, performed_on: &str, valid_until: &str) -> Command {
    Command::VerifyComponent {
        component: code(name),
        performed_on: date(performed_on),
        valid_until: date(valid_until),
        registry_record: Some(label("С-А/01-01-2025/1")),
    }
}

pub(super) fn verified(name: &str, performed_on: &str, valid_until: &str) -> Event {
    Event::ComponentVerified {
        component: code(name),
        performed_on: date(performed_on),
        valid_until: date(valid_until),
        registry_record: Some(label("С-А/01-01-2025/1")),
    }
}

pub(super) fn remove(name: &str, when: &str) -> Command {
    Command::RemoveComponent {
        component: code(name),
        at: at(when),
    }
}

pub(super) fn removed(name: &str, when: &str) -> Event {
    Event::ComponentRemoved {
        component: code(name),
        at: at(when),
    }
}

#[tokio::test]
pub(super) async fn components_have_names_of_their_own() {
    let calculator = installed("calculator", ComponentKind::Calculator, Some("2027-01-01"));
    let command = install("calculator", ComponentKind::Calculator, Some("2027-01-01"));
    emits::<MeteringPoint>(vec![node()], command, vec![calculator.clone()]).await;
    let other = install("calculator", ComponentKind::Modem, None);
    let error = Error::ComponentInstalled {
        component: code("calculator"),
    };
    refuses::<MeteringPoint>(vec![node(), calculator], other, error).await;
}

#[tokio::test]
async fn a_component_is_removed_once_and_its_name_is_free_again() {
    let calculator = installed("calculator", ComponentKind::Calculator, None);
    let given = vec![node(), calculator.clone()];
    let then = vec![removed("calculator", TAKEN_OUT)];
    emits::<MeteringPoint>(given.clone(), remove("calculator", TAKEN_OUT), then).await;
    let early = "2025-01-01T07:00:00Z";
    let error = Error::NotInOrder {
        at: at(early),
        last: at(PUT_IN),
    };
    refuses::<MeteringPoint>(given, remove("calculator", early), error).await;
    let missing = Error::NoSuchComponent {
        component: code("calculator"),
    };
    refuses::<MeteringPoint>(
        vec![node()],
        remove("calculator", TAKEN_OUT),
        missing.clone(),
    )
    .await;

    let given = vec![node(), calculator, removed("calculator", TAKEN_OUT)];
    let early = install("calculator", ComponentKind::Modem, None);
    let error = Error::NotInOrder {
        at: at(PUT_IN),
        last: at(TAKEN_OUT),
    };
    refuses::<MeteringPoint>(given.clone(), early, error).await;
    let command = verify("calculator", "2026-03-02", "2030-03-01");
    refuses::<MeteringPoint>(given, command, missing).await;
}

#[tokio::test]
async fn a_component_is_verified() {
    let given = vec![
        node(),
        installed("calculator", ComponentKind::Calculator, None),
    ];
    let command = verify("calculator", "2025-06-01", "2029-05-31");
    let event = verified("calculator", "2025-06-01", "2029-05-31");
    emits::<MeteringPoint>(given.clone(), command, vec![event]).await;
    let reversed = verify("calculator", "2025-06-01", "2025-06-01");
    let error = Error::VerificationReversed {
        performed_on: date("2025-06-01"),
        valid_until: date("2025-06-01"),
    };
    refuses::<MeteringPoint>(given, reversed, error).await;
    let missing = Error::NoSuchComponent {
        component: code("calculator"),
    };
    let command = verify("calculator", "2025-06-01", "2029-05-31");
    refuses::<MeteringPoint>(vec![node()], command, missing).await;
}

#[test]
fn the_earliest_expiry_of_a_component_rules_the_node() {
    let state = folded::<MeteringPoint>(vec![
        node(),
        installed("calculator", ComponentKind::Calculator, Some("2027-01-01")),
        installed("flow-1", ComponentKind::FlowPart, Some("2026-02-01")),
        installed("modem", ComponentKind::Modem, None),
        installed("pressure", ComponentKind::PressureSensor, None),
    ]);
    assert_eq!(state.node_out_of_order_since(date("2026-02-01")), None);
    assert_eq!(
        state.node_out_of_order_since(date("2026-02-02")),
        Some(date("2026-02-02"))
    );
    assert_eq!(
        state.node_out_of_order_since(date("2027-05-01")),
        Some(date("2026-02-02"))
    );
    let unknown: Vec<_> = state
        .components_without_verification_on(date("2026-01-01"))
        .collect();
    assert_eq!(
        unknown,
        [&code("pressure")],
        "what is not known is named, not guessed"
    );
}

#[test]
fn a_verification_puts_the_node_in_order_again() {
    let state = folded::<MeteringPoint>(vec![
        node(),
        installed("calculator", ComponentKind::Calculator, Some("2026-03-01")),
        installed("flow-1", ComponentKind::FlowPart, Some("2026-02-01")),
        verified("flow-1", "2026-04-01", "2030-03-31"),
        verified("calculator", "2026-05-01", "2030-04-30"),
    ]);
    let since = |day| state.node_out_of_order_since(date(day));
    assert_eq!(since("2026-02-15"), Some(date("2026-02-02")));
    // The flow part is in order again, the calculator is not: the run goes on unbroken.
    assert_eq!(since("2026-04-15"), Some(date("2026-02-02")));
    assert_eq!(since("2026-05-01"), None);
}

#[test]
fn a_removed_component_rules_nothing() {
    let state = folded::<MeteringPoint>(vec![
        node(),
        installed("flow-1", ComponentKind::FlowPart, Some("2026-02-01")),
        removed("flow-1", TAKEN_OUT),
    ]);
    assert_eq!(
        state.node_out_of_order_since(date("2026-02-28")),
        Some(date("2026-02-02"))
    );
    assert_eq!(state.node_out_of_order_since(date("2026-03-01")), None);
}

pub(super) fn admit(number: &str, validity: DateSpan) -> Command {
    Command::AdmitNode {
        act: act(number),
        validity,
    }
}

pub(super) fn admitted(number: &str, validity: DateSpan) -> Event {
    Event::NodeAdmitted {
        act: act(number),
        validity,
    }
}

pub(super) fn end_admission(on: &str) -> Command {
    Command::EndNodeAdmission {
        on: date(on),
        cause: code("seal_broken"),
        act: None,
    }
}

pub(super) fn admission_ended(on: &str) -> Event {
    Event::NodeAdmissionEnded {
        on: date(on),
        cause: code("seal_broken"),
        act: None,
    }
}

#[tokio::test]
async fn a_node_is_admitted_for_a_term() {
    let term = between("2025-09-01", "2026-09-01");
    emits::<MeteringPoint>(vec![node()], admit("9", term), vec![admitted("9", term)]).await;
    let given = vec![node(), admitted("9", term)];
    let error = Error::AdmittedThatDay {
        from: date("2025-09-01"),
    };
    refuses::<MeteringPoint>(given.clone(), admit("10", term), error).await;
    let corrected = between("2025-09-01", "2026-10-01");
    let then = vec![admitted("9", corrected)];
    emits::<MeteringPoint>(given, admit("9", corrected), then).await;
}

#[tokio::test]
async fn an_admission_ends_before_its_term_once() {
    let given = vec![node(), admitted("9", between("2025-09-01", "2026-09-01"))];
    let then = vec![admission_ended("2026-01-15")];
    emits::<MeteringPoint>(given.clone(), end_admission("2026-01-15"), then).await;
    let error = Error::NotAdmitted {
        on: date("2026-09-01"),
    };
    refuses::<MeteringPoint>(given.clone(), end_admission("2026-09-01"), error).await;
    let ended: Vec<_> = given
        .into_iter()
        .chain([admission_ended("2026-01-15")])
        .collect();
    let error = Error::AdmissionEnded {
        on: date("2026-01-15"),
    };
    refuses::<MeteringPoint>(ended.clone(), end_admission("2026-02-01"), error).await;
    let state = folded::<MeteringPoint>(ended);
    assert!(!state.is_admitted_on(date("2025-08-31")));
    assert!(state.is_admitted_on(date("2026-01-14")));
    assert!(!state.is_admitted_on(date("2026-01-15")));
}

#[test]
fn an_older_admission_does_not_come_back() {
    let state = folded::<MeteringPoint>(vec![
        node(),
        admitted("9", between("2025-09-01", "2029-09-01")),
        admitted("10", between("2026-01-01", "2029-01-01")),
        admission_ended("2026-06-01"),
    ]);
    assert!(state.is_admitted_on(date("2026-05-31")));
    assert!(!state.is_admitted_on(date("2026-06-01")));
}

pub(super) fn share_loss() -> BoundaryLoss {
    let percent = Percent::new("2.5".parse().expect("a number")).expect("per cent");
    BoundaryLoss::Share { percent }
}

pub(super) fn monthly(value: &str, unit: Unit) -> BoundaryLoss {
    BoundaryLoss::Monthly {
        amount: measure(value, unit),
    }
}

pub(super) fn set_loss(loss: BoundaryLoss) -> Command {
    Command::SetBoundaryLoss {
        loss,
        from: date("2026-01-01"),
        act: act("5"),
    }
}

pub(super) fn loss_set(loss: BoundaryLoss) -> Event {
    Event::BoundaryLossSet {
        loss,
        from: date("2026-01-01"),
        act: act("5"),
    }
}

#[tokio::test]
pub(super) async fn losses_to_the_boundary_belong_to_inputs() {
    for loss in [share_loss(), monthly("1.2", Unit::Gigacalorie)] {
        let then = vec![loss_set(loss.clone())];
        emits::<MeteringPoint>(vec![node()], set_loss(loss), then).await;
    }
    let flat = registered(Resource::Heat, Kind::Individual, Some(1));
    let error = Error::NoBoundary {
        kind: Kind::Individual,
    };
    refuses::<MeteringPoint>(vec![flat], set_loss(share_loss()), error).await;
    let negative = monthly("-1", Unit::Gigacalorie);
    let BoundaryLoss::Monthly { amount } = &negative else {
        unreachable!("it is monthly")
    };
    let error = Error::LossNegative {
        loss: amount.to_string(),
    };
    refuses::<MeteringPoint>(vec![node()], set_loss(negative), error).await;
    let unit = Unit::CubicMetre;
    let error = Error::LossInForeignUnit {
        resource: Resource::Heat,
        unit,
    };
    refuses::<MeteringPoint>(vec![node()], set_loss(monthly("1", unit)), error).await;
    let state = folded::<MeteringPoint>(vec![node(), loss_set(share_loss())]);
    assert_eq!(
        state.boundary_loss_on(date("2026-01-01")),
        Some(&share_loss())
    );
    assert_eq!(state.boundary_loss_on(date("2025-12-31")), None);
}

proptest! {
    /// The run of days out of order, found from turning day to turning day, is what one finds by
    /// looking at every day.
    #[test]
    fn a_run_out_of_order_is_found_day_by_day(
        expiries in proptest::collection::vec((0_u64..120, 1_u64..60, 0_u64..60), 1..5),
        looked_at in 0_u64..200,
    ) {
        let first = date("2026-01-01");
        let day = |number: u64| first + chrono::Days::new(number);
        let mut events = vec![node()];
        for (number, (expires, gap, lasts)) in expiries.iter().enumerate() {
            let name = format!("flow-{number}");
            let expiry = day(*expires).to_string();
            events.push(installed(&name, ComponentKind::FlowPart, Some(&expiry)));
            let again = day(expires + gap).to_string();
            let until = day(expires + gap + lasts + 1).to_string();
            events.push(verified(&name, &again, &until));
        }
        let state = folded::<MeteringPoint>(events);
        let expired = |on: u64| expiries.iter().any(|(expires, gap, lasts)| {
            on > *expires && (on < expires + gap || on > expires + gap + lasts + 1)
        });
        let run = (0..=looked_at).rev().take_while(|on| expired(*on)).last();
        prop_assert_eq!(state.node_out_of_order_since(day(looked_at)), run.map(day));
    }
}
