//! Why a metering point refuses a command. The texts reach users, so they are Russian.

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::MeterId;
use crate::metering_point::event::PointKind;
use crate::quantity::Unit;
use crate::text::Code;
use crate::vocabulary::Resource;

/// Refusals of a metering point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeteringPointError {
    /// Nothing is known of the point yet.
    #[error("точка учёта ещё не внесена: сначала зарегистрируйте её")]
    NotRegistered,
    /// Registered with other contents.
    #[error(
        "точка учёта уже внесена с другими данными ({field}): для другого места внесите другую точку"
    )]
    RegisteredDifferently {
        /// Which field differs.
        field: &'static str,
    },
    /// The kind of point stands in premises.
    #[error("для точки вида «{}» укажите помещение", .kind.title_ru())]
    PremisesMissing {
        /// The kind given.
        kind: PointKind,
    },
    /// The kind of point does not stand in premises.
    #[error("точка вида «{}» не относится к помещению: уберите его", .kind.title_ru())]
    PremisesForbidden {
        /// The kind given.
        kind: PointKind,
    },
    /// A distributor measures heat and nothing else.
    #[error("распределитель измеряет только тепло, а указано «{}»", .resource.title_ru())]
    DistributorOfHeatOnly {
        /// The resource given.
        resource: Resource,
    },
    /// The point is closed.
    #[error("точка учёта закрыта с {on}: внесите новую")]
    Closed {
        /// First day without it.
        on: NaiveDate,
    },
    /// Another meter is in.
    #[error("на точке уже стоит прибор {attached}: сначала снимите его или оформите замену")]
    MeterAttached {
        /// The meter that is in.
        attached: MeterId,
    },
    /// No meter is in.
    #[error("на точке нет прибора: снимать нечего")]
    NoMeterAttached,
    /// Another meter is in than the one to be taken away.
    #[error("на точке стоит прибор {attached}, а снимается {given}: проверьте номер")]
    AnotherMeterAttached {
        /// The meter that is in.
        attached: MeterId,
        /// The meter named.
        given: MeterId,
    },
    /// A meter cannot replace itself.
    #[error(
        "прибор не может заменить сам себя: для возврата после поверки снимите и поставьте его отдельно"
    )]
    ReplacedByItself,
    /// A time that lies before what is on record.
    #[error(
        "время {at} раньше последней записи {last}: приборы ставят и снимают по порядку времени"
    )]
    NotInOrder {
        /// The time given.
        at: DateTime<Utc>,
        /// The last time on record.
        last: DateTime<Utc>,
    },
    /// The initial readings are missing.
    #[error("не указаны начальные показания прибора: перепишите их с табло")]
    NoInitialReadings,
    /// A register is named twice.
    #[error("регистр {register} указан дважды: оставьте одно значение")]
    RegisterRepeated {
        /// The register.
        register: Code,
    },
    /// A component of that name is in.
    #[error("в узле уже есть часть «{component}»: сначала снимите её или назовите новую иначе")]
    ComponentInstalled {
        /// The name.
        component: Code,
    },
    /// No component of that name is in.
    #[error("в узле нет части «{component}»: проверьте название")]
    NoSuchComponent {
        /// The name.
        component: Code,
    },
    /// A verification that ends before it is done.
    #[error(
        "поверка {performed_on} действует до {valid_until}: срок должен быть позже самой поверки"
    )]
    VerificationReversed {
        /// When it was done.
        performed_on: NaiveDate,
        /// Last day of validity.
        valid_until: NaiveDate,
    },
    /// The node is not admitted on that day.
    #[error("на {on} узел не допущен: прекращать нечего, проверьте дату")]
    NotAdmitted {
        /// The day given.
        on: NaiveDate,
    },
    /// The admission has ended already in another way.
    #[error("допуск по этому акту уже прекращён с {on}")]
    AdmissionEnded {
        /// First day without admission.
        on: NaiveDate,
    },
    /// Another act admits the node from the same day.
    #[error("с {from} узел уже допущен по другому акту: проверьте дату")]
    AdmittedThatDay {
        /// The day.
        from: NaiveDate,
    },
    /// Losses to the boundary belong to the house's inputs.
    #[error("потери до границы бывают у вводов дома и транзита, а эта точка вида «{}»", .kind.title_ru())]
    NoBoundary {
        /// The kind of this point.
        kind: PointKind,
    },
    /// A distributor at another point, or another meter at the point of a distributor.
    #[error(
        "распределитель считает в своих единицах (hca) и стоит на точке вида «распределитель», прочие \
         приборы — на других; эта точка вида «{}»", .kind.title_ru()
    )]
    AllocatorElsewhere {
        /// The kind of this point.
        kind: PointKind,
    },
    /// A factor of a radiator at a point without a distributor.
    #[error("коэффициент радиатора бывает у распределителя, а эта точка вида «{}»", .kind.title_ru())]
    NoRadiator {
        /// The kind of this point.
        kind: PointKind,
    },
    /// The loss is negative.
    #[error("потери не бывают отрицательными: {loss}")]
    LossNegative {
        /// The loss given.
        loss: String,
    },
    /// The loss is in a unit the resource is not reckoned in.
    #[error("потери ресурса «{}» не считают в {unit}", .resource.title_ru())]
    LossInForeignUnit {
        /// The resource of the point.
        resource: Resource,
        /// The unit given.
        unit: Unit,
    },
    /// Closing with a meter in.
    #[error("на точке стоит прибор {attached}: сначала снимите его с конечными показаниями")]
    ClosedWithMeter {
        /// The meter that is in.
        attached: MeterId,
    },
    /// Closing before the last meter was taken away.
    #[error("закрыть точку с {on} нельзя: прибор снят позже, {last}")]
    ClosedTooEarly {
        /// The day given.
        on: NaiveDate,
        /// Day (UTC) on which the last meter was taken away.
        last: NaiveDate,
    },
}
