//! The payment document as Russian text for a terminal: what stands beside the lines.

use aggregates::quantity::{Measure, Money, Quantity, SquareMetre};
use aggregates::text::Label;
use aggregates::time::ZoneName;
use chrono::NaiveDate;

use crate::bills::document::model::{
    BillDocument, Due, HouseAreas, HouseTotals, Instalment, InstalmentSchedule, MeterRow,
    ProviderPart, ReadingShown,
};
use crate::bills::document::words::{self, NO_DATA};
use crate::text::{self, Align, Table};

/// Everything that п. 69 asks for beside the lines, which [`crate::bills::text`] prints.
pub fn render(document: &BillDocument, zone: ZoneName) -> String {
    let mut out = head(document);
    out.push_str(&payment(document));
    out.push_str(&instalments(document));
    out.push_str(&excess(document));
    out.push_str(&meters(document, zone));
    out.push_str(&house(document, zone));
    out.push_str(&recalculations(document));
    out.push_str(&remarks(document));
    out
}

fn head(document: &BillDocument) -> String {
    let persons = document.persons.map(|persons| match persons.owners {
        true => format!("{} (собственники: никто не зарегистрирован)", persons.count),
        false => persons.count.to_string(),
    });
    let rows = [
        ("ЕЛС", label(document.unified_number.as_ref())),
        ("ИЖКУ", label(document.service_number.as_ref())),
        (
            "Плательщик",
            or_none(document.holder.map(|holder| holder.title_ru().to_owned())),
        ),
        ("Площадь помещения", area(document.area)),
        ("Проживающих в расчёте", or_none(persons)),
        ("Доставить не позднее", day(document.deliver_by)),
        ("Оплатить не позднее", day(document.pay_by)),
    ];
    let mut out = "\nПлательщик и сроки\n".to_owned();
    for (name, value) in rows {
        out.push_str(&format!("  {name}: {value}\n"));
    }
    out
}

fn payment(document: &BillDocument) -> String {
    let mut table = Table::new(&[
        ("Исполнитель", Align::Left),
        ("Долг (аванс)", Align::Right),
        ("Начислено", Align::Right),
        ("Перерасчёт", Align::Right),
        ("Оплачено", Align::Right),
        ("Субсидии и льготы", Align::Right),
        ("Рассрочка", Align::Right),
        ("К оплате", Align::Right),
        ("Пени отдельно", Align::Right),
    ]);
    for part in &document.providers {
        table.row([
            or_none(part.name.clone()),
            due(part.opening.as_ref()),
            part.charged.to_string(),
            part.recalculated.to_string(),
            due(part.paid.as_ref()),
            due(part.help.as_ref()),
            shifted(part),
            part.to_pay.to_string(),
            due(part.penalty.as_ref()),
        ]);
    }
    let mut out = format!("\nК оплате исполнителям\n{}", table.to_text(2));
    out.push_str(&format!("  Всего к оплате: {}\n", document.to_pay));
    for part in &document.providers {
        out.push_str(&details(part));
    }
    out
}

/// By how much instalments change what is to be paid: a balance holds what is not due yet.
fn shifted(part: &ProviderPart) -> String {
    let Some(of) = part.instalments else {
        return "—".to_owned();
    };
    let shift = match part.balance {
        Some(_) => Money::ZERO.checked_sub(of.outstanding),
        None => of.due.checked_sub(of.deferred),
    };
    or_none(shift.ok().map(|shift| shift.to_string()))
}

fn details(part: &ProviderPart) -> String {
    let name = or_none(part.name.clone());
    let Some(payee) = &part.payee else {
        return format!("  {name}: реквизиты — {NO_DATA}\n");
    };
    let mut out = format!(
        "  {name}: ИНН {}, КПП {}, р/с {}, {}, БИК {}, к/с {}\n",
        payee.inn.as_str(),
        payee.kpp.as_ref().map_or("—", |kpp| kpp.as_str()),
        payee.account.as_str(),
        payee.bank,
        payee.bic.as_str(),
        payee
            .corr_account
            .as_ref()
            .map_or("—", |corr| corr.as_str()),
    );
    if let Some(order) = &part.payment {
        out.push_str(&format!("    код для оплаты: {}\n", order.payload));
    }
    out
}

fn instalments(document: &BillDocument) -> String {
    let mut out = String::new();
    for schedule in &document.schedules {
        if out.is_empty() {
            out.push_str("\nРассрочка (ПП 354 п. 72)\n");
        }
        out.push_str(&format!("  {}\n", schedule_title(schedule)));
        for part in &schedule.parts {
            let mark = match part.period == document.period {
                true => "  ← в этом счёте",
                false => "",
            };
            out.push_str(&format!(
                "    {}: {}{mark}\n",
                part.period.title_ru(),
                part.amount
            ));
        }
        out.push_str(&format!("    {}\n", schedule_state(schedule)));
    }
    out
}

/// What is paid by instalments, and on what basis.
pub fn schedule_title(schedule: &InstalmentSchedule) -> String {
    let provider = schedule.provider_name.as_ref();
    format!(
        "{} за {}{}: отсрочено {}, заявление № {} от {} (запись № {})",
        text::capital(schedule.of.resource.title_ru()),
        schedule.of.period.title_ru(),
        provider.map_or_else(String::new, |name| format!(", {name}")),
        schedule.deferred,
        schedule.act,
        text::day(schedule.act_date),
        schedule.event.position
    )
}

/// How far it is paid by this bill, and by what it ends.
pub fn schedule_state(schedule: &InstalmentSchedule) -> String {
    let ended = schedule.ended.as_ref().map_or_else(String::new, |end| {
        format!(
            " Прекращена: {}, остаток платится за {} (запись № {}).",
            end.why,
            end.from.title_ru(),
            end.event.position
        )
    });
    format!(
        "В этом счёте {}, останется {}. Проценты не начисляются (предел — ключевая ставка плюс \
         {} п. п.).{ended}",
        schedule.now.due,
        schedule.now.outstanding,
        text::number(schedule.terms.interest_over_key_rate.value())
    )
}

fn excess(document: &BillDocument) -> String {
    let raised = document
        .services
        .iter()
        .filter(|service| service.excess != Money::ZERO);
    raised
        .map(|service| {
            format!(
                "\n{}: из-за повышающего коэффициента плата больше на {}\n",
                text::capital(service.resource.title_ru()),
                service.excess
            )
        })
        .collect()
}

fn meters(document: &BillDocument, zone: ZoneName) -> String {
    match document.meters.is_empty() {
        true => "\nПриборы учёта помещения: нет\n".to_owned(),
        false => format!(
            "\nПриборы учёта помещения\n{}",
            meter_table(&document.meters, zone)
        ),
    }
}

fn meter_table(rows: &[MeterRow], zone: ZoneName) -> String {
    let mut table = Table::new(&[
        ("Ресурс", Align::Left),
        ("Прибор №", Align::Left),
        ("Поверен до", Align::Left),
        ("Предыдущее", Align::Right),
        ("снято", Align::Left),
        ("Текущее", Align::Right),
        ("снято", Align::Left),
        ("Расход", Align::Right),
    ]);
    let mut notes = String::new();
    for row in rows {
        table.row([
            row.resource.title_ru().to_owned(),
            row.serial.to_string(),
            day(row.verified_until),
            shown(row, |register| register.previous),
            taken(row.previous.as_ref(), zone),
            shown(row, |register| register.current),
            taken(row.current.as_ref(), zone),
            measure(row.consumption.as_ref()),
        ]);
        for note in &row.notes {
            notes.push_str(&format!("  прибор № {}: {note}\n", row.serial));
        }
    }
    table.to_text(2) + &notes
}

fn house(document: &BillDocument, zone: ZoneName) -> String {
    let mut table = Table::new(&[
        ("Ресурс", Align::Left),
        ("По ОДПУ", Align::Right),
        ("Помещения", Align::Right),
        ("Общая часть", Align::Right),
        ("Как найдена", Align::Left),
    ]);
    for totals in &document.house {
        table.row(house_row(totals));
    }
    let mut out = format!("\nДом\n{}", table.to_text(2));
    out.push_str(&format!("  Площади: {}\n", areas(&document.areas)));
    let all = document.house.iter().flat_map(|totals| &totals.meters);
    let meters: Vec<MeterRow> = all.cloned().collect();
    if !meters.is_empty() {
        out.push_str("  Общедомовые приборы\n");
        out.push_str(&meter_table(&meters, zone));
    }
    out
}

fn house_row(totals: &HouseTotals) -> [String; 5] {
    [
        totals.resource.title_ru().to_owned(),
        measure(totals.house.as_ref()),
        measure(totals.premises.as_ref()),
        measure(totals.common.as_ref()),
        words::basis_of_common(totals.basis).to_owned(),
    ]
}

/// The areas of the house in one line.
pub fn areas(areas: &HouseAreas) -> String {
    format!(
        "все помещения {}; отапливаемые общие {}; общие для воды {}; общие для электроэнергии {}; \
         без отопительных приборов {}; с ИПУ тепла {}",
        area(areas.all_premises),
        area(areas.common_heated),
        area(areas.common_water),
        area(areas.common_electricity),
        area(areas.without_heating),
        area(areas.with_heat_meters),
    )
}

fn recalculations(document: &BillDocument) -> String {
    let mut out = String::new();
    for row in &document.recalculations {
        if out.is_empty() {
            out.push_str("\nПерерасчёты и их основания\n");
        }
        out.push_str(&format!(
            "  строка {}, {} за {}: {}, код {} — {}\n",
            row.line,
            row.resource.title_ru(),
            row.period.title_ru(),
            row.amount,
            row.code.code(),
            row.basis
        ));
    }
    out
}

fn remarks(document: &BillDocument) -> String {
    let mut out = String::new();
    for remark in lines_of_remarks(document) {
        out.push_str(&format!("\n{remark}\n"));
    }
    out
}

/// Rights and reservations, a sentence each.
pub fn lines_of_remarks(document: &BillDocument) -> Vec<String> {
    let mut remarks = Vec::new();
    for line in &document.lines {
        let Some((note, price)) = line.rounding.zip(line.line.price) else {
            continue;
        };
        remarks.push(format!(
            "Строка {}: {} на печати, умноженные на {} ₽, дают {}; начислено {}: сумма считается \
             по точному объёму и округляется один раз.",
            line.number,
            text::rounded_with_unit(&note.printed),
            text::roubles(price.price()),
            note.product,
            line.line.amount
        ));
    }
    let is_agreed = |right: &&Instalment| {
        let mut agreed = document.schedules.iter().map(|schedule| schedule.of);
        !agreed.any(|of| (of.resource, of.period) == (right.resource, document.period))
    };
    for right in document.instalments.iter().filter(is_agreed) {
        remarks.push(format!(
            "{}: начислено {}, за тот же период прошлого года {}: больше чем на четверть. Можно \
             платить в рассрочку (ПП 354 п. 72).",
            text::capital(right.resource.title_ru()),
            right.charged,
            right.year_before
        ));
    }
    let unknown = document.providers.iter().any(|part| part.balance.is_none());
    if unknown {
        remarks.push(
            "Долг и оплата известны не по всем исполнителям: там к оплате указаны только \
             начисления этого счёта."
                .to_owned(),
        );
    }
    remarks
}

fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| NO_DATA.to_owned())
}

fn label(value: Option<&Label>) -> String {
    or_none(value.map(ToString::to_string))
}

/// A day, or that it is not known.
pub fn day(value: Option<NaiveDate>) -> String {
    or_none(value.map(text::day))
}

/// An area, or that it is not known.
pub fn area(value: Option<Quantity<SquareMetre>>) -> String {
    or_none(value.map(|area| format!("{}\u{a0}м²", text::number(area.value()))))
}

/// A volume with its unit, or that it is not known.
pub fn measure(value: Option<&Measure>) -> String {
    or_none(value.map(text::rounded_with_unit))
}

/// Money that somebody stated, or that nobody did.
pub fn due(value: Option<&Due>) -> String {
    or_none(value.map(|due| due.amount.to_string()))
}

/// When and by whom a reading was taken.
pub fn taken(reading: Option<&ReadingShown>, zone: ZoneName) -> String {
    or_none(
        reading
            .map(|reading| format!("{} ({})", text::local_day(reading.at, zone), reading.source)),
    )
}

/// What the registers of a meter show, by name where there are several.
pub fn shown(
    row: &MeterRow,
    of: impl Fn(&crate::bills::document::model::RegisterShown) -> Option<Measure>,
) -> String {
    let several = row.registers.len() > 1;
    let values = row.registers.iter().filter_map(|register| {
        let value = text::bare(&of(register)?);
        Some(match several {
            true => format!("{} {value}", register.register),
            false => value,
        })
    });
    let values: Vec<String> = values.collect();
    match values.is_empty() {
        true => NO_DATA.to_owned(),
        false => values.join(", "),
    }
}
