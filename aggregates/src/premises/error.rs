//! Why premises refuse a command. The texts reach users, so they are Russian.

use chrono::NaiveDate;

use crate::premises::event::{HeatSource, PremisesKind};

/// Refusals of premises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PremisesError {
    /// Nothing is known of the premises yet.
    #[error("помещение ещё не внесено: сначала зарегистрируйте его")]
    NotRegistered,
    /// Registered with other contents.
    #[error(
        "помещение уже внесено с другими данными ({field}): номер и место не меняются, назначение меняется отдельной записью с актом"
    )]
    RegisteredDifferently {
        /// Which field differs.
        field: &'static str,
    },
    /// A room belongs to a communal flat.
    #[error(
        "у комнаты не названа коммунальная квартира: укажите, частью какого помещения она является"
    )]
    RoomWithoutFlat,
    /// A flat is part of nothing.
    #[error("{} не может быть частью другого помещения: для комнаты укажите тип «комната», иначе уберите ссылку", .kind.title_ru())]
    CannotBePart {
        /// The kind given.
        kind: PremisesKind,
    },
    /// The storey is not one a house has.
    #[error("этаж {floor}: бывает от -10 до 200")]
    FloorOutOfRange {
        /// The storey given.
        floor: i16,
    },
    /// The area is not positive or too large.
    #[error("площадь {area} м²: должна быть больше 0 и не больше 100 000 м²")]
    AreaOutOfRange {
        /// The area given.
        area: String,
    },
    /// The living area would exceed the total one.
    #[error(
        "на {on} жилая площадь {living} м² больше общей {total} м²: проверьте обе по документам"
    )]
    LivingExceedsTotal {
        /// First day on which it would.
        on: NaiveDate,
        /// Living area then.
        living: String,
        /// Total area then.
        total: String,
    },
    /// Nobody lives in non-residential premises.
    #[error("на {on} помещение нежилое, проживающих в нём нет: проверьте назначение помещения")]
    NotResidential {
        /// The day.
        on: NaiveDate,
    },
    /// More people than any premises hold.
    #[error("проживающих {count}: больше 1000 в одном помещении не бывает, проверьте число")]
    TooManyResidents {
        /// The number given.
        count: u32,
    },
    /// Nobody was away.
    #[error("число отсутствовавших 0: укажите, сколько проживающих отсутствовало")]
    NobodyAbsent,
    /// The return is not after the departure.
    #[error("день возвращения {returned} не позже дня отъезда {departed}: проверьте даты")]
    AbsenceBackwards {
        /// Day of departure.
        departed: NaiveDate,
        /// Day of return.
        returned: NaiveDate,
    },
    /// Every premises have an owner.
    #[error(
        "число собственников 0: у помещения есть хотя бы один собственник, муниципалитет тоже считается"
    )]
    NoOwners,
    /// The list of shares and the number of owners differ.
    #[error(
        "долей {shares}, а собственников {count}: укажите по доле на каждого или оставьте доли пустыми"
    )]
    SharesMiscounted {
        /// Shares given.
        shares: usize,
        /// Owners given.
        count: u16,
    },
    /// The shares do not make the whole.
    #[error(
        "доли собственников в сумме дают {sum}, а не целое: исправьте их или оставьте пустыми, если известны не все"
    )]
    SharesNotWhole {
        /// Their sum as a fraction.
        sum: String,
    },
    /// The shares have no common denominator that fits.
    #[error(
        "доли собственников нельзя сложить точно, знаменатели слишком велики: проверьте их по выпискам"
    )]
    SharesUnreckonable,
    /// A statement does not prove an own source of heat.
    #[error("источник тепла «{}» по одному заявлению не признаётся: нужен акт, технический паспорт или проект (ПП 354, КС РФ 46-П)", .heating.title_ru())]
    HeatSourceUnproved {
        /// The source of heat given.
        heating: HeatSource,
    },
    /// A category with no room.
    #[error("число комнат 0: укажите от 1 или не указывайте вовсе")]
    NoRooms,
}
