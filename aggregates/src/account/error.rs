//! Why an account refuses a command. The texts reach users, so they are Russian.

use chrono::NaiveDate;

use crate::account::event::HolderKind;
use crate::quantity::Money;
use crate::time::Period;
use crate::vocabulary::Resource;

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
    /// No monthly bill on record charges it.
    #[error(
        "{} за {}: в выставленных счетах такого начисления этому исполнителю нет; рассрочка даётся по выставленному счёту", .resource.title_ru(), .period.title_ru()
    )]
    NotBilledForInstalments {
        /// For which resource.
        resource: Resource,
        /// The period.
        period: Period,
    },
    /// The charge has not grown enough.
    #[error(
        "{} за {}: начислено {charged}, за тот же период прошлого года {year_before}; права на рассрочку (ПП 354 п. 72) это не даёт", .resource.title_ru(), .period.title_ru()
    )]
    NoInstalmentRight {
        /// For which resource.
        resource: Resource,
        /// The period.
        period: Period,
        /// Charges of the period.
        charged: Money,
        /// Charges of the year before.
        year_before: Money,
    },
    /// The charge is paid in parts already.
    #[error(
        "{} за {}: рассрочка уже оформлена; чтобы оформить другую, отмените её с того же периода", .resource.title_ru(), .period.title_ru()
    )]
    InstalmentsStand {
        /// For which resource.
        resource: Resource,
        /// The period.
        period: Period,
    },
    /// Too few or too many parts.
    #[error("рассрочка бывает не меньше чем на 2 части и не больше чем на {most}")]
    InstalmentPartsOutside {
        /// Most parts.
        most: u32,
    },
    /// More than the charge, or too little to part.
    #[error("отсрочить можно не больше начисленного ({charged}) и не меньше копейки на часть")]
    DeferredOutside {
        /// What the provider charged.
        charged: Money,
    },
    /// The first part lies too early or too late.
    #[error("первая часть платится в счёте за {} или за один из 12 месяцев после него", .from.title_ru())]
    FirstPartOutside {
        /// Period of the charge.
        from: Period,
    },
    /// No schedule of such a charge.
    #[error("{} за {}: рассрочки нет", .resource.title_ru(), .period.title_ru())]
    NoInstalments {
        /// For which resource.
        resource: Resource,
        /// The period.
        period: Period,
    },
    /// Ended already, in another way.
    #[error("рассрочка уже прекращена с периода {}", .from.title_ru())]
    InstalmentsEnded {
        /// From which period.
        from: Period,
    },
    /// The end lies outside the schedule.
    #[error("прекратить рассрочку можно с периода от {} до {}", .first.title_ru(), .last.title_ru())]
    InstalmentsEndOutside {
        /// The period of the charge.
        first: Period,
        /// The period of the last part.
        last: Period,
    },
}
