//! The payment document as one page of HTML: no scripts, nothing fetched, readable on A4 and on a
//! phone. Its sections are those of the ministry's form (приказ Минстроя 43/пр). Everything that
//! is filled in is escaped; the payment codes alone are made here as drawings.

use aggregates::account::bill::{BillKind, LineKind};
use aggregates::quantity::Money;
use aggregates::time::ZoneName;
use askama::Template;
use projections::bills::document::text as cells;
use projections::bills::document::{
    BillDocument, DocumentLine, MeterRow, MethodCode, ProviderPart, Standing, words,
};
use projections::text;
use qrcode::{Color, EcLevel, QrCode};

/// Empty modules that a code needs around it.
const QUIET: usize = 4;

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template refuses.
    #[error("страница счёта не собрана")]
    Template(#[from] askama::Error),
    /// The details are too long for a code.
    #[error("код для оплаты не помещается в QR: сократите реквизиты получателя")]
    Code(#[from] qrcode::types::QrError),
}

#[derive(Template)]
#[template(path = "bills/page/bill.html", config = ".askama.toml")]
struct Page {
    title: String,
    mark: Option<String>,
    number: String,
    address: String,
    premises: String,
    to_pay: String,
    pay_by: String,
    payer: Vec<(&'static str, String)>,
    house_facts: Vec<(&'static str, String)>,
    providers: Vec<Provider>,
    lines: Vec<Line>,
    total: String,
    charged: String,
    recalculated: String,
    codes: Vec<(u8, &'static str)>,
    meters: Vec<Meter>,
    meter_notes: Vec<String>,
    house: Vec<House>,
    house_meters: Vec<Meter>,
    areas: String,
    recalculations: Vec<Recalculated>,
    schedules: Vec<Schedule>,
    remarks: Vec<String>,
    origin: String,
}

struct Provider {
    name: String,
    to_pay: String,
    details: Vec<(&'static str, String)>,
    code: Option<String>,
}

struct Line {
    /// Whether it is the sum of a service.
    is_part: bool,
    number: String,
    title: String,
    own: String,
    common: String,
    method: String,
    price: String,
    charged: String,
    recalculated: String,
}

struct Meter {
    name: String,
    verified: String,
    previous: String,
    previous_taken: String,
    current: String,
    current_taken: String,
    consumption: String,
}

struct House {
    resource: &'static str,
    house: String,
    premises: String,
    common: String,
    basis: &'static str,
}

/// A charge that is paid by instalments.
struct Schedule {
    title: String,
    /// Month, sum, whether this bill asks for it.
    parts: Vec<(String, String, bool)>,
    state: String,
}

struct Recalculated {
    title: String,
    amount: String,
    code: u8,
    basis: String,
}

/// The page of a payment document; times are told by the clock of `zone`.
///
/// # Errors
/// [`PageError`]: the payment details do not fit into a code.
pub fn page(document: &BillDocument, zone: ZoneName) -> Result<String, PageError> {
    let notes = |rows: &[MeterRow]| -> Vec<String> {
        let noted = rows.iter().flat_map(|row| {
            let told = row.notes.iter();
            told.map(|note| format!("Прибор № {}: {note}.", row.serial))
        });
        noted.collect()
    };
    let house_meters = document.house.iter().flat_map(|totals| &totals.meters);
    let providers: Result<Vec<Provider>, PageError> =
        document.providers.iter().map(provider).collect();
    let page = Page {
        title: title(document),
        mark: mark(document),
        number: document.number.to_string(),
        address: document.address.clone(),
        premises: document.premises.clone(),
        to_pay: document.to_pay.to_string(),
        pay_by: cells::day(document.pay_by),
        payer: payer(document),
        house_facts: house_facts(document),
        providers: providers?,
        lines: lines(document),
        total: document.total.to_string(),
        charged: amount(document.charged),
        recalculated: amount(document.recalculated),
        codes: codes(document),
        meters: document.meters.iter().map(|row| meter(row, zone)).collect(),
        meter_notes: notes(&document.meters),
        house: house(document),
        house_meters: house_meters.map(|row| meter(row, zone)).collect(),
        areas: cells::areas(&document.areas),
        recalculations: recalculations(document),
        schedules: schedules(document),
        remarks: cells::lines_of_remarks(document),
        origin: origin(document, zone),
    };
    Ok(page.render()?)
}

fn title(document: &BillDocument) -> String {
    let what = match document.kind {
        BillKind::Monthly => "Платёжный документ",
        BillKind::FinalStatement => "Итоговый перерасчёт",
    };
    format!("{what} за {}", document.period.title_ru())
}

fn mark(document: &BillDocument) -> Option<String> {
    match document.standing {
        Standing::Issued { .. } => None,
        Standing::Preliminary => {
            Some("Предварительный расчёт: период ещё не закрыт, оплачивать его не нужно".to_owned())
        }
    }
}

fn origin(document: &BillDocument, zone: ZoneName) -> String {
    let issued = match document.standing {
        Standing::Issued { event, at } => format!(
            "Выставлен {}, запись № {}. ",
            text::local_time(at, zone),
            event.position
        ),
        Standing::Preliminary => String::new(),
    };
    format!(
        "{issued}Начисления посчитаны по журналу дома до № {}, долги и реквизиты известны до № {}. \
         Правила: {}. Почему такая цифра: energokabinet why {}/{}/СТРОКА.",
        document.computed_at, document.position, document.edition, document.number, document.period
    )
}

fn payer(document: &BillDocument) -> Vec<(&'static str, String)> {
    let text_of = |value: Option<String>| value.unwrap_or_else(|| words::NO_DATA.to_owned());
    let persons = document.persons.map(|persons| match persons.owners {
        true => format!("{} (собственники)", persons.count),
        false => persons.count.to_string(),
    });
    vec![
        (
            "Плательщик",
            text_of(document.holder.map(|holder| holder.title_ru().to_owned())),
        ),
        (
            "ЕЛС",
            text_of(document.unified_number.as_ref().map(ToString::to_string)),
        ),
        (
            "ИЖКУ",
            text_of(document.service_number.as_ref().map(ToString::to_string)),
        ),
        ("Площадь помещения", cells::area(document.area)),
        ("Проживающих в расчёте", text_of(persons)),
    ]
}

fn house_facts(document: &BillDocument) -> Vec<(&'static str, String)> {
    let names = document.providers.iter().map(|part| {
        let name = part.name.as_deref().unwrap_or(words::NO_DATA);
        match &part.inn {
            Some(inn) => format!("{name}, ИНН {inn}"),
            None => name.to_owned(),
        }
    });
    let names: Vec<String> = names.collect();
    vec![
        ("Исполнители", names.join("; ")),
        ("Расчётный период", document.period.title_ru()),
        ("Доставить не позднее", cells::day(document.deliver_by)),
        ("Оплатить не позднее", cells::day(document.pay_by)),
    ]
}

fn provider(part: &ProviderPart) -> Result<Provider, PageError> {
    let mut details = vec![
        ("Долг (аванс)", cells::due(part.opening.as_ref())),
        ("Начислено", part.charged.to_string()),
        ("Перерасчёт", part.recalculated.to_string()),
        ("Оплачено", cells::due(part.paid.as_ref())),
        ("Субсидии и льготы", cells::due(part.help.as_ref())),
    ];
    details.extend(instalments_of(part));
    details.extend([
        ("К оплате", part.to_pay.to_string()),
        ("Пени, отдельно", cells::due(part.penalty.as_ref())),
    ]);
    match &part.payee {
        None => details.push(("Реквизиты", words::NO_DATA.to_owned())),
        Some(payee) => {
            let bank = match &payee.corr_account {
                Some(corr) => format!(
                    "{}, БИК {}, к/с {}",
                    payee.bank,
                    payee.bic.as_str(),
                    corr.as_str()
                ),
                None => format!("{}, БИК {}", payee.bank, payee.bic.as_str()),
            };
            let kpp = payee
                .kpp
                .as_ref()
                .map_or(String::new(), |kpp| format!(", КПП {}", kpp.as_str()));
            details.push(("ИНН", format!("{}{kpp}", payee.inn.as_str())));
            details.push(("Расчётный счёт", payee.account.as_str().to_owned()));
            details.push(("Банк", bank));
            details.extend(
                payee
                    .phone
                    .as_ref()
                    .map(|phone| ("Телефон", phone.to_string())),
            );
            details.extend(payee.site.as_ref().map(|site| ("Сайт", site.to_string())));
        }
    }
    let code = part.payment.as_ref().map(|order| drawing(&order.payload));
    Ok(Provider {
        name: part
            .name
            .clone()
            .unwrap_or_else(|| words::NO_DATA.to_owned()),
        to_pay: part.to_pay.to_string(),
        details,
        code: code.transpose()?,
    })
}

/// What instalments change of the sum to be paid.
fn instalments_of(part: &ProviderPart) -> Vec<(&'static str, String)> {
    let Some(instalments) = part.instalments else {
        return Vec::new();
    };
    let mut told = Vec::new();
    if instalments.deferred != Money::ZERO {
        told.push(("Отсрочено (п. 72)", instalments.deferred.to_string()));
    }
    told.push(("Части рассрочки", instalments.due.to_string()));
    told.push(("Ещё не подошёл срок", instalments.outstanding.to_string()));
    told
}

/// A code as SVG: one path of its dark modules. It is drawn from its squares alone, so nothing of
/// the text reaches the page unescaped.
pub(crate) fn drawing(payload: &str) -> Result<String, PageError> {
    let code = QrCode::with_error_correction_level(payload, EcLevel::M)?;
    let width = code.width();
    let mut path = String::new();
    for (index, module) in code.to_colors().into_iter().enumerate() {
        if module == Color::Dark {
            let (x, y) = (index % width + QUIET, index / width + QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    let side = width + 2 * QUIET;
    Ok(format!(
        "<svg viewBox=\"0 0 {side} {side}\" xmlns=\"http://www.w3.org/2000/svg\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

/// The lines in the order of the bill, each resource followed by its sum where it has several.
fn lines(document: &BillDocument) -> Vec<Line> {
    let mut rows: Vec<Line> = document.lines.iter().map(line).collect();
    let sums = document.services.iter().filter(|service| {
        let of = |line: &&DocumentLine| line.line.charge.resource == service.resource;
        document.lines.iter().filter(of).count() > 1
    });
    for service in sums {
        let excess = match service.excess == Money::ZERO {
            true => String::new(),
            false => format!(", из них {} из-за повышающего коэффициента", service.excess),
        };
        rows.push(Line {
            is_part: true,
            number: String::new(),
            title: format!("Всего {}{excess}", service.resource.title_ru()),
            own: String::new(),
            common: String::new(),
            method: String::new(),
            price: String::new(),
            charged: amount(service.charged),
            recalculated: amount(service.recalculated),
        });
    }
    rows
}

fn line(row: &DocumentLine) -> Line {
    let volume = row.line.volume.as_ref().map(text::rounded_with_unit);
    let volume = volume.unwrap_or_default();
    let (own, common) = match row.common {
        true => (String::new(), volume),
        false => (volume, String::new()),
    };
    let (charged, recalculated) = match row.line.kind {
        LineKind::Charge => (amount(row.line.amount), String::new()),
        LineKind::Adjustment => (String::new(), amount(row.line.amount)),
    };
    let price = row.line.price.map(|price| text::roubles(price.price()));
    Line {
        is_part: false,
        number: row.number.to_string(),
        title: row.title.clone(),
        own,
        common,
        method: row.method_code.code().to_string(),
        price: price.unwrap_or_default(),
        charged,
        recalculated,
    }
}

/// Money for a column whose head names roubles.
fn amount(money: Money) -> String {
    money.to_string().trim_end_matches("\u{a0}₽").to_owned()
}

/// The codes that the lines use, with their words.
fn codes(document: &BillDocument) -> Vec<(u8, &'static str)> {
    let used = |code: &MethodCode| document.lines.iter().any(|line| line.method_code == *code);
    let used = MethodCode::ALL.into_iter().filter(used);
    used.map(|code| (code.code(), code.title_ru())).collect()
}

fn meter(row: &MeterRow, zone: ZoneName) -> Meter {
    Meter {
        name: format!(
            "{} № {}",
            text::capital(row.resource.title_ru()),
            row.serial
        ),
        verified: cells::day(row.verified_until),
        previous: cells::shown(row, |register| register.previous),
        previous_taken: cells::taken(row.previous.as_ref(), zone),
        current: cells::shown(row, |register| register.current),
        current_taken: cells::taken(row.current.as_ref(), zone),
        consumption: cells::measure(row.consumption.as_ref()),
    }
}

fn house(document: &BillDocument) -> Vec<House> {
    let rows = document.house.iter();
    rows.map(|totals| House {
        resource: totals.resource.title_ru(),
        house: cells::measure(totals.house.as_ref()),
        premises: cells::measure(totals.premises.as_ref()),
        common: cells::measure(totals.common.as_ref()),
        basis: words::basis_of_common(totals.basis),
    })
    .collect()
}

fn schedules(document: &BillDocument) -> Vec<Schedule> {
    let schedules = document.schedules.iter();
    schedules
        .map(|schedule| Schedule {
            title: cells::schedule_title(schedule),
            parts: schedule
                .parts
                .iter()
                .map(|part| {
                    let is_now = part.period == document.period;
                    (part.period.title_ru(), amount(part.amount), is_now)
                })
                .collect(),
            state: cells::schedule_state(schedule),
        })
        .collect()
}

fn recalculations(document: &BillDocument) -> Vec<Recalculated> {
    let rows = document.recalculations.iter();
    rows.map(|row| Recalculated {
        title: format!(
            "{} за {}",
            text::capital(row.resource.title_ru()),
            row.period.title_ru()
        ),
        amount: amount(row.amount),
        code: row.code.code(),
        basis: row.basis.clone(),
    })
    .collect()
}
