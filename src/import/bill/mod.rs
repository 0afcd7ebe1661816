//! A received bill as a table: CSV, XLSX or JSON, a row a line of the bill.

use std::path::Path;

use aggregates::account::bill::ChargePart;
use aggregates::quantity::{Money, exact};
use aggregates::vocabulary::Resource;
use projections::bills::foreign::{ForeignBill, ForeignLine};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::import::table::{
    Cell, Cells, Columns, Layout, RowReader, RowRefusal, TableColumn, TableRow, UnusableFile,
    folded, open_table, read_decimal,
};

/// A line of a received bill as it was typed or imported.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
struct BillRow(ForeignLine);

/// Columns of a received bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Resource,
    Part,
    Volume,
    Price,
    Amount,
}

const HEADERS: &[fn() -> &'static str] = &[
    || "Ресурс, Услуга, Вид услуги, Вид ресурса, resource, service",
    || "Вид, Часть, Что, Вид начисления, part",
    || "Объём, Количество, Объем услуги, volume",
    || "Цена, Тариф, price, tariff",
    || "Сумма, Начислено, Итого, Сумма руб, amount",
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

static BILL: Layout = Layout {
    headers: HEADERS,
    has_values: false,
    missing,
    never_in_totals: Some(Column::Resource as usize),
    sheet: "счёт",
    example: "Ресурс; Вид; Объём; Цена; Сумма. Все названия: docs/formats/foreign-bill.md",
};

fn missing(columns: &Columns) -> Vec<String> {
    let required = [Column::Resource, Column::Amount].into_iter();
    let absent = required.filter(|column| columns.place(*column).is_none());
    absent
        .map(|column| format!("«{}»", column.title_ru()))
        .collect()
}

impl TableRow for BillRow {
    const LAYOUT: &'static Layout = &BILL;

    fn read<C: Cells>(reader: &RowReader<'_, C>) -> Result<Self, RowRefusal> {
        let empty = |column, remedy| reader.empty(column, remedy);
        let resource: Option<Resource> = reader.resource(Column::Resource)?;
        let resource = resource.ok_or_else(|| empty(Column::Resource, "Впишите услугу: ХВС."))?;
        let amount = decimal(reader, Column::Amount)?;
        let amount = amount.ok_or_else(|| empty(Column::Amount, "Впишите сумму: 1234,50."))?;
        let amount: Result<Money, _> = exact::normalised(amount).to_string().parse();
        let amount = amount.map_err(|_| {
            let remedy = "Впишите сумму в рублях и копейках: 1234,50.";
            reader.refuse_in(
                Column::Amount,
                "amount.kopecks",
                "в сумме доли копейки",
                remedy,
            )
        })?;
        Ok(Self(ForeignLine {
            resource,
            part: part(reader)?,
            volume: decimal(reader, Column::Volume)?,
            price: decimal(reader, Column::Price)?,
            amount,
        }))
    }
}

/// A number with a sign; `None` for an empty cell.
fn decimal<C: Cells>(
    reader: &RowReader<'_, C>,
    column: Column,
) -> Result<Option<Decimal>, RowRefusal> {
    let refuse =
        |code, what: String| reader.refuse_in(column, code, what, "Впишите число, например 4,21.");
    let cell = reader.cell(column);
    let text = match &cell {
        Cell::Empty => return Ok(None),
        Cell::Text(text) => (*text).to_owned(),
        Cell::Number(number) => number.text.clone(),
        Cell::Moment(_) | Cell::Broken(_) => {
            return Err(refuse("number.form", "не число".to_owned()));
        }
    };
    let unsigned = text.trim_start_matches(['-', '−', '–']);
    let number =
        read_decimal(unsigned).map_err(|problem| refuse(problem.code(), problem.what_ru()))?;
    Ok(Some(match unsigned.len() < text.len() {
        true => -number,
        false => number,
    }))
}

/// What a cell of the column «Вид» says; own consumption where it is empty.
fn part<C: Cells>(reader: &RowReader<'_, C>) -> Result<ChargePart, RowRefusal> {
    let cell = reader.cell(Column::Part);
    if cell.is_empty() {
        return Ok(ChargePart::Individual);
    }
    let written = cell.shown();
    // The words are as people write them; a code is as the documents have it.
    let found = match folded(&written).as_str() {
        "индивидуальное" | "индивидуальноепотребление" => {
            Some(ChargePart::Individual)
        }
        "крнасои" | "сои" => Some(ChargePart::CommonProperty),
        "одн" | "общедомовыенужды" => Some(ChargePart::CommonNeeds),
        "превышение" | "повышающийкоэффициент" => {
            Some(ChargePart::MultiplierExcess)
        }
        "ндс" => Some(ChargePart::Vat),
        _ => serde_json::from_value(written.trim().to_lowercase().into()).ok(),
    };
    found.ok_or_else(|| {
        reader.refuse_in(
            Column::Part,
            "part.unknown",
            "такого вида начисления нет",
            "Впишите: индивидуальное, КР на СОИ, ОДН, превышение, НДС.",
        )
    })
}

/// A received bill, and the rows of the file that cannot be read.
///
/// # Errors
/// [`UnusableFile`] when no row of the file can be taken.
pub fn read(path: &Path) -> Result<(ForeignBill, Vec<String>), UnusableFile> {
    let (_, rows) = open_table::<BillRow>(path)?;
    let mut lines = Vec::new();
    let mut refused = Vec::new();
    for row in rows {
        match row.content {
            Ok(BillRow(line)) => lines.push(line),
            Err(refusal) => refused.push(format!(
                "строка {}: {} {}",
                row.line, refusal.what_ru, refusal.remedy_ru
            )),
        }
    }
    Ok((ForeignBill { lines }, refused))
}
