//! Чужой счёт: a bill that somebody else printed for the same premises, as it was typed in or
//! imported. Nothing in it is believed; it is kept so that the comparison with ours can be made
//! again as of then.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::account::bill::{ChargePart, Multiplier};
use crate::account::error::AccountError;
use crate::account::event::AccountEvent;
use crate::organisation::registration::Inn;
use crate::quantity::{Measure, Money, Quantity, SquareMetre, TariffRate};
use crate::tariff_book::event::TariffComponent;
use crate::text::{Code, Label};
use crate::time::Period;
use crate::vocabulary::Resource;

/// Most lines that a received bill may have.
const LINES_MAX: usize = 200;

/// A bill of somebody else. It names no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedBill {
    /// For which settlement period.
    pub period: Period,
    /// Who printed it, as it says itself: a company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biller: Option<Label>,
    /// Its lines, as printed.
    pub lines: Vec<ReceivedLine>,
    /// The sum it asks for its lines, where it prints one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
}

/// A line of a bill of somebody else; what it does not print is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedLine {
    /// Which resource.
    pub resource: Resource,
    /// Which part of the charge; individual consumption where left out.
    #[serde(default = "individual")]
    pub part: ChargePart,
    /// Which part of the price; the whole where left out.
    #[serde(default = "single")]
    pub component: TariffComponent,
    /// Zone of the day (register name), where the price has zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Code>,
    /// The earlier period that a recalculation is for; left out for a charge of the month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalculated: Option<Period>,
    /// ИНН of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Inn>,
    /// The volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Measure>,
    /// How the volume was found, by the suppliers' codes 0 to 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<u8>,
    /// The price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<TariffRate>,
    /// Повышающий коэффициент.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Multiplier>,
    /// The reading that the volume is counted from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Measure>,
    /// The reading that it is counted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Measure>,
    /// The norm a person or a square metre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<Measure>,
    /// How many people it was reckoned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<u32>,
    /// The area it was reckoned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Quantity<SquareMetre>>,
    /// What it asks.
    pub amount: Money,
}

fn individual() -> ChargePart {
    ChargePart::Individual
}

fn single() -> TariffComponent {
    TariffComponent::Single
}

impl Account {
    /// Takes in a bill of somebody else, once a content.
    pub(super) fn receive_bill(
        &self,
        bill: ReceivedBill,
        sha256: Code,
    ) -> Result<Vec<AccountEvent>, AccountError> {
        self.require_opening()?;
        let what = match bill.lines.len() {
            0 => Some("в нём нет ни одной строки"),
            count if LINES_MAX < count => Some("в нём больше 200 строк"),
            _ => fault_of(&bill),
        };
        if let Some(what) = what {
            return Err(AccountError::BadReceivedBill { what });
        }
        match self.received.contains(&(bill.period, sha256.clone())) {
            true => Ok(Vec::new()),
            false => Ok(vec![AccountEvent::BillReceived { bill, sha256 }]),
        }
    }
}

fn fault_of(bill: &ReceivedBill) -> Option<&'static str> {
    let late = |line: &ReceivedLine| line.recalculated.is_some_and(|of| bill.period <= of);
    let unknown = |line: &ReceivedLine| line.method.is_some_and(|code| 8 < code);
    if bill.lines.iter().any(late) {
        return Some("перерасчёт бывает только за прежний период");
    }
    bill.lines
        .iter()
        .any(unknown)
        .then_some("способы расчёта объёма обозначаются числами от 0 до 8")
}
