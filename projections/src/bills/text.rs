//! A bill as Russian text for a terminal.

use aggregates::account::bill::{Bill, BillKind, BillLine, ChargePart, LineKind, VolumeMethod};
use aggregates::quantity::Money;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::ZoneName;
use aggregates::vocabulary::Resource;

use crate::bills::model::{BillView, IssuedBill, Preliminary, Recomputed};
use crate::explanation::Explanation;
use crate::settlement::ExplainedLine;
use crate::text::{self, Align, Table};

/// The bill as text: lines, totals, and what changed since, where it was asked for.
pub fn render(view: &BillView, zone: ZoneName) -> String {
    let mut out = format!(
        "Лицевой счёт {}, {}, пом. {}\nРасчётный период: {}\n",
        view.number,
        view.address,
        view.premises,
        view.period.title_ru()
    );
    for issued in &view.issued {
        out.push_str(&render_issued(issued, zone));
    }
    if let Some(preliminary) = &view.preliminary {
        out.push_str(&render_preliminary(preliminary));
    }
    if let Some(recomputed) = &view.recomputed {
        out.push_str(&render_recomputed(recomputed));
    }
    out
}

fn render_issued(issued: &IssuedBill, zone: ZoneName) -> String {
    let bill = &issued.bill;
    let title = match bill.kind {
        BillKind::Monthly => "Счёт",
        BillKind::FinalStatement => "Итоговый перерасчёт по закрытому лицевому счёту",
    };
    format!(
        "\n{title}: выставлен {}, посчитан по журналу до № {}, запись № {}\n{}",
        text::local_time(issued.issued_at, zone),
        bill.computed_at,
        issued.event.position,
        lines_table(&bill.lines, bill.total, 0)
    )
}

fn render_preliminary(preliminary: &Preliminary) -> String {
    let mut out = format!(
        "\nПериод ещё не закрыт. Предварительный расчёт по журналу до № {}\n",
        preliminary.position
    );
    match &preliminary.bill {
        Some(bill) => {
            out.push_str(&lines_table(&plain(&bill.lines), bill.total, 0));
        }
        None => out.push_str("Счёта за этот период у лицевого счёта нет.\n"),
    }
    if !preliminary.blocking.is_empty() {
        out.push_str("\nПериод пока нельзя закрыть:\n");
        for problem in &preliminary.blocking {
            out.push_str(&format!("  {problem}\n"));
        }
    }
    out
}

fn render_recomputed(recomputed: &Recomputed) -> String {
    let mut out = format!(
        "\nТот же период по журналу до № {}\n{}",
        recomputed.position,
        lines_table(&plain(&recomputed.lines), recomputed.total, 0)
    );
    if recomputed.posted.is_empty() && recomputed.pending.is_empty() {
        out.push_str("\nС выставленным счётом расхождений нет.\n");
        return out;
    }
    out.push_str("\nЧем отличается от выставленного и почему\n");
    for posted in &recomputed.posted {
        out.push_str(&format!(
            "  {} {}: уже учтено в счёте за {} (запись № {})\n",
            posted.line.amount,
            line_title(&posted.line),
            posted.in_bill.title_ru(),
            posted.event.position
        ));
    }
    for pending in &recomputed.pending {
        out.push_str(&format!(
            "  {} {}: войдёт в следующий счёт\n",
            pending.line.amount,
            line_title(&pending.line)
        ));
        out.push_str(&indented(&pending.because));
    }
    out.push_str(&format!(
        "  Выставлено за период {}, уже учтено {}, войдёт {}: всего {}\n",
        recomputed.issued_total,
        recomputed.posted_total,
        recomputed.pending_total,
        recomputed.total
    ));
    out
}

fn plain(lines: &[ExplainedLine]) -> Vec<BillLine> {
    lines.iter().map(|line| line.line.clone()).collect()
}

fn indented(because: &Explanation) -> String {
    let text = because.to_text();
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// The reason of line `number` as a tree.
pub fn render_reason(number: usize, line: &ExplainedLine) -> String {
    format!(
        "\n{number}. {}: {}\n{}",
        line_title(&line.line),
        line.line.amount,
        indented(&line.because)
    )
}

/// Lines of a bill as a table with their total, indented by `indent` spaces.
pub fn lines_table(lines: &[BillLine], total: Money, indent: usize) -> String {
    let mut table = Table::new(&[
        ("№", Align::Right),
        ("Услуга", Align::Left),
        ("Объём", Align::Right),
        ("Как найден", Align::Left),
        ("Цена", Align::Right),
        ("Сумма", Align::Right),
    ]);
    for (index, line) in lines.iter().enumerate() {
        table.row([
            (index + 1).to_string(),
            line_title(line),
            volume_cell(line),
            method_title(line.method).to_owned(),
            price_cell(line),
            line.amount.to_string(),
        ]);
    }
    let empty = String::new;
    table.row([
        empty(),
        "Итого".to_owned(),
        empty(),
        empty(),
        empty(),
        total.to_string(),
    ]);
    table.to_text(indent)
}

fn volume_cell(line: &BillLine) -> String {
    let volume = line.volume.as_ref();
    volume.map_or_else(String::new, text::rounded_with_unit)
}

/// The lines of one resource in bills of several periods: what prices and rules did over time.
pub fn over_time(bills: &[Bill], resource: Resource) -> String {
    let mut table = Table::new(&[
        ("Период", Align::Left),
        ("Строка", Align::Left),
        ("Объём", Align::Right),
        ("Цена", Align::Right),
        ("НДС", Align::Right),
        ("Сумма", Align::Right),
    ]);
    for bill in bills {
        let of_resource = |line: &&BillLine| line.charge.resource == resource;
        for line in bill.lines.iter().filter(of_resource) {
            table.row([
                bill.period.title_ru(),
                line_title(line),
                volume_cell(line),
                price_cell(line),
                line.vat.map_or_else(String::new, |vat| {
                    format!("{} %", text::number(vat.value()))
                }),
                line.amount.to_string(),
            ]);
        }
    }
    table.to_text(0)
}

fn price_cell(line: &BillLine) -> String {
    line.price.map_or_else(String::new, |price| {
        format!("{} ₽/{}", text::roubles(price.price()), price.per())
    })
}

/// What a line charges, as people call it.
pub fn line_title(line: &BillLine) -> String {
    let key = &line.charge;
    let mut title = text::capital(key.resource.title_ru());
    if let Some(part) = part_title(key.part) {
        title.push_str(&format!(", {part}"));
    }
    if let Some(multiplier) = line.multiplier {
        title.push_str(&format!(" К = {}", text::number(multiplier.value())));
    }
    if key.component != TariffComponent::Single {
        title.push_str(&format!(", компонент «{}»", key.component.title_ru()));
    }
    if let Some(zone) = &key.zone {
        title.push_str(&format!(", зона {zone}"));
    }
    if key.from != line.period.first_day() {
        title.push_str(&format!(", с {}", text::day(key.from)));
    }
    if line.kind == LineKind::Adjustment {
        title.push_str(&format!(", перерасчёт за {}", line.period.title_ru()));
    }
    title
}

/// The word of a part of the charge; `None` for individual consumption.
pub fn part_title(part: ChargePart) -> Option<&'static str> {
    match part {
        ChargePart::Individual => None,
        ChargePart::MultiplierExcess => Some("превышение из-за коэффициента"),
        ChargePart::Absence => Some("временное отсутствие"),
        ChargePart::CommonProperty => Some("КР на СОИ"),
        ChargePart::CommonPropertyCorrection => Some("перерасчёт КР на СОИ"),
        ChargePart::CommonNeeds => Some("ОДН"),
        ChargePart::CheckRecalculation => Some("перерасчёт по п. 61"),
        ChargePart::Interference => Some("доначисление по п. 62"),
        ChargePart::LateReplacement => Some("снижение цены: прибор не заменён в срок"),
        ChargePart::HeatingCorrection => Some("корректировка отопления за год"),
        ChargePart::DistributorCorrection => Some("корректировка отопления по распределителям"),
        ChargePart::Vat => Some("НДС"),
    }
}

/// How a volume was found, as a bill says it.
pub fn method_title(method: VolumeMethod) -> &'static str {
    match method {
        VolumeMethod::Meter => "по прибору",
        VolumeMethod::Average => "по среднему",
        VolumeMethod::Norm => "по нормативу",
        VolumeMethod::HouseMeter => "по общедомовому прибору",
        VolumeMethod::CommonNorm => "по нормативу на СОИ",
        VolumeMethod::Sum => "сумма воды",
        VolumeMethod::Calculated => "расчётным способом",
        VolumeMethod::Mixed => "разными способами",
    }
}
