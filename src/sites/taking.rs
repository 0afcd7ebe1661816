//! Readings typed into a form: read, recorded in one unit of work, answered by a receipt.

use std::collections::BTreeMap;
use std::sync::Arc;

use aggregates::ids::{BookId, MeterId};
use aggregates::meter::model::{RegisterKind, RegisterSpec};
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::Measure;
use aggregates::text::{Code, Label};
use futures_util::FutureExt;
use projections::directory::fold::Directory;
use sha2::{Digest, Sha256};

use crate::figures;
use crate::readings::{Answer, Entry, note_missing, record};
use crate::sites::error::SiteError;
use crate::sites::format::typed_number;
use crate::store::{Actor, Completed, Ledger, Request};

/// The fields of a form, in their order.
pub(super) type Fields = Vec<(String, String)>;

/// The value of a field; empty where it is not there.
pub(super) fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields
        .iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, value)| value.as_str())
}

/// The name of the field of a register.
pub(super) fn field_name(meter: MeterId, register: &str) -> String {
    format!("v.{meter}.{register}")
}

/// What was typed for one meter.
#[derive(Debug, PartialEq)]
pub(super) enum Typed {
    /// Nothing.
    Empty,
    /// A value for each register that is read.
    Values(Vec<RegisterValue>),
    /// Something that is no reading, with what is wrong by register.
    Wrong(BTreeMap<String, String>),
}

/// Registers that count up: those that people read.
pub(super) fn read_registers(registers: &[RegisterSpec]) -> impl Iterator<Item = &RegisterSpec> {
    registers
        .iter()
        .filter(|spec| spec.kind == RegisterKind::Cumulative)
}

/// Reads what was typed for a meter.
pub(super) fn typed(fields: &Fields, meter: MeterId, registers: &[RegisterSpec]) -> Typed {
    let mut values = Vec::new();
    let mut wrong = BTreeMap::new();
    let mut empty = Vec::new();
    for spec in read_registers(registers) {
        let name = spec.name.as_str();
        let text = field(fields, &field_name(meter, name)).trim();
        if text.is_empty() {
            empty.push(name.to_owned());
            continue;
        }
        match typed_number(text) {
            Some(value) => values.push(RegisterValue {
                register: spec.name.clone(),
                value: Measure::new(value, spec.unit),
            }),
            None => {
                let why = "нужны только цифры и запятая, например 341,28";
                wrong.insert(name.to_owned(), why.to_owned());
            }
        }
    }
    if !values.is_empty() || !wrong.is_empty() {
        for name in empty {
            wrong.insert(name, "впишите и это значение: прибор один".to_owned());
        }
    }
    match (wrong.is_empty(), values.is_empty()) {
        (false, _) => Typed::Wrong(wrong),
        (true, true) => Typed::Empty,
        (true, false) => Typed::Values(values),
    }
}

/// The request that a form's key stands for: sent twice, it is answered once.
pub(super) fn request(fields: &Fields, operation: &str) -> Result<Request, SiteError> {
    let key = field(fields, "key");
    let is_key = (16..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_key {
        let why = "форма без номера: откройте страницу заново".to_owned();
        return Err(SiteError::BadRequest(why));
    }
    let mut body = String::new();
    for (name, value) in fields.iter().filter(|(name, _)| name != "key") {
        body.push_str(&format!("{name}={value}\n"));
    }
    Ok(Request::new(format!("web/{key}"), operation, body)?)
}

/// A key for a form.
pub(super) fn new_key() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The identity of reading number `index` of a request.
pub(super) fn origin(actor: &Actor, request: &Request, index: usize) -> Result<Label, SiteError> {
    let mut hash = Sha256::new();
    hash.update(actor.as_str());
    hash.update([0]);
    hash.update(request.key());
    let name = format!("web:{}:{index}", &hex::encode(hash.finalize())[..32]);
    Label::new(name).map_err(SiteError::internal)
}

/// The channel of everything that comes by these pages.
pub(super) fn web() -> Result<Code, SiteError> {
    Code::new("web").map_err(SiteError::internal)
}

/// Records the entries together; an entry that no meter can take refuses them all.
pub(super) async fn take_in(
    ledger: &Ledger,
    book: BookId,
    (actor, request): (&Actor, &Request),
    entries: Vec<Entry>,
) -> Result<Completed<Vec<Answer>>, SiteError> {
    let entries = Arc::new(entries);
    let done = ledger.run(book.0, actor, Some(request), move |unit| {
        let entries = Arc::clone(&entries);
        async move {
            unit.describe("command", "record_readings");
            let head = unit.ledger().head(book.0).await?;
            let directory = figures::directory(unit.ledger(), book, head.position).await?;
            recorded(unit, book, &directory, &entries).await
        }
        .boxed()
    });
    done.await.map_err(SiteError::from_run)
}

async fn recorded(
    unit: &mut crate::store::unit::UnitOfWork,
    book: BookId,
    directory: &Directory,
    entries: &[Entry],
) -> Result<Vec<Answer>, SiteError> {
    let outcomes = record(unit, book, directory, entries).await?;
    let mut answers = Vec::with_capacity(entries.len());
    let mut sent = Vec::with_capacity(entries.len());
    for (entry, outcome) in entries.iter().zip(outcomes) {
        let answer = outcome.map_err(SiteError::Refused)?;
        sent.push((entry.clone(), answer.clone()));
        answers.push(answer);
    }
    note_missing(unit, directory, &sent).await?;
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use aggregates::quantity::Unit;
    use uuid::Uuid;

    use super::*;

    fn register(name: &str) -> RegisterSpec {
        RegisterSpec {
            name: Code::new(name).expect("a code"),
            unit: Unit::KilowattHour,
            kind: RegisterKind::Cumulative,
            digits: Some(6),
            decimals: Some(2),
        }
    }

    #[test]
    fn a_meter_is_read_whole_or_not_at_all() {
        let meter = MeterId(Uuid::from_u128(1));
        let registers = [register("t1"), register("t2")];
        let fields = |one: &str, two: &str| -> Fields {
            vec![
                (field_name(meter, "t1"), one.to_owned()),
                (field_name(meter, "t2"), two.to_owned()),
            ]
        };
        assert_eq!(typed(&fields("", " "), meter, &registers), Typed::Empty);
        let both = typed(&fields("12,5", "7"), meter, &registers);
        assert!(matches!(both, Typed::Values(values) if values.len() == 2));
        let one = typed(&fields("12,5", ""), meter, &registers);
        assert!(matches!(one, Typed::Wrong(wrong) if wrong.contains_key("t2")));
        let word = typed(&fields("двенадцать", "7"), meter, &registers);
        assert!(matches!(word, Typed::Wrong(wrong) if wrong.contains_key("t1")));
    }
}
