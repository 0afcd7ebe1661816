//! Why an account refuses a command. The texts reach users, so they are Russian.

use chrono::NaiveDate;

use crate::account::event::HolderKind;
use crate::quantity::Money;
use crate::time::Period;

/// Refusals of an account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The account was never opened.
    #[error("лицевой счёт ещё не открыт: сначала откройте его")]
    NotOpened,
    /// Opened with other contents.
    #[error(
        "лицевой счёт уже открыт с другими данными ({field}): держатель меняется передачей счёта, доля — изменением доли, для другого помещения откройте другой счёт"
    )]
    OpenedDifferently {
        /// Which field differs.
        field: &'static str,
    },
    /// A holder cannot be a person and an organisation at once.
    #[error("держатель указан и как человек, и как организация: оставьте одно")]
    HolderIsBoth,
    /// This kind of holder is not a person.
    #[error("держатель вида «{}» — не человек: уберите человека или измените вид держателя", .kind.title_ru())]
    HolderIsNoPerson {
        /// The kind given.
        kind: HolderKind,
    },
    /// This kind of holder is not an organisation.
    #[error("держатель вида «{}» — не организация: уберите организацию или укажите вид «организация»", .kind.title_ru())]
    HolderIsNoOrganisation {
        /// The kind given.
        kind: HolderKind,
    },
    /// A company without its organisation.
    #[error("для держателя-организации укажите саму организацию")]
    CompanyUnnamed,
    /// Dated on or before the day the account was opened.
    #[error(
        "дата {from} не позже открытия счёта {opened}: укажите более поздний день; ошибочно открытый счёт закройте и откройте заново"
    )]
    NotAfterOpening {
        /// The day given.
        from: NaiveDate,
        /// When the account was opened.
        opened: NaiveDate,
    },
    /// Dated on or after the closing.
    #[error("счёт закрыт с {closed}, а указано {from}: такие события относятся к другому счёту")]
    AfterClosing {
        /// The day given.
        from: NaiveDate,
        /// First day that is not billed.
        closed: NaiveDate,
    },
    /// Dated on or before the last event of the same kind.
    #[error("дата {from} не позже предыдущего изменения {last}: изменения вносятся по порядку дат")]
    NotInOrder {
        /// The day given.
        from: NaiveDate,
        /// The day of the last change.
        last: NaiveDate,
    },
    /// A transfer to the one who holds the account anyway.
    #[error("счёт уже за этим держателем: укажите нового")]
    SameHolder,
    /// Nothing changes.
    #[error("доля уже {share}: укажите новую")]
    SameShare {
        /// The share on record.
        share: String,
    },
    /// Closed already, in another way.
    #[error("счёт уже закрыт с {closed} на других основаниях")]
    ClosedDifferently {
        /// First day that is not billed.
        closed: NaiveDate,
    },
    /// The closing would lie before a change that is on record.
    #[error("закрыть счёт с {from} нельзя: после этого дня, {last}, на нём записано изменение")]
    ClosedBeforeChange {
        /// The day given.
        from: NaiveDate,
        /// The day of the change.
        last: NaiveDate,
    },
    /// Neither number is given.
    #[error("не указан ни ЕЛС, ни идентификатор ЖКУ: укажите хотя бы один")]
    NothingIdentified,
    /// Not a ЕЛС.
    #[error("«{given}» — не ЕЛС: в нём 10 букв и цифр, например 75да533315")]
    NotAUnifiedNumber {
        /// What was given.
        given: String,
    },
    /// Not a ИЖКУ.
    #[error("«{given}» — не идентификатор ЖКУ: это ЕЛС, дефис и две цифры, например 75да533315-01")]
    NotAServiceNumber {
        /// What was given.
        given: String,
    },
    /// The two numbers belong to different accounts.
    #[error("идентификатор ЖКУ {service} не от ЕЛС {unified}: он начинается с ЕЛС")]
    NumbersDisagree {
        /// The ЕЛС.
        unified: String,
        /// The ИЖКУ.
        service: String,
    },
    /// The same document states another amount.
    #[error(
        "по этому же документу сальдо на {as_of} уже принято в сумме {recorded}: исправленное сальдо вносится с исправленным документом"
    )]
    BalanceDiffers {
        /// End of the day stated.
        as_of: NaiveDate,
        /// The amount on record.
        recorded: String,
    },
    /// A bill of somebody else that cannot be one.
    #[error("чужой счёт не принят: {what}")]
    BadReceivedBill {
        /// What is wrong.
        what: &'static str,
    },
    /// A bill of this kind is out for the period, with other contents.
    #[error(
        "счёт за {period} уже выставлен с другими данными: выставленный счёт не меняется, исправление пойдёт перерасчётом в открытом периоде"
    )]
    BilledDifferently {
        /// The bill's period.
        period: Period,
    },
    /// Bills follow each other.
    #[error("счёт за {period} не позже уже выставленного за {last}: счета выставляются по порядку")]
    BillOutOfOrder {
        /// The bill's period.
        period: Period,
        /// Period of the last bill.
        last: Period,
    },
    /// The account was not open on any day of the period.
    #[error("в периоде {period} лицевой счёт не был открыт: месячный счёт по нему не выставляется")]
    NotOpenInPeriod {
        /// The bill's period.
        period: Period,
    },
    /// A final statement is for accounts closed before its period.
    #[error("лицевой счёт не закрыт до начала {period}: перерасчёт войдёт в обычный счёт")]
    NotClosedBefore {
        /// The bill's period.
        period: Period,
    },
    /// The total is not the sum of the lines.
    #[error("итог счёта {total} не равен сумме строк {sum}")]
    TotalDiffers {
        /// As stated.
        total: Money,
        /// As added up.
        sum: Money,
    },
    /// A line that may not stand in this bill.
    #[error("строка {line} счёта за {period}: {what}")]
    BadLine {
        /// Number of the line, from 1.
        line: usize,
        /// The bill's period.
        period: Period,
        /// What is wrong.
        what: &'static str,
    },
    /// The sum does not fit.
    #[error("сумма строк счёта не помещается в рубли и копейки")]
    SumTooLarge,
}
