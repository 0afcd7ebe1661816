//! Arrangement and window: what a reading is judged by.

use super::*;

pub(super) fn arrangement() -> Arrangement {
    Arrangement {
        management: Management::ManagingCompany,
        provider: OrganisationId(id(1)),
        provider_role: ProviderRole::Manager,
        supplier: Some(OrganisationId(id(2))),
        contract: Some(SupplyContract {
            covers: ContractScope::Utility,
            act: act("д-1"),
        }),
        readings_owner: ReadingsOwner::Provider,
        biller: OrganisationId(id(1)),
        readings_owed_to: OrganisationId(id(1)),
        readings_owed_by_day: 25,
        report: Some(ReportTerms {
            day: 26,
            form: label("карточка"),
        }),
    }
}

pub(super) fn direct() -> Arrangement {
    Arrangement {
        management: Management::Direct,
        provider: OrganisationId(id(2)),
        provider_role: ProviderRole::SupplierUnderDirectManagement,
        supplier: None,
        contract: None,
        ..arrangement()
    }
}

pub(super) fn arrange(arrangement: Arrangement) -> Command {
    arrange_for(arrangement, since("2026-01-01"))
}

pub(super) fn arrange_for(arrangement: Arrangement, validity: DateSpan) -> Command {
    Command::SetArrangement {
        resource: Resource::ColdWater,
        validity,
        arrangement,
    }
}

pub(super) fn arranged(arrangement: Arrangement, validity: DateSpan) -> Event {
    Event::ArrangementSet {
        resource: Resource::ColdWater,
        validity,
        arrangement,
    }
}

#[tokio::test]
async fn the_arrangement_of_a_resource_is_set() {
    for row in [arrangement(), direct()] {
        accepts(arrange(row.clone()), arranged(row, since("2026-01-01"))).await;
    }
}

#[test]
fn a_later_row_ends_the_arrangement_before_it() {
    let state = folded::<Building>(house(&[
        arranged(direct(), since("2026-03-01")),
        arranged(arrangement(), since("2025-01-01")),
    ]));
    let management = |resource, day| {
        state
            .arrangement_on(resource, date(day))
            .map(|row| row.management)
    };
    assert_eq!(management(Resource::ColdWater, "2024-12-31"), None);
    assert_eq!(
        management(Resource::ColdWater, "2026-02-28"),
        Some(Management::ManagingCompany)
    );
    assert_eq!(
        management(Resource::ColdWater, "2026-03-01"),
        Some(Management::Direct)
    );
    assert_eq!(
        management(Resource::Heat, "2026-03-01"),
        None,
        "a row is for one resource"
    );
}

#[test]
fn a_row_set_again_from_the_same_day_takes_its_place() {
    let state = folded::<Building>(house(&[
        arranged(arrangement(), since("2026-01-01")),
        arranged(direct(), since("2026-01-01")),
        arranged(direct(), between("2026-01-01", "2026-06-01")),
    ]));
    let on = |day| state.arrangement_on(Resource::ColdWater, date(day));
    assert_eq!(on("2026-05-31"), Some(&direct()));
    assert_eq!(
        on("2026-06-01"),
        None,
        "what is not arranged is not guessed"
    );
}

#[tokio::test]
async fn an_arrangement_does_not_contradict_itself() {
    let contract = |covers| {
        Some(SupplyContract {
            covers,
            act: act("д-1"),
        })
    };
    let cases = [
        (
            Arrangement {
                supplier: Some(OrganisationId(id(1))),
                ..arrangement()
            },
            Fault::SupplierIsProvider,
        ),
        (
            Arrangement {
                management: Management::Direct,
                ..arrangement()
            },
            Fault::ManagerUnderDirectManagement,
        ),
        (
            Arrangement {
                management: Management::Association,
                ..direct()
            },
            Fault::NoDirectManagement,
        ),
        (
            Arrangement {
                contract: contract(ContractScope::CommonPropertyOnly),
                ..direct()
            },
            Fault::ContractWithoutManager,
        ),
        (
            Arrangement {
                contract: contract(ContractScope::CommonPropertyOnly),
                ..arrangement()
            },
            Fault::ManagerBuysCommonOnly,
        ),
        (
            Arrangement {
                provider_role: ProviderRole::SupplierByDirectContracts,
                ..arrangement()
            },
            Fault::UtilityBoughtUnderDirectContracts,
        ),
    ];
    for (row, fault) in cases {
        rejects(arrange(row), Error::Arrangement(fault)).await;
    }
}

#[tokio::test]
async fn the_days_of_an_arrangement_are_days_of_a_month() {
    for given in [0, 32] {
        let owed = Arrangement {
            readings_owed_by_day: given,
            ..arrangement()
        };
        rejects(arrange(owed), Error::NoSuchDay { given }).await;
        let report = Some(ReportTerms {
            day: given,
            form: label("карточка"),
        });
        let reported = Arrangement {
            report,
            ..arrangement()
        };
        rejects(arrange(reported), Error::NoSuchDay { given }).await;
    }
}

pub(super) fn window(opens: Option<u8>, closes: u8) -> SubmissionWindow {
    SubmissionWindow {
        opens_on_day: opens,
        closes_on_day: closes,
        late_policy: LatePolicy::ByTaking,
    }
}

pub(super) fn set_window(window: SubmissionWindow) -> Command {
    Command::SetSubmissionWindow {
        resource: Resource::ColdWater,
        from: date("2026-01-01"),
        window,
        basis: label("договор управления"),
    }
}

pub(super) fn window_set(window: SubmissionWindow) -> Event {
    Event::SubmissionWindowSet {
        resource: Resource::ColdWater,
        from: date("2026-01-01"),
        window,
        basis: label("договор управления"),
    }
}

#[tokio::test]
async fn a_window_opens_before_it_closes() {
    for given in [window(None, 31), window(Some(1), 1), window(Some(20), 25)] {
        accepts(set_window(given), window_set(given)).await;
    }
    let error = Error::WindowReversed {
        opens: 26,
        closes: 25,
    };
    rejects(set_window(window(Some(26), 25)), error).await;
    for given in [0, 32] {
        rejects(set_window(window(None, given)), Error::NoSuchDay { given }).await;
        rejects(
            set_window(window(Some(given), 25)),
            Error::NoSuchDay { given },
        )
        .await;
    }
}

#[test]
fn readings_are_judged_by_the_terms_of_their_day_in_the_house() {
    let own = window(Some(20), 23);
    let state = folded::<Building>(house(&[
        window_set(own),
        arranged(arrangement(), since("2026-01-01")),
        intake_outage_recorded("2026-01-24T00:00:00Z", "2026-01-25T00:00:00Z", &["web"]),
        intake_outage_recorded("2025-11-24T00:00:00Z", "2025-11-25T00:00:00Z", &[]),
        Event::PeriodOpened {
            period: period("2025-12"),
        },
        Event::PeriodClosed {
            period: period("2025-12"),
            computed_at: 5,
            edition_hash: None,
            engine: None,
            totals: vec![],
            stream_heads_root: None,
            lines_root: None,
            accepted: vec![],
            batch: None,
            bills_held: false,
        },
    ]));
    let terms = |resource, instant| {
        state
            .reading_terms(resource, at(instant))
            .expect("the house is registered")
    };
    // 19:00 UTC is midnight in Ekaterinburg: the new year has begun there.
    let by_law = terms(Resource::ColdWater, "2025-12-31T18:59:59Z");
    assert_eq!(by_law.window, SubmissionWindow::BY_LAW);
    assert_eq!(
        (by_law.window.closes_on_day, by_law.window.late_policy),
        (25, LatePolicy::ByReceipt)
    );
    assert_eq!(by_law.provider, None);
    let agreed = terms(Resource::ColdWater, "2025-12-31T19:00:00Z");
    assert_eq!(agreed.window, own);
    assert_eq!(agreed.provider, Some(OrganisationId(id(1))));
    assert_eq!(agreed.closed_through, Some(period("2025-12")));
    assert_eq!(agreed.zone, zone());
    let oldest_first = [
        interval("2025-11-24T00:00:00Z", "2025-11-25T00:00:00Z"),
        interval("2026-01-24T00:00:00Z", "2026-01-25T00:00:00Z"),
    ];
    assert_eq!(agreed.intake_outages, oldest_first);
    assert_eq!(
        terms(Resource::Heat, "2026-02-01T00:00:00Z").window,
        SubmissionWindow::BY_LAW
    );
}
