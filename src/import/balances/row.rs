//! One row of a table of balances.

use aggregates::organisation::registration::Inn;
use aggregates::quantity::{Money, exact};
use aggregates::text::{Code, Label};
use aggregates::vocabulary::{ActRef, Resource};
use chrono::NaiveDate;
use projections::bills::document::BalanceKind;
use serde::Deserialize;

use crate::import::table::{
    Cell, Cells, Columns, Layout, RowReader, RowRefusal, TableColumn, TableRow, day_of, folded,
};

/// A balance as somebody states it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalanceRow {
    /// The house, where a file names it: its address or ФИАС GUID as written.
    #[serde(skip)]
    pub house: Option<Label>,
    /// Лицевой счёт.
    pub account: Label,
    /// What is stated: `debt`, `advance`, `payment`, `penalty`, `subsidy`, `benefit`.
    pub kind: Code,
    /// How much; of an advance and of a debt below zero: negative, of all others as paid or owed.
    pub amount: Money,
    /// End of which day it states.
    pub as_of: NaiveDate,
    /// ИНН of the provider to whom it is owed, where the statement says.
    #[serde(default)]
    pub provider: Option<Inn>,
    /// The resource, where it is about one.
    #[serde(default)]
    pub resource: Option<Resource>,
    /// ИНН of who states it.
    pub from: Inn,
    /// The document that states it.
    pub act: ActRef,
}

impl std::fmt::Display for BalanceRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = BalanceKind::from_code(self.kind.as_str());
        let kind = kind.map_or(self.kind.as_str(), |kind| kind.title_ru());
        write!(f, "л/с {}, {kind}", self.account)
    }
}

/// Columns of a table of balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    House,
    Account,
    Kind,
    Amount,
    AsOf,
    Provider,
    Resource,
    From,
    ActNumber,
    ActDate,
}

const HEADERS: &[fn() -> &'static str] = &[
    || "Дом, Адрес, Адрес дома, ФИАС, house, building, fias",
    || "Лицевой счёт, Номер лицевого счёта, Л/с, № л/с, account, account number",
    || "Вид, Вид сальдо, Что, kind",
    || "Сумма, Сальдо, Сумма руб, amount",
    || "На дату, По состоянию на, Дата, Дата сальдо, as of",
    || "ИНН исполнителя, ИНН поставщика, ИНН получателя, provider",
    || "Ресурс, Вид ресурса, Услуга, Вид услуги, resource, service",
    || "ИНН источника, ИНН расчётного центра, Кто сообщил, from",
    || "Номер документа, Документ, Номер ведомости, act, act number",
    || "Дата документа, Дата ведомости, act date",
];

impl TableColumn for Column {
    fn index(self) -> usize {
        self as usize
    }

    fn title_ru(self) -> &'static str {
        let list = HEADERS.get(self as usize).map_or("", |list| list());
        list.split(", ").next().unwrap_or_default()
    }
}

static BALANCES: Layout = Layout {
    headers: HEADERS,
    has_values: false,
    missing,
    never_in_totals: Some(Column::Account as usize),
    sheet: "сальдо",
    example: "Лицевой счёт; Вид; Сумма; На дату; ИНН источника; Номер документа; Дата документа. \
              Все названия: docs/formats/balances.md",
};

fn missing(columns: &Columns) -> Vec<String> {
    let required = [
        Column::Account,
        Column::Kind,
        Column::Amount,
        Column::AsOf,
        Column::From,
        Column::ActNumber,
        Column::ActDate,
    ];
    let absent = required
        .into_iter()
        .filter(|column| columns.place(*column).is_none());
    absent
        .map(|column| format!("«{}»", column.title_ru()))
        .collect()
}

impl TableRow for BalanceRow {
    const LAYOUT: &'static Layout = &BALANCES;

    fn read<C: Cells>(reader: &RowReader<'_, C>) -> Result<Self, RowRefusal> {
        let required = |column: Column| {
            reader
                .label(column)?
                .ok_or_else(|| reader.empty(column, "Заполните ячейку."))
        };
        let account = required(Column::Account)?;
        let kind = kind(reader)?;
        let (kind, amount) = amount(reader, kind)?;
        let day = |column: Column| {
            let moment = reader.moment(column)?;
            let empty = || reader.empty(column, "Впишите дату: 31.10.2026.");
            moment.map(day_of).ok_or_else(empty)
        };
        let from = inn(reader, Column::From)?
            .ok_or_else(|| reader.empty(Column::From, "Впишите ИНН того, кто сообщил сальдо."))?;
        Ok(Self {
            house: reader.label(Column::House)?,
            account,
            kind: Code::new(kind.code())
                .map_err(|error| RowRefusal::new("kind.unknown", error.to_string(), ""))?,
            amount,
            as_of: day(Column::AsOf)?,
            provider: inn(reader, Column::Provider)?,
            resource: reader.resource(Column::Resource)?,
            from,
            act: ActRef {
                number: required(Column::ActNumber)?,
                date: day(Column::ActDate)?,
                document: None,
            },
        })
    }
}

/// What a cell of the column «Вид» says; `None` for a balance whose sign decides.
fn kind<C: Cells>(reader: &RowReader<'_, C>) -> Result<Option<BalanceKind>, RowRefusal> {
    let cell = reader.cell(Column::Kind);
    if cell.is_empty() {
        return Err(reader.empty(Column::Kind, "Впишите: долг, аванс, оплата, пени …"));
    }
    let folded = folded(&cell.shown());
    Ok(Some(match folded.as_str() {
        "сальдо" | "balance" => return Ok(None),
        "долг" | "задолженность" | "debt" => BalanceKind::Debt,
        "аванс" | "переплата" | "advance" => BalanceKind::Advance,
        "оплата" | "оплачено" | "платеж" | "payment" => BalanceKind::Payment,
        "пени" | "пеня" | "penalty" => BalanceKind::Penalty,
        "субсидия" | "subsidy" => BalanceKind::Subsidy,
        "льгота" | "компенсация" | "benefit" => BalanceKind::Benefit,
        _ => {
            return Err(reader.refuse_in(
                Column::Kind,
                "kind.unknown",
                "такого вида нет",
                "Впишите один из видов: долг, аванс, сальдо, оплата, пени, субсидия, льгота.",
            ));
        }
    }))
}

/// The amount as it is stored. An advance is written without a sign and stored below zero; a
/// «сальдо» is a debt above zero and an advance below it; nothing else may be negative.
fn amount<C: Cells>(
    reader: &RowReader<'_, C>,
    kind: Option<BalanceKind>,
) -> Result<(BalanceKind, Money), RowRefusal> {
    let refuse = |code, what: String| {
        reader.refuse_in(
            Column::Amount,
            code,
            what,
            "Впишите сумму в рублях и копейках, например 1234,50; знак минус — только у сальдо.",
        )
    };
    let cell = reader.cell(Column::Amount);
    let text = match &cell {
        Cell::Empty => return Err(reader.empty(Column::Amount, "Впишите сумму: 1234,50.")),
        Cell::Text(text) => (*text).to_owned(),
        Cell::Number(number) => number.text.clone(),
        Cell::Moment(_) | Cell::Broken(_) => {
            return Err(refuse("amount.form", "не сумма".to_owned()));
        }
    };
    let unsigned = text.trim_start_matches(['-', '−', '–']);
    let below = unsigned.len() < text.len();
    let number = crate::import::table::read_decimal(unsigned)
        .map_err(|problem| refuse(problem.code(), problem.what_ru()))?;
    let roubles = exact::normalised(number);
    let amount: Money = roubles
        .to_string()
        .parse()
        .map_err(|_| refuse("amount.kopecks", "в сумме доли копейки".to_owned()))?;
    let negative = Money::from_kopecks(-amount.kopecks());
    match (kind, below) {
        (None, false) => Ok((BalanceKind::Debt, amount)),
        (None, true) => Ok((BalanceKind::Advance, negative)),
        (Some(BalanceKind::Advance), false) => Ok((BalanceKind::Advance, negative)),
        (Some(kind), false) => Ok((kind, amount)),
        (Some(_), true) => Err(refuse("amount.negative", "знак минус".to_owned())),
    }
}

fn inn<C: Cells>(reader: &RowReader<'_, C>, column: Column) -> Result<Option<Inn>, RowRefusal> {
    let Some(text) = reader.label(column)? else {
        return Ok(None);
    };
    Inn::new(text.as_str()).map(Some).map_err(|_| {
        reader.refuse_in(
            column,
            "inn.unfit",
            "не ИНН: 10 или 12 цифр с контрольной",
            "Сверьте ИНН; у ячейки задайте формат «Текстовый».",
        )
    })
}
