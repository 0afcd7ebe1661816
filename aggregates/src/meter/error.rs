//! Why a command to a meter is refused.

use chrono::{DateTime, NaiveDate, Utc};

use crate::quantity::{Measure, Unit};
use crate::text::{Code, Label};
use crate::vocabulary::Resource;

/// A command that contradicts the registry. What is wrong with a *reading* is never an error but a
/// finding of its event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeterError {
    /// The first command of a meter must register it.
    #[error("прибор не зарегистрирован: сначала зарегистрируйте его в журнале дома")]
    NotRegistered,
    /// Registered already as something else.
    #[error(
        "прибор уже зарегистрирован с номером {serial}: исправьте номер или заведите новый прибор"
    )]
    AlreadyRegistered {
        /// The serial it stands under.
        serial: Label,
    },
    /// A meter without a cumulative register counts nothing.
    #[error("у прибора нет ни одного накопительного регистра: укажите хотя бы один")]
    NoCumulativeRegister,
    /// A name stands twice in the list of registers or of values.
    #[error("регистр {register} указан дважды: оставьте одну строку")]
    DuplicateRegister {
        /// Which.
        register: Code,
    },
    /// A display of so many digits cannot be reckoned with.
    #[error("у регистра {register} {places} знаков: бывает от 1 до {limit}, проверьте паспорт")]
    DigitsOutOfRange {
        /// Which.
        register: Code,
        /// As given.
        places: u8,
        /// The most that is possible.
        limit: u8,
    },
    /// The unit does not belong to the resource.
    #[error(
        "регистр {register}: единица {unit} не подходит для ресурса «{}»",
        .resource.title_ru()
    )]
    UnitNotOfResource {
        /// Which.
        register: Code,
        /// As given.
        unit: Unit,
        /// What the meter measures.
        resource: Resource,
    },
    /// The meter has no such register.
    #[error("у прибора нет регистра {register}: есть {}", list(.known))]
    UnknownRegister {
        /// As given.
        register: Code,
        /// Those it has.
        known: Vec<Code>,
    },
    /// A required value is missing.
    #[error("не указано значение регистра {register}: добавьте его")]
    MissingRegister {
        /// Which.
        register: Code,
    },
    /// The unit does not convert exactly to the register's.
    #[error(
        "регистр {register} ведётся в {expected}, а значение дано в {given} и точно не переводится"
    )]
    WrongUnit {
        /// Which.
        register: Code,
        /// Unit of the register.
        expected: Unit,
        /// Unit of the value.
        given: Unit,
    },
    /// A value of a cumulative register is below zero.
    #[error("значение регистра {register} меньше нуля: проверьте знак")]
    NegativeValue {
        /// Which.
        register: Code,
    },
    /// The command needs a meter that stands at a point.
    #[error("прибор не установлен: сначала запишите установку")]
    NotInstalled,
    /// The meter stands at a point already.
    #[error("прибор уже установлен {since}: сначала запишите снятие")]
    AlreadyInstalled {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// Only electricity is metered through transformers.
    #[error("трансформаторов у прибора ресурса «{}» не бывает: уберите коэффициент", .0.title_ru())]
    NoTransformers(Resource),
    /// The instant lies before one it must follow.
    #[error("время {at} раньше {earliest}: проверьте дату")]
    TooEarly {
        /// As given.
        at: DateTime<Utc>,
        /// The earliest possible.
        earliest: DateTime<Utc>,
    },
    /// The seal stands intact already.
    #[error("пломба {seal} уже установлена и не нарушена: проверьте номер")]
    SealIntact {
        /// Its number.
        seal: Label,
    },
    /// The seal was found broken already.
    #[error("нарушение пломбы {seal} уже записано {since}: проверьте номер")]
    SealAlreadyBroken {
        /// Its number.
        seal: Label,
        /// When it was found.
        since: DateTime<Utc>,
    },
    /// One input is assigned twice in a map of channels.
    #[error("вход {channel} подсистемы {subsystem} указан дважды: оставьте одну строку")]
    DuplicateChannel {
        /// Subsystem.
        subsystem: Code,
        /// Input.
        channel: Code,
    },
    /// The end of validity lies before the day of the verification.
    #[error("срок поверки {valid_until} раньше самой поверки {performed_on}: проверьте даты")]
    VerificationReversed {
        /// When it was done.
        performed_on: NaiveDate,
        /// As given.
        valid_until: NaiveDate,
    },
    /// The meter counts as out of order already.
    #[error("прибор уже числится неисправным с {since}: сначала запишите восстановление")]
    AlreadyFailed {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The meter does not count as out of order.
    #[error("прибор числится исправным: восстанавливать нечего")]
    NotFailed,
    /// Tampering began after it was found.
    #[error("начало вмешательства {since} позже обнаружения {at}: проверьте даты")]
    TamperingReversed {
        /// As given.
        since: DateTime<Utc>,
        /// When it was found.
        at: DateTime<Utc>,
    },
    /// What goes through in an hour must be a volume of the resource above zero.
    #[error("расход за час {hourly} не годится: укажите положительный объём ресурса")]
    NotAnHourlyVolume {
        /// As given.
        hourly: Measure,
    },
    /// No tampering stands.
    #[error("вмешательство не записано или уже устранено: сначала запишите акт о нём")]
    NoTampering,
    /// The meter was never taken away.
    #[error("прибор не снимали: конечные показания записывают вместе со снятием")]
    NeverRemoved,
    /// The final readings of the removal are known.
    #[error("конечные показания снятого {removed_at} прибора уже записаны другими")]
    FinalReadingKnown {
        /// When it was taken away.
        removed_at: DateTime<Utc>,
    },
    /// No event of the stream has that number.
    #[error("в журнале прибора нет события {sequence}: последнее {last}")]
    NoSuchEvent {
        /// As given.
        sequence: u64,
        /// The last one.
        last: u64,
    },
    /// The reading was withdrawn before.
    #[error("показание {sequence} уже отозвано")]
    AlreadyWithdrawn {
        /// Which.
        sequence: u64,
    },
    /// The event is not an accepted reading.
    #[error("событие {sequence} — не принятое показание: исправляют и отмечают только принятые")]
    NotAccepted {
        /// Which.
        sequence: u64,
    },
    /// The event is neither an accepted nor a held reading.
    #[error("показание {sequence} отклонено и ни на что не влияет: отзывать нечего")]
    NothingToWithdraw {
        /// Which.
        sequence: u64,
    },
    /// The instant of receipt lies outside the calendar.
    #[error("время получения {at} вне календаря (1901–2199): проверьте часы сервера")]
    OutsideCalendar {
        /// As given.
        at: DateTime<Utc>,
    },
    /// A control reading without its act.
    #[error("контрольное снятие записывают с актом: укажите номер и дату акта")]
    ControlNeedsAct,
    /// No reading waits under that number.
    #[error("показание {sequence} не ждёт подтверждения: пришлите показание заново")]
    NotHeld {
        /// As given.
        sequence: u64,
    },
    /// A correction must give one value for every register of the reading.
    #[error("исправление должно содержать те же регистры, что и показание: {}", list(.expected))]
    OtherRegisters {
        /// Registers of the reading.
        expected: Vec<Code>,
    },
    /// The register shows a state and cannot turn over.
    #[error("регистр {register} показывает мгновенное значение и не переходит через ноль")]
    NotCumulative {
        /// Which.
        register: Code,
    },
    /// Without the number of digits nobody knows what a turn counts.
    #[error("у регистра {register} неизвестно число целых знаков: укажите его по паспорту прибора")]
    CapacityUnknown {
        /// Which.
        register: Code,
    },
    /// A list that must not be empty is empty.
    #[error("не заполнено: {what}")]
    Empty {
        /// What, in Russian.
        what: &'static str,
    },
    /// The same interval is filled already.
    #[error("объём за этот промежуток уже рассчитан событием {standing}: сначала замените его")]
    AlreadyImputed {
        /// The imputation that stands.
        standing: u64,
    },
    /// No imputation stands under that number.
    #[error("событие {sequence} — не действующий расчётный объём")]
    NotImputed {
        /// As given.
        sequence: u64,
    },
    /// The device left the book.
    #[error("прибор передан в другой журнал {since}: записывайте там")]
    LeftBook {
        /// When.
        since: DateTime<Utc>,
    },
    /// The device entered the book already, or has a history here.
    #[error("прибор уже ведётся в этом журнале: приём из другого журнала записывают до установки")]
    AlreadyHere,
    /// Readings of an adopted series are not in order of time.
    #[error("принимаемый ряд не упорядочен по времени у {at}: расположите от старых к новым")]
    SeriesOutOfOrder {
        /// The first that stands wrong.
        at: DateTime<Utc>,
    },
}

fn list(codes: &[Code]) -> String {
    codes
        .iter()
        .map(Code::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
