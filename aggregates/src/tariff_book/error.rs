//! Why a tariff book refuses a command. The texts reach users, so they are Russian.

use chrono::NaiveDate;

use crate::ledger::EventId;
use crate::quantity::Unit;
use crate::tariff_book::event::TariffComponent;
use crate::vocabulary::Resource;

/// Refusals of a tariff book.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TariffBookError {
    /// The book was never opened.
    #[error("книга тарифов ещё не открыта: сначала откройте её")]
    NotOpened,
    /// Opened under another title.
    #[error(
        "книга тарифов уже открыта под названием «{title}»: для другой территории откройте другую"
    )]
    OpenedDifferently {
        /// The title on record.
        title: String,
    },
    /// A tax that is said to be included while there is none.
    #[error("указано, что НДС включён в цену, но ставки нет: укажите ставку или снимите отметку")]
    VatIncludedWithoutRate,
    /// The resource, or this part of it, is not reckoned in that unit.
    #[error("единица {unit} не подходит: для ресурса «{}» здесь считают в {allowed}", .resource.title_ru())]
    ForeignUnit {
        /// The resource.
        resource: Resource,
        /// The unit given.
        unit: Unit,
        /// Units that fit.
        allowed: String,
    },
    /// The resource has no such component.
    #[error("у ресурса «{}» нет компонента «{}»: двухкомпонентный тариф бывает у горячей воды и тепла", .resource.title_ru(), .component.title_ru())]
    ForeignComponent {
        /// The resource.
        resource: Resource,
        /// The component given.
        component: TariffComponent,
    },
    /// Zones of the day belong to electricity.
    #[error("зоны суток бывают только у электроэнергии, а указано «{}»: уберите зону", .resource.title_ru())]
    ZoneOfForeignResource {
        /// The resource.
        resource: Resource,
    },
    /// The bounds of the range are negative, reversed or of different units.
    #[error(
        "диапазон объёма {range} неверен: нижняя граница от 0, верхняя больше нижней, обе в единице цены"
    )]
    RangeReversed {
        /// The range given.
        range: String,
    },
    /// Two rows would price the same at the same time.
    #[error(
        "на {on} уже есть тариф с тем же ключом, действующий с {recorded_from}: отзовите его или измените даты"
    )]
    TariffOverlaps {
        /// First day on which both would hold.
        on: NaiveDate,
        /// Beginning of the tariff on record.
        recorded_from: NaiveDate,
    },
    /// Two ranges of the same price have volumes in common at the same time.
    #[error(
        "на {on} диапазон {range} пересекается с уже внесённым {recorded}: исправьте границы или отзовите прежний тариф"
    )]
    RangesOverlap {
        /// First day on which both would hold.
        on: NaiveDate,
        /// The range given.
        range: String,
        /// The range on record.
        recorded: String,
    },
    /// The id names no tariff of this book.
    #[error("{tariff} — не тариф этой книги: возьмите идентификатор из её списка тарифов")]
    NoSuchTariff {
        /// The id given.
        tariff: EventId,
    },
    /// Withdrawn already for another reason.
    #[error("тариф {tariff} уже отозван по другой причине ({reason})")]
    WithdrawnDifferently {
        /// The tariff.
        tariff: EventId,
        /// The reason on record.
        reason: String,
    },
    /// A norm for a flat without rooms or without people.
    #[error("{field} 0: норматив даётся от 1 или без указания вовсе")]
    NormForNone {
        /// What is counted.
        field: &'static str,
    },
    /// Two norms would hold at the same time.
    #[error("на {on} уже есть норматив этого вида, действующий с {recorded_from}: измените даты")]
    NormOverlaps {
        /// First day on which both would hold.
        on: NaiveDate,
        /// Beginning of the norm on record.
        recorded_from: NaiveDate,
    },
}
