//! What an event says, in plain Russian: a title for every kind, a detail where it has figures.

use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Reading, RegisterValue};
use projections::text;

use crate::sites::parts::Badge;

/// A kind of event as people call it; its own name where nobody has named it yet.
pub(super) fn title(event_type: &str) -> &str {
    TITLES
        .iter()
        .find(|(name, _)| *name == event_type)
        .map_or(event_type, |(_, title)| title)
}

const TITLES: &[(&str, &str)] = &[
    ("MeterRegistered", "Прибор занесён в журнал"),
    ("PassportLinked", "Электронный паспорт прибора связан"),
    ("MeterInstalled", "Прибор установлен"),
    ("MeterCommissioned", "Прибор введён в эксплуатацию"),
    ("MeterSealed", "Прибор опломбирован"),
    ("SealBroken", "Пломба нарушена"),
    ("SubsystemConfigured", "Каналы прибора настроены"),
    ("ReadingRecorded", "Показание принято"),
    ("ReadingHeld", "Показание ждёт подтверждения"),
    ("ReadingRejected", "Показание отклонено"),
    ("ReadingFlagged", "Показание отмечено"),
    ("ControlReadingRecorded", "Контрольное снятие"),
    ("ReadingWithdrawn", "Показание отозвано"),
    ("ReadingCorrected", "Показание исправлено"),
    ("RolloverDeclared", "Прибор прошёл через ноль"),
    ("VerificationRecorded", "Поверка записана"),
    ("MeterFailed", "Прибор неисправен"),
    ("MeterRestored", "Прибор снова исправен"),
    ("AccessRefused", "К прибору не допустили"),
    ("MeterInspected", "Прибор осмотрен"),
    ("TamperingFound", "Обнаружено вмешательство"),
    ("TamperingEnded", "Вмешательство прекращено"),
    ("MeterRepaired", "Прибор отремонтирован"),
    ("MeterRemoved", "Прибор снят"),
    ("FinalReadingRecorded", "Конечное показание снятого прибора"),
    ("ValueImputed", "Объём рассчитан вместо показания"),
    (
        "ImputationSuperseded",
        "Рассчитанный объём заменён настоящим",
    ),
    ("SiblingReadingMissed", "Соседний прибор не передан"),
    ("MeterLeftBook", "Прибор ушёл в другой журнал"),
    ("MeterEnteredBook", "Прибор пришёл из другого журнала"),
    ("SeriesAdopted", "Ряд значений принят"),
    ("BuildingRegistered", "Дом занесён в журнал"),
    ("AddressChanged", "Адрес изменён"),
    ("BuildingLocated", "Место дома записано"),
    (
        "ArrangementSet",
        "Записано, кто поставляет, снимает и начисляет",
    ),
    ("SubmissionWindowSet", "Дни приёма показаний"),
    ("BuildingAreaRecorded", "Площадь дома записана"),
    ("BalanceScopeDefined", "Состав баланса определён"),
    ("RelationSet", "Отношение компании к дому"),
    ("PayeeRecorded", "Реквизиты получателя платы"),
    ("SeniorAppointed", "Старший по дому выбран"),
    ("WeatherStationLinked", "Метеостанция связана"),
    ("HeatingSeasonStarted", "Отопление включено"),
    ("HeatingSeasonEnded", "Отопление выключено"),
    ("HeatingPaymentChosen", "Порядок оплаты отопления"),
    ("HeatDistributionRecorded", "Схема распределения тепла"),
    ("ServiceOutageRecorded", "Перерыв в услуге"),
    ("IntakeOutageRecorded", "Перерыв в приёме показаний"),
    ("MeetingDecisionRecorded", "Решение собрания собственников"),
    ("RuleOverridden", "Правило изменено для дома"),
    ("RuleOverrideWithdrawn", "Изменение правила отменено"),
    ("RuleConfirmationAdopted", "Подтверждение правила принято"),
    ("PeriodOpened", "Месяц открыт"),
    ("PeriodClosed", "Месяц закрыт"),
    ("HeldBillsReleased", "Задержанные счета выставлены"),
    ("PeriodStagePassed", "Этап месяца пройден"),
    ("FlagAccepted", "Причина замечания названа"),
    ("GapDecided", "Решено, чем заполнить пробел"),
    ("GapPolicySet", "Кто решает о пробелах"),
    ("ReopeningRequested", "Просьба открыть месяц снова"),
    ("PeriodReopened", "Месяц открыт снова"),
    ("ImbalanceExplained", "Причина разности названа"),
    ("ValueAdopted", "Значение принято"),
    ("AccountOpened", "Лицевой счёт открыт"),
    ("AccountIdentified", "Номера в ГИС ЖКХ"),
    ("AccountTransferred", "Лицевой счёт передан"),
    ("AccountShareChanged", "Доля лицевого счёта изменена"),
    ("AccountClosed", "Лицевой счёт закрыт"),
    ("BalanceReceived", "Сальдо получено"),
    ("BillReceived", "Чужой счёт получен для сверки"),
    ("BillIssued", "Счёт выставлен"),
    ("ProviderNoticed", "Прежний исполнитель уведомлён"),
    ("InstalmentsAgreed", "Рассрочка оформлена"),
    ("InstalmentsEnded", "Рассрочка прекращена"),
    ("PremisesRegistered", "Помещение занесено в журнал"),
    ("PremisesAreaRecorded", "Площадь помещения записана"),
    ("ResidentsRecorded", "Число жителей записано"),
    ("OwnersRecorded", "Число собственников записано"),
    ("AbsenceRecorded", "Временное отсутствие"),
    ("MeteringImpossible", "Прибор поставить нельзя"),
    ("HeatSourceRecorded", "Источник тепла помещения"),
    ("SeparateBillingSet", "Отдельное начисление"),
    ("AmenitiesRecorded", "Благоустройство записано"),
    ("UseChanged", "Назначение помещения изменено"),
    ("PointRegistered", "Точка учёта занесена"),
    ("MeterAttached", "Прибор поставлен на точку учёта"),
    ("MeterDetached", "Прибор снят с точки учёта"),
    ("ComponentInstalled", "Часть узла установлена"),
    ("ComponentVerified", "Часть узла поверена"),
    ("ComponentRemoved", "Часть узла снята"),
    ("NodeAdmitted", "Узел допущен"),
    ("NodeAdmissionEnded", "Допуск узла закончился"),
    ("BoundaryLossSet", "Потери до границы записаны"),
    ("RadiatorFactorSet", "Коэффициент радиатора записан"),
    ("PointClosed", "Точка учёта закрыта"),
    ("TariffBookOpened", "Тарифы дома заведены"),
    ("TariffSet", "Тариф установлен"),
    ("TariffWithdrawn", "Тариф отменён"),
    ("NormSet", "Норматив установлен"),
    ("DisputeOpened", "Спор открыт"),
    ("StatementAdded", "Сторона спора написала"),
    ("DisputeDecided", "Спор решён"),
    ("DisputeWithdrawn", "Спор отозван"),
    ("AccessGranted", "Право доступа выдано"),
    ("AccessLimited", "Право доступа сужено"),
    ("AccessRevoked", "Право доступа отозвано"),
    ("OrganisationRegistered", "Организация занесена"),
    ("OrganisationRenamed", "Организация переименована"),
];

/// The kinds of event that a filter offers: title and names.
pub(super) fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    TITLES.iter().copied()
}

/// The figures of an event in one line; empty where its title says it all.
pub(super) fn detail(event: &BookEvent) -> String {
    match event {
        BookEvent::Meter(event) => of_meter(event),
        BookEvent::Account(AccountEvent::BillIssued { bill }) => {
            format!("за {}: {}", bill.period.title_ru(), bill.total)
        }
        BookEvent::Account(AccountEvent::AccountOpened { number, from, .. }) => {
            format!("№ {number}, с {}", text::day(*from))
        }
        _ => String::new(),
    }
}

fn of_meter(event: &MeterEvent) -> String {
    match event {
        MeterEvent::MeterRegistered { serial, .. } => format!("№ {serial}"),
        MeterEvent::MeterInstalled { initial, .. } => format!("начальное {}", values(initial)),
        MeterEvent::ValueImputed {
            volumes,
            period,
            method,
            ..
        } => format!(
            "за {}: {} {}",
            period.title_ru(),
            values(volumes),
            text::method(*method)
        ),
        MeterEvent::VerificationRecorded {
            valid_until: Some(until),
            ..
        } => format!("до {}", text::day(*until)),
        MeterEvent::ReadingCorrected { values: meant, .. } => format!("теперь {}", values(meant)),
        other => other.reading().map_or_else(String::new, of_reading),
    }
}

fn of_reading(reading: &Reading) -> String {
    format!(
        "{} за {}, {}",
        values(&reading.values),
        reading.period.title_ru(),
        reading.source.title_ru()
    )
}

/// `день 120,00 кВт·ч, ночь 60,00 кВт·ч`; one register goes without its name.
pub(super) fn values(values: &[RegisterValue]) -> String {
    match values {
        [] => "значений нет".to_owned(),
        [only] => text::exact(&only.value),
        several => {
            let each = several.iter().map(|value| {
                let zone = super::parts::zone_name(value.register.as_str());
                format!("{zone} {}", text::exact(&value.value))
            });
            each.collect::<Vec<_>>().join(", ")
        }
    }
}

/// The letter of an event that carries a value.
pub(super) fn badge(event: &BookEvent) -> Option<Badge> {
    let BookEvent::Meter(event) = event else {
        return None;
    };
    match event {
        MeterEvent::ReadingRejected { .. } => Some(Badge::REJECTED),
        MeterEvent::ValueImputed { method, .. } => Some(Badge::of_method(*method)),
        other => other
            .reading()
            .map(|reading| Badge::of_source(Some(reading.source))),
    }
}
