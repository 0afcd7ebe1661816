//! Heating and interruptions.

use super::*;

pub(super) fn start_season(on: &str) -> Command {
    Command::StartHeatingSeason {
        on: date(on),
        act: act("н"),
    }
}

pub(super) fn end_season(on: &str) -> Command {
    Command::EndHeatingSeason {
        on: date(on),
        act: act("о"),
    }
}

pub(super) fn season_started(on: &str) -> Event {
    Event::HeatingSeasonStarted {
        on: date(on),
        act: act("н"),
    }
}

pub(super) fn season_ended(on: &str) -> Event {
    Event::HeatingSeasonEnded {
        on: date(on),
        act: act("о"),
    }
}

#[tokio::test]
async fn heating_seasons_begin_and_end_by_turns() {
    accepts(start_season("2025-09-20"), season_started("2025-09-20")).await;
    accepts(end_season("2025-05-10"), season_ended("2025-05-10")).await;
    let heated = house(&[season_started("2025-09-20")]);
    let then = vec![season_ended("2026-05-10")];
    emits::<Building>(heated.clone(), end_season("2026-05-10"), then).await;
    let error = Error::SeasonStarted {
        since: date("2025-09-20"),
    };
    refuses::<Building>(heated.clone(), start_season("2025-10-01"), error).await;
    for day in ["2025-09-20", "2025-09-01"] {
        let error = Error::SeasonNotInOrder {
            on: date(day),
            last: date("2025-09-20"),
        };
        refuses::<Building>(heated.clone(), end_season(day), error).await;
    }
    let over = house(&[season_started("2025-09-20"), season_ended("2026-05-10")]);
    let error = Error::SeasonEnded {
        since: date("2026-05-10"),
    };
    refuses::<Building>(over.clone(), end_season("2026-05-20"), error).await;
    repeats::<Building>(over.clone(), start_season("2025-09-20")).await;
    let state = folded::<Building>(over);
    assert_eq!(
        state.is_heated_on(date("2025-09-19")),
        None,
        "not known is not cold"
    );
    assert_eq!(state.is_heated_on(date("2025-09-20")), Some(true));
    assert_eq!(state.is_heated_on(date("2026-05-09")), Some(true));
    assert_eq!(state.is_heated_on(date("2026-05-10")), Some(false));
}

#[tokio::test]
async fn the_way_of_paying_for_heat_and_its_layout_are_dated() {
    let command = Command::ChooseHeatingPayment {
        mode: HeatingPayment::Evenly,
        from: date("2026-07-01"),
        act: act("1-ПП"),
    };
    let chosen = Event::HeatingPaymentChosen {
        mode: HeatingPayment::Evenly,
        from: date("2026-07-01"),
        act: act("1-ПП"),
    };
    accepts(command, chosen.clone()).await;
    let command = Command::RecordHeatDistribution {
        layout: HeatLayout::Vertical,
        source: FactSource::Project,
        from: date("2020-01-01"),
    };
    let laid = Event::HeatDistributionRecorded {
        layout: HeatLayout::Vertical,
        source: FactSource::Project,
        from: date("2020-01-01"),
    };
    accepts(command, laid.clone()).await;
    let state = folded::<Building>(house(&[chosen, laid]));
    assert_eq!(state.heating_payment_on(date("2026-06-30")), None);
    let mode = state
        .heating_payment_on(date("2026-07-01"))
        .map(|(mode, _)| *mode);
    assert_eq!(mode, Some(HeatingPayment::Evenly));
    let layout = state.heat_layout_on(date("2026-07-01"));
    assert_eq!(layout, Some((HeatLayout::Vertical, FactSource::Project)));
}

pub(super) fn premises(numbers: &[u128]) -> Vec<PremisesId> {
    numbers
        .iter()
        .map(|number| PremisesId(id(*number)))
        .collect()
}

pub(super) fn outage(from: &str, until: &str, of: &[u128]) -> Command {
    Command::RecordServiceOutage {
        resource: Resource::HotWater,
        interval: interval(from, until),
        premises: premises(of),
        kind: OutageKind::Planned,
        act: None,
    }
}

pub(super) fn outage_recorded(from: &str, until: &str, of: &[u128]) -> Event {
    Event::ServiceOutageRecorded {
        resource: Resource::HotWater,
        interval: interval(from, until),
        premises: premises(of),
        kind: OutageKind::Planned,
        act: None,
    }
}

#[tokio::test]
async fn a_service_is_interrupted_for_some_or_for_all() {
    let (from, until) = ("2026-06-01T00:00:00Z", "2026-06-15T00:00:00Z");
    accepts(outage(from, until, &[]), outage_recorded(from, until, &[])).await;
    accepts(
        outage(from, until, &[2, 1]),
        outage_recorded(from, until, &[1, 2]),
    )
    .await;
    let error = Error::Repeated {
        what: format!("помещение {}", id(1)),
    };
    rejects(outage(from, until, &[1, 1]), error).await;
}

#[tokio::test]
async fn an_interruption_is_prolonged_from_its_beginning_and_never_counted_twice() {
    let (from, until) = ("2026-06-01T00:00:00Z", "2026-06-15T00:00:00Z");
    let given = house(&[outage_recorded(from, until, &[])]);
    let longer = "2026-06-17T00:00:00Z";
    let then = vec![outage_recorded(from, longer, &[])];
    emits::<Building>(given.clone(), outage(from, longer, &[]), then.clone()).await;
    let state = folded::<Building>(given.iter().cloned().chain(then).collect());
    assert_eq!(state.service_outages().len(), 1);
    let error = Error::OutagesOverlap {
        from: at(from),
        until: at(until),
    };
    let command = outage("2026-06-14T00:00:00Z", longer, &[]);
    refuses::<Building>(given.clone(), command, error).await;
    let (next, end) = (until, "2026-06-20T00:00:00Z");
    let then = vec![outage_recorded(next, end, &[])];
    emits::<Building>(given.clone(), outage(next, end, &[]), then).await;
    let then = vec![outage_recorded("2026-06-10T00:00:00Z", end, &[1])];
    emits::<Building>(given, outage("2026-06-10T00:00:00Z", end, &[1]), then).await;
}

pub(super) fn channels(names: &[&str]) -> Vec<Code> {
    names.iter().map(|name| code(name)).collect()
}

pub(super) fn intake_outage(from: &str, until: &str, of: &[&str]) -> Command {
    Command::RecordIntakeOutage {
        interval: interval(from, until),
        channels: channels(of),
    }
}

pub(super) fn intake_outage_recorded(from: &str, until: &str, of: &[&str]) -> Event {
    Event::IntakeOutageRecorded {
        interval: interval(from, until),
        channels: channels(of),
    }
}

#[tokio::test]
async fn our_own_intake_may_fail() {
    let (from, until) = ("2026-01-24T00:00:00Z", "2026-01-25T00:00:00Z");
    let command = intake_outage(from, until, &["web", "app"]);
    accepts(
        command,
        intake_outage_recorded(from, until, &["app", "web"]),
    )
    .await;
    let error = Error::Repeated {
        what: "канал web".into(),
    };
    rejects(intake_outage(from, until, &["web", "web"]), error).await;
    let given = house(&[intake_outage_recorded(from, until, &[])]);
    let error = Error::OutagesOverlap {
        from: at(from),
        until: at(until),
    };
    let overlapping = intake_outage("2026-01-24T12:00:00Z", "2026-01-26T00:00:00Z", &[]);
    refuses::<Building>(given, overlapping, error).await;
}
