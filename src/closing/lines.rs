//! The root over all lines that a closing sends out (docs/formats/closing.md).

use aggregates::account::bill::{Bill, BillKind, BillLine, ProviderNotice};
use aggregates::ids::{AccountId, BookId};
use aggregates::text::{Code, TextError};
use projections::settlement::Closing;
use sha2::{Digest, Sha256};

use crate::store::merkle::CompactRange;

/// First line of a leaf.
const LEAF_FORMAT: &str = "energokabinet/bill-line/v1";

/// The lines of one bill or notice.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    account: AccountId,
    /// `monthly`, `final_statement` or `notice/` with the provider.
    kind: String,
    lines: Vec<&'a BillLine>,
}

impl<'a> Sheet<'a> {
    /// The lines of a bill that went out.
    pub fn of_bill(account: AccountId, bill: &'a Bill) -> Self {
        Self {
            account,
            kind: kind(bill.kind).to_owned(),
            lines: bill.lines.iter().collect(),
        }
    }

    /// The lines of a notice that went out.
    pub fn of_notice(account: AccountId, notice: &'a ProviderNotice) -> Self {
        Self {
            account,
            kind: format!("notice/{}", notice.provider),
            lines: notice.lines.iter().collect(),
        }
    }
}

fn kind(kind: BillKind) -> &'static str {
    match kind {
        BillKind::Monthly => "monthly",
        BillKind::FinalStatement => "final_statement",
    }
}

/// The bills and notices that a closing sends out.
pub fn sheets(closing: &Closing) -> Vec<Sheet<'_>> {
    let bills = closing.bills.iter().map(|bill| Sheet {
        account: bill.account,
        kind: kind(bill.kind).to_owned(),
        lines: bill.lines.iter().map(|line| &line.line).collect(),
    });
    let notices = closing.notices.iter().map(|notice| Sheet {
        account: notice.account,
        kind: format!("notice/{}", notice.provider),
        lines: notice.lines.iter().map(|line| &line.line).collect(),
    });
    bills.chain(notices).collect()
}

/// A line that has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// It has no JSON form: an error of the program.
    #[error("строка счёта не записывается в канонической форме: {0}")]
    Json(#[from] serde_json::Error),
    /// A hash is no code: an error of the program.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// The RFC 6962 root over all lines: whoever holds one line can be shown that it was sent out, and
/// nobody can add, drop or change one.
///
/// # Errors
/// [`LinesError`] where a line has no canonical form.
pub fn lines_root(book: BookId, mut sheets: Vec<Sheet<'_>>) -> Result<Code, LinesError> {
    sheets.sort_by(|one, other| (one.account, &one.kind).cmp(&(other.account, &other.kind)));
    let mut tree = CompactRange::new();
    for sheet in &sheets {
        for (index, line) in sheet.lines.iter().enumerate() {
            tree.push(leaf(book, sheet, index + 1, line)?);
        }
    }
    Ok(Code::new(hex::encode(tree.root()))?)
}

fn leaf(
    book: BookId,
    sheet: &Sheet<'_>,
    number: usize,
    line: &BillLine,
) -> Result<[u8; 32], LinesError> {
    let content = serde_json_canonicalizer::to_string(line)?;
    let (account, kind) = (sheet.account, &sheet.kind);
    let text = format!("{LEAF_FORMAT}\n{book}\n{account}\n{kind}\n{number}\n{content}\n");
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(text.as_bytes());
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn bill(amount: &str) -> Bill {
        let value = serde_json::json!({
            "period": "2026-03", "kind": "monthly", "computed_at": 7,
            "edition_hash": "ab".repeat(32), "engine": "0.1.0", "total": amount,
            "lines": [{
                "kind": "charge", "period": "2026-03",
                "charge": {"resource": "cold_water", "part": "individual",
                           "component": "single", "from": "2026-03-01"},
                "provider": "00000000-0000-0000-0000-000000000005",
                "volume": {"unit": "m3", "value": "4.2"}, "method": "meter",
                "price": {"per": "m3", "price": "44.86"}, "amount": amount,
                "clause": "ПП 354 прил. 2 ф. 1"
            }]
        });
        serde_json::from_value(value).expect("a bill")
    }

    fn root(bills: &[(u128, Bill)]) -> String {
        let book = BookId(Uuid::from_u128(1));
        let sheets = bills
            .iter()
            .map(|(account, bill)| Sheet::of_bill(AccountId(Uuid::from_u128(*account)), bill));
        let root = lines_root(book, sheets.collect());
        root.expect("a root").as_str().to_owned()
    }

    /// The vector of docs/formats/closing.md.
    #[test]
    fn the_root_of_one_line_is_the_documented_one() {
        let text = "energokabinet/bill-line/v1\n\
            00000000-0000-0000-0000-000000000001\n\
            00000000-0000-0000-0000-000000000002\n\
            monthly\n1\n\
            {\"amount\":\"188.41\",\"charge\":{\"component\":\"single\",\"from\":\"2026-03-01\",\
            \"part\":\"individual\",\"resource\":\"cold_water\"},\
            \"clause\":\"ПП 354 прил. 2 ф. 1\",\"kind\":\"charge\",\"method\":\"meter\",\
            \"period\":\"2026-03\",\"price\":{\"per\":\"m3\",\"price\":\"44.86\"},\
            \"provider\":\"00000000-0000-0000-0000-000000000005\",\
            \"volume\":{\"unit\":\"m3\",\"value\":\"4.2\"}}\n";
        let mut hash = Sha256::new();
        hash.update([0]);
        hash.update(text.as_bytes());
        assert_eq!(root(&[(2, bill("188.41"))]), hex::encode(hash.finalize()));
    }

    #[test]
    fn the_order_of_bills_does_not_matter_and_every_kopeck_does() {
        let (one, other) = (bill("188.41"), bill("188.42"));
        let there = root(&[(2, one.clone()), (3, other.clone())]);
        let back = root(&[(3, other.clone()), (2, one.clone())]);
        assert_eq!(there, back);
        assert_ne!(there, root(&[(2, other), (3, one)]));
    }
}
