//! Rules of an account: what a command leads to.

use chrono::NaiveDate;

use crate::account::error::AccountError;
use crate::account::event::{AccountEvent, ClosingReason, Holder, HolderKind};
use crate::account::{Account, Balance, Closing, Opening};
use crate::quantity::Fraction;
use crate::text::Label;
use crate::vocabulary::ActRef;

/// Characters of a ЕЛС (ГИС ЖКХ, length of `UnifiedAccountNumber`).
const UNIFIED_NUMBER_LENGTH: usize = 10;

type Outcome = Result<Vec<AccountEvent>, AccountError>;

impl Account {
    pub(super) fn open(&self, given: Opening) -> Outcome {
        check_holder(&given.holder)?;
        if let Some(known) = &self.opening {
            return match differing_field(known, &given) {
                Some(field) => Err(AccountError::OpenedDifferently { field }),
                None => Ok(Vec::new()),
            };
        }
        let Opening {
            number,
            premises,
            holder,
            share,
            from,
        } = given;
        Ok(vec![AccountEvent::AccountOpened {
            number,
            premises,
            holder,
            share,
            from,
        }])
    }

    /// Numbers may be given one at a time and corrected; together they must belong together.
    pub(super) fn identify(
        &self,
        unified_number: Option<Label>,
        service_number: Option<Label>,
    ) -> Outcome {
        self.require_opening()?;
        if unified_number.is_none() && service_number.is_none() {
            return Err(AccountError::NothingIdentified);
        }
        let unified = unified_number.as_ref().or(self.unified_number.as_ref());
        let service = service_number.as_ref().or(self.service_number.as_ref());
        check_numbers(unified, service)?;
        if unified == self.unified_number.as_ref() && service == self.service_number.as_ref() {
            return Ok(Vec::new());
        }
        Ok(vec![AccountEvent::AccountIdentified {
            unified_number,
            service_number,
        }])
    }

    pub(super) fn transfer(&self, holder: Holder, from: NaiveDate, act: ActRef) -> Outcome {
        let opening = self.require_opening()?;
        check_holder(&holder)?;
        if self
            .transfers
            .has_from(from, &(holder.clone(), act.clone()))
        {
            return Ok(Vec::new());
        }
        let last = self.transfers.last();
        self.check_change(opening, from, last.map(|row| row.from))?;
        match *last.map_or(&opening.holder, |row| &row.value.0) == holder {
            true => Err(AccountError::SameHolder),
            false => Ok(vec![AccountEvent::AccountTransferred { holder, from, act }]),
        }
    }

    pub(super) fn change_share(&self, share: Fraction, from: NaiveDate, act: ActRef) -> Outcome {
        let opening = self.require_opening()?;
        if self.share_changes.has_from(from, &(share, act.clone())) {
            return Ok(Vec::new());
        }
        let last = self.share_changes.last();
        self.check_change(opening, from, last.map(|row| row.from))?;
        match last.map_or(opening.share, |row| row.value.0) == share {
            true => Err(AccountError::SameShare {
                share: share.to_string(),
            }),
            false => Ok(vec![AccountEvent::AccountShareChanged { share, from, act }]),
        }
    }

    pub(super) fn close(&self, given: Closing) -> Outcome {
        let opening = self.require_opening()?;
        match &self.closing {
            Some(known) if *known == given => return Ok(Vec::new()),
            Some(known) => return Err(AccountError::ClosedDifferently { closed: known.from }),
            None => {}
        }
        let Closing { from, reason, act } = given;
        // An account opened by mistake counts as never opened, whatever was entered into it.
        if reason != ClosingReason::OpenedByMistake {
            self.check_closing(opening, from)?;
        } else if from < opening.from {
            return Err(AccountError::NotAfterOpening {
                from,
                opened: opening.from,
            });
        }
        Ok(vec![AccountEvent::AccountClosed { from, reason, act }])
    }

    fn check_closing(&self, opening: &Opening, from: NaiveDate) -> Result<(), AccountError> {
        if from <= opening.from {
            return Err(AccountError::NotAfterOpening {
                from,
                opened: opening.from,
            });
        }
        let transferred = self.transfers.last().map(|row| row.from);
        let shared = self.share_changes.last().map(|row| row.from);
        match transferred.max(shared) {
            Some(last) if from <= last => Err(AccountError::ClosedBeforeChange { from, last }),
            _ => Ok(()),
        }
    }

    pub(super) fn receive_balance(&self, balance: Balance) -> Outcome {
        self.require_opening()?;
        if let Some(known) = self
            .balances
            .iter()
            .find(|known| known.key() == balance.key())
        {
            if *known == balance {
                return Ok(Vec::new());
            }
            if known.act == balance.act {
                return Err(AccountError::BalanceDiffers {
                    as_of: balance.as_of,
                    recorded: known.amount.to_string(),
                });
            }
        }
        let Balance {
            from,
            as_of,
            provider,
            resource,
            kind,
            amount,
            act,
        } = balance;
        Ok(vec![AccountEvent::BalanceReceived {
            from,
            as_of,
            provider,
            resource,
            kind,
            amount,
            act,
        }])
    }

    pub(super) fn require_opening(&self) -> Result<&Opening, AccountError> {
        self.opening.as_ref().ok_or(AccountError::NotOpened)
    }

    /// A change lies after the opening and the last change of its kind, and before the closing.
    fn check_change(
        &self,
        opening: &Opening,
        from: NaiveDate,
        last: Option<NaiveDate>,
    ) -> Result<(), AccountError> {
        if from <= opening.from {
            return Err(AccountError::NotAfterOpening {
                from,
                opened: opening.from,
            });
        }
        if let Some(closed) = self.closed_from().filter(|closed| *closed <= from) {
            return Err(AccountError::AfterClosing { from, closed });
        }
        match last.filter(|last| from <= *last) {
            Some(last) => Err(AccountError::NotInOrder { from, last }),
            None => Ok(()),
        }
    }
}

fn check_holder(holder: &Holder) -> Result<(), AccountError> {
    let (person, organisation) = (holder.person.is_some(), holder.organisation.is_some());
    let kind = holder.kind;
    if person && organisation {
        return Err(AccountError::HolderIsBoth);
    }
    match kind {
        HolderKind::Owner | HolderKind::SocialTenant if organisation => {
            Err(AccountError::HolderIsNoOrganisation { kind })
        }
        HolderKind::Company | HolderKind::Municipality | HolderKind::Developer if person => {
            Err(AccountError::HolderIsNoPerson { kind })
        }
        HolderKind::Company if !organisation => Err(AccountError::CompanyUnnamed),
        _ => Ok(()),
    }
}

fn check_numbers(unified: Option<&Label>, service: Option<&Label>) -> Result<(), AccountError> {
    if let Some(given) = unified.filter(|number| !is_unified_number(number.as_str())) {
        return Err(AccountError::NotAUnifiedNumber {
            given: given.to_string(),
        });
    }
    let Some(service) = service else {
        return Ok(());
    };
    let stem = unified_part(service.as_str()).ok_or_else(|| AccountError::NotAServiceNumber {
        given: service.to_string(),
    })?;
    match unified {
        Some(unified) if unified.as_str() != stem => Err(AccountError::NumbersDisagree {
            unified: unified.to_string(),
            service: service.to_string(),
        }),
        _ => Ok(()),
    }
}

fn is_unified_number(text: &str) -> bool {
    text.chars().count() == UNIFIED_NUMBER_LENGTH && text.chars().all(char::is_alphanumeric)
}

/// The ЕЛС that a ИЖКУ begins with, if it is one.
fn unified_part(service: &str) -> Option<&str> {
    let (stem, ordinal) = service.split_once('-')?;
    let two_digits = ordinal.len() == 2 && ordinal.chars().all(|c| c.is_ascii_digit());
    (two_digits && is_unified_number(stem)).then_some(stem)
}

fn differing_field(known: &Opening, given: &Opening) -> Option<&'static str> {
    let same = [
        ("номер", known.number == given.number),
        ("помещение", known.premises == given.premises),
        ("держатель", known.holder == given.holder),
        ("доля", known.share == given.share),
        ("дата открытия", known.from == given.from),
    ];
    same.into_iter()
        .find(|(_, same)| !same)
        .map(|(field, _)| field)
}
