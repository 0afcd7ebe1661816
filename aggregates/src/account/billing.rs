//! When a bill may be issued.

use chrono::NaiveDate;

use crate::account::Account;
use crate::account::bill::{Bill, BillKind, BillLine, ChargePart, LineKind};
use crate::account::error::AccountError;
use crate::account::event::AccountEvent;
use crate::quantity::Money;

type Outcome = Result<Vec<AccountEvent>, AccountError>;

impl Account {
    /// Issues a bill: once a period and kind, in the order of periods, with lines that add up.
    ///
    /// # Errors
    /// [`AccountError`] where the account does not stand for the period, a line does not belong
    /// there, or another bill is out.
    pub(super) fn issue_bill(&self, bill: Bill) -> Outcome {
        let opened = self.opened_on()?;
        check_lines(&bill)?;
        if let Some(last) = self.last_bill(bill.kind) {
            if *last == bill {
                return Ok(Vec::new());
            }
            if last.period == bill.period {
                let period = bill.period;
                return Err(AccountError::BilledDifferently { period });
            }
            if last.period > bill.period {
                let (period, last) = (bill.period, last.period);
                return Err(AccountError::BillOutOfOrder { period, last });
            }
        }
        self.check_open(opened, &bill)?;
        Ok(vec![AccountEvent::BillIssued { bill }])
    }

    fn opened_on(&self) -> Result<NaiveDate, AccountError> {
        let opening = self.opening.as_ref().ok_or(AccountError::NotOpened)?;
        Ok(opening.from)
    }

    fn last_bill(&self, kind: BillKind) -> Option<&Bill> {
        match kind {
            BillKind::Monthly => self.monthly_bill.as_ref(),
            BillKind::FinalStatement => self.final_statement.as_ref(),
        }
    }

    fn check_open(&self, opened: NaiveDate, bill: &Bill) -> Result<(), AccountError> {
        let period = bill.period;
        let closed_before = self
            .closed_from()
            .is_some_and(|closed| closed <= period.first_day());
        match bill.kind {
            BillKind::Monthly if closed_before || opened > period.last_day() => {
                Err(AccountError::NotOpenInPeriod { period })
            }
            BillKind::FinalStatement if !closed_before => {
                Err(AccountError::NotClosedBefore { period })
            }
            _ => Ok(()),
        }
    }
}

fn check_lines(bill: &Bill) -> Result<(), AccountError> {
    let mut sum = Money::ZERO;
    for (index, line) in bill.lines.iter().enumerate() {
        let repeated = bill.lines[..index]
            .iter()
            .any(|other| other.period == line.period && other.charge == line.charge);
        let what = match repeated {
            true => Some("такая строка уже есть"),
            false => fault_of(line, bill),
        };
        if let Some(what) = what {
            return Err(AccountError::BadLine {
                line: index + 1,
                period: bill.period,
                what,
            });
        }
        sum = sum
            .checked_add(line.amount)
            .map_err(|_| AccountError::SumTooLarge)?;
    }
    match sum == bill.total {
        true => Ok(()),
        false => Err(AccountError::TotalDiffers {
            total: bill.total,
            sum,
        }),
    }
}

fn fault_of(line: &BillLine, bill: &Bill) -> Option<&'static str> {
    let is_own = line.period == bill.period;
    match line.kind {
        LineKind::Charge if bill.kind == BillKind::FinalStatement => {
            return Some("в итоговом перерасчёте бывают только перерасчёты");
        }
        LineKind::Charge if !is_own => return Some("начисление относится к другому периоду"),
        LineKind::Adjustment if line.period >= bill.period => {
            return Some("перерасчёт возможен только за прежний период");
        }
        LineKind::Charge | LineKind::Adjustment => {}
    }
    let is_excess = line.charge.part == ChargePart::MultiplierExcess;
    if is_excess != line.multiplier.is_some() {
        return Some("повышающий коэффициент указывается у строки превышения, и только у неё");
    }
    let day = line.charge.from;
    (day < line.period.first_day() || day > line.period.last_day())
        .then_some("день начала цены лежит вне периода")
}
