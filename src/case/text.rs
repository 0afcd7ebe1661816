//! A settled case as Russian text for a terminal.

use std::collections::BTreeSet;

use aggregates::account::bill::{BillKind, BillLine};
use projections::bills;
use projections::explanation::Explanation;
use projections::settlement::ratio::Ratio;
use projections::settlement::{
    AccountBill, Charge, CommonBasis, ExactVolume, HouseService, PremisesSettlement, Severity,
};
use projections::text::{self, Align, Table};

use crate::case::answer::{EventTold, Narrow, SettledCase};

/// The case as text: entries to mend, the house by services, the accounts, what a person must look
/// at and, where asked for, the reasons.
pub(super) fn render(case: &SettledCase, narrow: &Narrow) -> String {
    let mut out = heading(case);
    out.push_str(&entries(case));
    for service in &case.closing.settlement.services {
        out.push_str(&render_service(case, service, narrow));
    }
    for bill in case.bills(narrow) {
        out.push_str(&render_bill(case, bill));
    }
    out.push_str(&problems(case));
    if narrow.explain {
        out.push_str(&reasons(case, narrow));
    }
    out
}

impl SettledCase {
    fn bills(&self, narrow: &Narrow) -> impl Iterator<Item = &AccountBill> {
        let (account, premises) = (narrow.account.clone(), narrow.premises.clone());
        self.closing.bills.iter().filter(move |bill| {
            let here = self.premises_number(bill.premises);
            account
                .as_deref()
                .is_none_or(|number| number == bill.number.as_str())
                && premises.as_deref().is_none_or(|number| number == here)
        })
    }

    /// The premises to show: all, those asked for, or those of the account asked for.
    fn is_shown(&self, premises: &PremisesSettlement, narrow: &Narrow) -> bool {
        let id = premises.premises;
        match (&narrow.account, &narrow.premises) {
            (None, None) => true,
            _ => {
                self.bills(narrow).any(|bill| bill.premises == id)
                    || narrow.premises.as_deref() == Some(self.premises_number(id))
            }
        }
    }
}

fn heading(case: &SettledCase) -> String {
    let settlement = &case.closing.settlement;
    let title = case.title.as_ref().map(|title| format!("{title}\n"));
    format!(
        "{}{}\nРасчётный период: {}; правила: {}; журнал до № {}\n",
        title.unwrap_or_default(),
        case.house,
        case.period.title_ru(),
        settlement.edition,
        settlement.position,
    )
}

fn entries(case: &SettledCase) -> String {
    let mut out = String::new();
    let counts = case.entries.counts.iter();
    let counting = counts.filter(|(status, _)| !status.needs_mending());
    let sum: usize = counting.map(|(_, count)| count).sum();
    out.push_str(&format!("Записей файла учтено: {sum}"));
    if case.entries.later > 0 {
        let later = case.entries.later;
        out.push_str(&format!(
            "; после закрытия периода, в расчёт не входят: {later}"
        ));
    }
    out.push('\n');
    let told = &case.entries.told;
    let (mend, marked): (Vec<_>, Vec<_>) =
        told.iter().partition(|entry| entry.status.needs_mending());
    for (title, entries) in [("Не учтены", mend), ("С отметкой", marked)] {
        if entries.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{title}: {}\n", entries.len()));
        for entry in entries {
            let status = entry.status.title_ru();
            out.push_str(&format!("  {}: {status}: {}\n", entry.path, entry.reason));
            if let Some(remedy) = &entry.remedy {
                out.push_str(&format!("    Как исправить: {remedy}\n"));
            }
        }
    }
    out
}

fn render_service(case: &SettledCase, service: &HouseService, narrow: &Narrow) -> String {
    let elsewhere = match service.billed_here {
        true => String::new(),
        false => format!("; счёт печатает {}", case.company(service.biller)),
    };
    let mut out = format!(
        "\n{}: исполнитель {}{elsewhere}\n",
        text::capital(service.resource.title_ru()),
        case.company(service.provider),
    );
    out.push_str(&house_rows(service));
    let all = service.premises.iter();
    let all = all.flat_map(|premises| std::iter::once(premises).chain(&premises.rooms));
    let shown = all.filter(|premises| case.is_shown(premises, narrow));
    let mut table = Table::new(&[
        ("Помещение", Align::Left),
        ("Объём", Align::Right),
        ("Как найден", Align::Left),
        ("Начислено", Align::Right),
    ]);
    for premises in shown {
        table.row([
            premises.number.to_string(),
            volume(premises.volume.as_ref()),
            premises
                .method
                .map_or("", bills::text::method_title)
                .to_owned(),
            charged(&premises.charges),
        ]);
    }
    out.push_str(&table.to_text(2));
    out
}

fn house_rows(service: &HouseService) -> String {
    let mut out = format!(
        "  по общедомовым приборам: {}\n  по помещениям: {}\n",
        service
            .house
            .known()
            .map_or("неизвестно".to_owned(), |known| {
                format!("{} {}", text::rounded(known), known.unit())
            }),
        volume(service.consumed.as_ref()),
    );
    let common = &service.common;
    if let Some(shared) = &common.volume {
        let part = common
            .part
            .and_then(bills::text::part_title)
            .unwrap_or("общая часть");
        let basis = match common.basis {
            CommonBasis::HouseMeter => "по общедомовому прибору",
            CommonBasis::Average => "по среднему за прошлый год",
            CommonBasis::Norm => "по нормативу",
            CommonBasis::None => "не начисляется",
        };
        out.push_str(&format!("  {part}: {}, {basis}\n", volume(Some(shared))));
    }
    if let Some(borne) = &common.borne_by_provider {
        let borne = volume(Some(borne));
        out.push_str(&format!("  сверх норматива, несёт исполнитель: {borne}\n"));
    }
    out
}

fn volume(volume: Option<&ExactVolume>) -> String {
    let stored = volume.map(ExactVolume::stored);
    match stored {
        None => "неизвестно".to_owned(),
        Some(Ok(measure)) => format!("{} {}", text::rounded(&measure), measure.unit()),
        Some(Err(error)) => error.to_string(),
    }
}

/// What the premises are charged altogether, as one exact sum rounded once.
fn charged(charges: &[Charge]) -> String {
    let mut sum = Ratio::zero();
    for charge in charges {
        sum = &sum + &charge.amount;
    }
    let rounded = sum.kopecks_half_up();
    rounded.map_or_else(|error| error.to_string(), |money| money.to_string())
}

fn render_bill(case: &SettledCase, bill: &AccountBill) -> String {
    let kind = match bill.kind {
        BillKind::Monthly => "Лицевой счёт",
        BillKind::FinalStatement => "Итоговый перерасчёт, лицевой счёт",
    };
    let place = case.premises_number(bill.premises);
    let lines: Vec<BillLine> = bill.lines.iter().map(|line| line.line.clone()).collect();
    format!(
        "\n{kind} {}, помещение {place}\n{}",
        bill.number,
        bills::text::lines_table(&lines, bill.total, 2)
    )
}

fn problems(case: &SettledCase) -> String {
    let mut out = String::new();
    for (severity, title) in [
        (Severity::Blocking, "Период нельзя закрыть"),
        (Severity::AsksCause, "Закрыть можно, указав причину"),
        (Severity::Flag, "Обратите внимание"),
    ] {
        let all = &case.closing.problems;
        let found: Vec<_> = all.iter().filter(|one| one.severity == severity).collect();
        if found.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{title}: {}\n", found.len()));
        for problem in found {
            out.push_str(&format!("  {problem}\n"));
        }
    }
    out
}

/// The reasons of the figures shown, then the events that they rest on with the entries that made
/// them.
fn reasons(case: &SettledCase, narrow: &Narrow) -> String {
    let mut out = "\nПочему такие цифры\n".to_owned();
    let mut rests_on = BTreeSet::new();
    let mut tell = |because: &Explanation| {
        let events = because.all_events();
        rests_on.extend(events.iter().map(|event| event.position));
        out.push_str(&because.to_text());
    };
    if narrow.account.is_none() && narrow.premises.is_none() {
        let services = &case.closing.settlement.services;
        services.iter().for_each(|service| tell(&service.because));
    }
    for bill in case.bills(narrow) {
        bill.lines.iter().for_each(|line| tell(&line.because));
    }
    out.push_str("\nЗаписи журнала, на которых они стоят\n");
    let named = case
        .events
        .iter()
        .filter(|event| rests_on.contains(&event.position));
    named.for_each(|event| out.push_str(&event_row(event)));
    out
}

fn event_row(event: &EventTold) -> String {
    format!(
        "  № {}: {} ({})\n",
        event.position, event.entry, event.r#type
    )
}
