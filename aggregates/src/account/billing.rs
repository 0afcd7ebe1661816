//! When a bill may be issued.

use chrono::NaiveDate;

use crate::account::Account;
use crate::account::bill::{Bill, BillKind, BillLine, ChargePart, LineKind, ProviderNotice};
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

    /// Tells a former provider: once a period, adjustments of what it provided that add up.
    ///
    /// # Errors
    /// [`AccountError`] where a line does not belong there or another notice is out.
    pub(super) fn notice_provider(&self, notice: ProviderNotice) -> Outcome {
        self.opened_on()?;
        let known = self
            .notices
            .iter()
            .find(|known| known.provider == notice.provider);
        match known {
            Some(known) if *known == notice => return Ok(Vec::new()),
            Some(known) if known.period >= notice.period => {
                let (period, last) = (notice.period, known.period);
                return Err(AccountError::BillOutOfOrder { period, last });
            }
            _ => {}
        }
        check_sum(&notice.lines, notice.total)?;
        let strange = notice.lines.iter().position(|line| {
            line.kind != LineKind::Adjustment
                || line.provider != notice.provider
                || line.period >= notice.period
        });
        match strange {
            Some(index) => Err(AccountError::BadLine {
                line: index + 1,
                period: notice.period,
                what: "в извещении бывают только перерасчёты прежних периодов по этому исполнителю",
            }),
            None => Ok(vec![AccountEvent::ProviderNoticed { notice }]),
        }
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
    for (index, line) in bill.lines.iter().enumerate() {
        let repeated = bill.lines[..index]
            .iter()
            .any(|other| is_repeated(other, line));
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
    }
    check_sum(&bill.lines, bill.total)
}

/// Adjustments of one charge are told apart by what caused them.
fn is_repeated(one: &BillLine, other: &BillLine) -> bool {
    one.period == other.period && one.charge == other.charge && one.caused_by == other.caused_by
}

fn check_sum(lines: &[BillLine], total: Money) -> Result<(), AccountError> {
    let sum = lines
        .iter()
        .try_fold(Money::ZERO, |sum, line| sum.checked_add(line.amount))
        .map_err(|_| AccountError::SumTooLarge)?;
    match sum == total {
        true => Ok(()),
        false => Err(AccountError::TotalDiffers { total, sum }),
    }
}

fn fault_of(line: &BillLine, bill: &Bill) -> Option<&'static str> {
    let is_own = line.period == bill.period;
    match line.kind {
        LineKind::Charge
            if bill.kind == BillKind::FinalStatement && !line.charge.part.is_of_a_year() =>
        {
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
