//! ГОСТ Р 56042-2014: the text of the two-dimensional code by which a bill is paid.

use aggregates::account::bill::BillKind;
use aggregates::building::payee::Payee;
use aggregates::quantity::Money;
use aggregates::time::Period;
use serde::Serialize;

/// What the text begins with: the form, its version 0001, the code of UTF-8.
const HEADER: &str = "ST00012";
/// Separators in the order in which they are tried: the standard takes any sign that no value
/// holds, and readers expect the first.
const SEPARATORS: [char; 6] = ['|', '~', '^', '#', '@', '$'];
/// Longest purpose that the standard takes.
const PURPOSE_MAX: usize = 210;

/// A payment as a code carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentOrder {
    /// The sum.
    pub sum: Money,
    /// The text of the code.
    pub payload: String,
}

/// Why there is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// Nothing is to be paid.
    #[error("платить нечего: сумма не больше нуля")]
    NothingToPay,
    /// Every separator occurs in some value.
    #[error("в реквизитах встречаются все знаки-разделители ГОСТ Р 56042")]
    NoSeparator,
}

/// The payment of `sum` to a payee for the bill of an account.
///
/// # Errors
/// [`PaymentError`].
pub(crate) fn order(
    payee: &Payee,
    (number, period, kind): (&str, Period, BillKind),
    sum: Money,
) -> Result<PaymentOrder, PaymentError> {
    let what = match kind {
        BillKind::Monthly => "Оплата коммунальных услуг",
        BillKind::FinalStatement => "Оплата по итоговому перерасчёту",
    };
    let purpose = format!("{what} за {}, л/с {number}", period.title_ru());
    let payload = payload(payee, number, period, sum, &purpose)?;
    Ok(PaymentOrder { sum, payload })
}

/// The text of the code: the fields that the standard requires, then those that name the account.
/// Every value is one line; the separator is the first of the standard's signs that no value
/// holds, so that nothing needs escaping.
///
/// # Errors
/// [`PaymentError`].
pub fn payload(
    payee: &Payee,
    number: &str,
    period: Period,
    sum: Money,
    purpose: &str,
) -> Result<String, PaymentError> {
    if sum <= Money::ZERO {
        return Err(PaymentError::NothingToPay);
    }
    // The standard requires the field; a bank without a correspondent account gives «0».
    let corr = payee
        .corr_account
        .as_ref()
        .map_or("0", |corr| corr.as_str());
    let kopecks = sum.kopecks().to_string();
    let purpose: String = purpose.chars().take(PURPOSE_MAX).collect();
    let month = format!("{:02}{}", period.month(), period.year());
    let mut fields = vec![
        ("Name", payee.name.as_str()),
        ("PersonalAcc", payee.account.as_str()),
        ("BankName", payee.bank.as_str()),
        ("BIC", payee.bic.as_str()),
        ("CorrespAcc", corr),
        ("PayeeINN", payee.inn.as_str()),
    ];
    fields.extend(payee.kpp.as_ref().map(|kpp| ("KPP", kpp.as_str())));
    fields.extend([
        ("Sum", kopecks.as_str()),
        ("Purpose", purpose.as_str()),
        ("PersAcc", number),
        ("PaymPeriod", month.as_str()),
    ]);
    let is_free = |sign: &char| fields.iter().all(|(_, value)| !value.contains(*sign));
    let separator = SEPARATORS.into_iter().find(is_free);
    let separator = separator.ok_or(PaymentError::NoSeparator)?;
    let mut text = HEADER.to_owned();
    for (name, value) in fields {
        text.push(separator);
        text.push_str(&format!("{name}={value}"));
    }
    Ok(text)
}
