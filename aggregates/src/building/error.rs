//! Why a building refuses a command. The texts reach users, so they are Russian.

use chrono::{DateTime, NaiveDate, Utc};

use crate::building::arrangement::ArrangementFault;
use crate::building::closing::ClosingStage;
use crate::ids::MeteringPointId;
use crate::quantity::Unit;
use crate::rule::RuleBasis;
use crate::text::Code;
use crate::time::Period;
use crate::vocabulary::Resource;

/// Refusals of a building.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildingError {
    /// Nothing is known of the building yet.
    #[error("дом ещё не внесён: сначала зарегистрируйте его с адресом и часовым поясом")]
    NotRegistered,
    /// Registered with other contents.
    #[error(
        "дом уже внесён с другими данными ({field}): новый адрес вносится сменой адреса, остальное проверьте"
    )]
    RegisteredDifferently {
        /// Which field differs.
        field: &'static str,
    },
    /// A code of the address has the wrong form.
    #[error("{field} «{given}»: должно быть {expected}")]
    AddressCode {
        /// Which code.
        field: &'static str,
        /// What was given.
        given: String,
        /// What it looks like.
        expected: &'static str,
    },
    /// A number of the building is out of range.
    #[error("{field} {given}: бывает от {least} до {most}")]
    OutOfRange {
        /// Which number.
        field: &'static str,
        /// What was given.
        given: String,
        /// The least that is possible.
        least: i32,
        /// The most that is possible.
        most: i32,
    },
    /// Bank details that do not fit together: money would be lost on its way.
    #[error("реквизиты получателя не записаны: {what}; сверьте их с договором банковского счёта")]
    BadPayee {
        /// What is wrong.
        what: &'static str,
    },
    /// The new address names another house or none in ФИАС.
    #[error(
        "у нового адреса другой код ФИАС (записан {recorded}): укажите прежний код или подтвердите, что его заменил сам реестр; другой дом вносится отдельно"
    )]
    FiasDiffers {
        /// The GUID on record.
        recorded: String,
    },
    /// A latitude beyond the poles.
    #[error("широта {given}°: бывает от -90 до 90")]
    NoSuchLatitude {
        /// What was given.
        given: String,
    },
    /// A day no month has.
    #[error("день месяца {given}: бывает от 1 до 31")]
    NoSuchDay {
        /// What was given.
        given: u8,
    },
    /// The parts of the arrangement contradict each other.
    #[error(transparent)]
    Arrangement(ArrangementFault),
    /// The window closes before it opens.
    #[error(
        "приём показаний открывается {opens}-го, а закрывается {closes}-го: поменяйте дни, через границу месяца приём не идёт"
    )]
    WindowReversed {
        /// First day.
        opens: u8,
        /// Last day.
        closes: u8,
    },
    /// The area is negative, zero where there must be some, or too large.
    #[error(
        "площадь {area} м²: площадь всех помещений должна быть больше 0, остальные от 0, любая не больше 1 000 000 м²"
    )]
    AreaOutOfRange {
        /// The area given.
        area: String,
    },
    /// A balance without a house meter that adds.
    #[error("в балансе нет ни одного вводного прибора со знаком плюс: укажите точку ОДПУ")]
    ScopeWithoutInput,
    /// A point stands twice in one balance.
    #[error("точка {point} стоит в балансе дважды: оставьте её один раз, на вводе или внутри")]
    ScopePointRepeated {
        /// The point.
        point: MeteringPointId,
    },
    /// A list names the same thing twice.
    #[error("в списке дважды указано одно и то же ({what}): оставьте один раз")]
    Repeated {
        /// What is repeated.
        what: String,
    },
    /// Not a WMO number.
    #[error("«{given}» — не номер метеостанции ВМО: в нём пять цифр, например 28440")]
    NotAStation {
        /// What was given.
        given: Code,
    },
    /// A heating season begins or ends out of order.
    #[error(
        "{on} не позже предыдущей отметки отопительного периода {last}: отметки вносятся по порядку"
    )]
    SeasonNotInOrder {
        /// The day given.
        on: NaiveDate,
        /// The last mark.
        last: NaiveDate,
    },
    /// The season is on already.
    #[error("отопительный период уже идёт с {since}: сначала внесите его окончание")]
    SeasonStarted {
        /// When it began.
        since: NaiveDate,
    },
    /// The season is over already.
    #[error("отопительный период уже окончен {since}: сначала внесите начало следующего")]
    SeasonEnded {
        /// When it ended.
        since: NaiveDate,
    },
    /// Two outages of the same things have time in common.
    #[error(
        "перерыв пересекается с уже внесённым с {from} до {until}: чтобы изменить его конец, внесите его снова с тем же началом"
    )]
    OutagesOverlap {
        /// Beginning of the outage on record.
        from: DateTime<Utc>,
        /// Its end.
        until: DateTime<Utc>,
    },
    /// Another override answers the same question on some of the same days.
    #[error(
        "правило «{parameter}» для дома уже изменено с {from} для части того же: отзовите то изменение или укажите те же условия"
    )]
    RuleOverriddenAlready {
        /// Name of the parameter.
        parameter: Code,
        /// First day of the override on record.
        from: NaiveDate,
    },
    /// There is no such override.
    #[error(
        "изменения правила «{parameter}» с {from} для дома нет: проверьте условия и первый день"
    )]
    RuleNotOverridden {
        /// Name of the parameter.
        parameter: Code,
        /// The day given.
        from: NaiveDate,
    },
    /// The basis would not fit where a clause is printed.
    #[error(
        "номер акта и кем он издан занимают {length} знаков: умещается {}",
        RuleBasis::LONGEST
    )]
    BasisTooLong {
        /// Characters found.
        length: usize,
    },
    /// The period was never opened.
    #[error("расчётный период {period} не открыт: сначала откройте его")]
    PeriodNotOpened {
        /// The period.
        period: Period,
    },
    /// Periods are opened one after another.
    #[error("период {period} открыть нельзя: следующий по порядку — {expected}")]
    PeriodOutOfOrder {
        /// The period given.
        period: Period,
        /// The next one.
        expected: Period,
    },
    /// An earlier period is open still.
    #[error("период {period} закрыть нельзя: сначала закройте {previous}")]
    EarlierPeriodOpen {
        /// The period given.
        period: Period,
        /// The one to close first.
        previous: Period,
    },
    /// Closed already with other contents, or too long ago to compare.
    #[error("период {period} уже закрыт: чтобы закрыть его иначе, сначала откройте его снова")]
    PeriodClosed {
        /// The period.
        period: Period,
    },
    /// Only the last closed period can be opened again.
    #[error("снова открыть можно только последний закрытый период{}", last_closed(.last))]
    NotLastClosed {
        /// The last closed period, where there is one.
        last: Option<Period>,
    },
    /// Bills of the period are out: they stay as they are.
    #[error(
        "по периоду {period} выставлены счета, снова он не открывается: исправления войдут перерасчётом в открытый период"
    )]
    BillsIssued {
        /// The period.
        period: Period,
    },
    /// Its bills have to go out, or it be opened again, before anything else is closed.
    #[error(
        "счета за {} посчитаны и задержаны: сначала выставите их или откройте период снова", .period.title_ru()
    )]
    BillsHeld {
        /// The period with the bills.
        period: Period,
    },
    /// No bills of this period are held back.
    #[error("счета за {} не задержаны: выставлять нечего", .period.title_ru())]
    NoBillsHeld {
        /// The period given.
        period: Period,
    },
    /// Nobody asked for it.
    #[error("снова открыть {} никто не просил: сначала подайте запрос с основанием", .period.title_ru())]
    ReopeningNotRequested {
        /// The period given.
        period: Period,
    },
    /// The same person asks and agrees.
    #[error("запросивший и утвердивший — одна учётная запись: утвердить должен другой сотрудник")]
    SameActor,
    /// A stage of closing is left out.
    #[error("этап «{}» рано: сначала пройдите «{}»", .stage.title_ru(), .previous.title_ru())]
    StageTooEarly {
        /// The stage given.
        stage: ClosingStage,
        /// The one that comes before.
        previous: ClosingStage,
    },
    /// Nobody has agreed to the figures.
    #[error("{} не утверждён: сначала утвердите контрольные итоги", .period.title_ru())]
    NotApproved {
        /// The period given.
        period: Period,
    },
    /// Figures have moved since somebody agreed to them.
    #[error("{} утверждён с другими строками счетов: итоги с тех пор изменились, утвердите их снова", .period.title_ru())]
    ApprovedOtherwise {
        /// The period given.
        period: Period,
    },
    /// A closing names a cause that nobody gave.
    #[error("причины «{cause}» для «{kind}» никто не указывал")]
    CauseNotGiven {
        /// The kind of problem.
        kind: Code,
        /// The cause.
        cause: Code,
    },
    /// A closing that was computed before an earlier one.
    #[error(
        "закрытие посчитано на позиции {computed_at} журнала, а предыдущее — на {last}: пересчитайте на текущей позиции"
    )]
    ComputedTooEarly {
        /// The position given.
        computed_at: u64,
        /// The position of the closing before.
        last: u64,
    },
    /// Position 0 is before the first event.
    #[error("закрытие посчитано на позиции 0: позиции журнала начинаются с 1")]
    ComputedNowhere,
    /// A settlement names its rules, its engine and its inputs, or nothing of them.
    #[error(
        "закрытие с расчётом называет редакцию правил, версию расчёта и корень потоков вместе: дополните или уберите все три"
    )]
    SettlementIncomplete,
    /// Not 64 hexadecimal digits.
    #[error("{field} «{given}»: ожидается SHA-256 из 64 шестнадцатеричных цифр")]
    NotASha256 {
        /// Which field.
        field: &'static str,
        /// What was given.
        given: Code,
    },
    /// The amount is in a unit the resource is not reckoned in.
    #[error("ресурс «{}» не считают в {unit}", .resource.title_ru())]
    ForeignUnit {
        /// The resource.
        resource: Resource,
        /// The unit given.
        unit: Unit,
    },
    /// An explanation of nothing.
    #[error("объяснённый небаланс равен 0: укажите, какую его часть объясняет причина")]
    NothingExplained,
    /// A position in another book starts from 1.
    #[error("позиция в исходном журнале 0: позиции начинаются с 1")]
    AdoptedFromNowhere,
}

fn last_closed(last: &Option<Period>) -> String {
    match last {
        Some(period) => format!(", это {period}"),
        None => ", а закрытых ещё нет".to_owned(),
    }
}
