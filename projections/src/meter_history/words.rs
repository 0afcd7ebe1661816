//! Words for the facts of a meter, in Russian.

use aggregates::meter::event::{FailureCause, MeterEvent, RemovalReason};
use aggregates::meter::reading::{
    CorrectionReason, Finding, RegisterValue, ValidationRule, WithdrawalReason,
};
use aggregates::time::ZoneName;
use aggregates::vocabulary::ActRef;

use crate::meter_history::model::Outcome;
use crate::text;

/// How a reading was received.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "принято",
        Outcome::Flagged => "принято с отметкой",
        Outcome::Held => "ждёт подтверждения",
        Outcome::Rejected => "отклонено",
        Outcome::Control => "контрольное снятие",
        Outcome::Adopted => "принято от прежней организации",
    }
}

/// What a rule found, in a few words.
pub(crate) fn finding(finding: &Finding) -> String {
    let what = match finding.rule {
        ValidationRule::V01 => "меньше предыдущего",
        ValidationRule::V02 => "переход через ноль",
        ValidationRule::V03 => "дата вне времени работы прибора",
        ValidationRule::V04 => "получено вне окна приёма",
        ValidationRule::V05 => "повтор",
        ValidationRule::V06 => "не тот набор тарифных зон",
        ValidationRule::V07 => "много против своих двенадцати месяцев",
        ValidationRule::V08 => "ноль или мало несколько периодов",
        ValidationRule::V09 => "много против похожих помещений",
        ValidationRule::V10 => "перепутаны холодная и горячая",
        ValidationRule::V11 => "переставлена цифра или потеряна запятая",
        ValidationRule::V12 => "знаков больше, чем у прибора",
        ValidationRule::V13 => "поверка истекла",
        ValidationRule::V14 => "нет акта ввода или нарушена пломба",
        ValidationRule::V18 => "соседний прибор не передан",
        ValidationRule::V25 => "расходится с контрольным снятием",
        ValidationRule::V26 => "передано с чужого счёта",
        ValidationRule::V28 => "несколько показаний за период",
        ValidationRule::V29 => "снято и получено в разных периодах",
    };
    format!("{:?} {what}", finding.rule)
}

/// Why a reading was corrected.
pub(crate) fn correction(reason: CorrectionReason) -> &'static str {
    match reason {
        CorrectionReason::TypingMistake => "опечатка",
        CorrectionReason::SwappedMeters => "перепутаны приборы",
        CorrectionReason::ControlReading => "по контрольному снятию",
        CorrectionReason::ArchiveReread => "повторное чтение архива",
        CorrectionReason::Reimported => "повторная загрузка файла",
        CorrectionReason::Decision => "по решению",
    }
}

/// Why a reading was withdrawn.
pub(crate) fn withdrawal(reason: WithdrawalReason) -> &'static str {
    match reason {
        WithdrawalReason::SendersMistake => "ошибка отправителя",
        WithdrawalReason::WrongMeter => "другой прибор",
        WithdrawalReason::DeviceError => "ошибка прибора",
    }
}

/// Values of all registers: `t1 120,00 кВт·ч, t2 60,00 кВт·ч`; one register goes without its name.
pub(crate) fn values(values: &[RegisterValue]) -> String {
    match values {
        [] => "нет".to_owned(),
        [only] => text::exact(&only.value),
        several => {
            let each = several
                .iter()
                .map(|value| format!("{} {}", value.register, text::exact(&value.value)));
            each.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Anything that happened to a meter apart from readings and calculated volumes.
pub(crate) fn event(event: &MeterEvent, zone: ZoneName) -> String {
    match event {
        MeterEvent::MeterRegistered { serial, .. } => format!("прибор № {serial} занесён в журнал"),
        MeterEvent::PassportLinked { registry, number } => {
            format!("электронный паспорт: {registry}, {number}")
        }
        MeterEvent::MeterInstalled {
            initial,
            act,
            transformer_ratio,
            ..
        } => {
            let ratio = transformer_ratio.map_or_else(String::new, |ratio| {
                format!(", через трансформаторы × {}", ratio.value())
            });
            let text = format!("установлен, начальные показания {}{ratio}", values(initial));
            with_act(text, act.as_ref())
        }
        MeterEvent::MeterCommissioned { act, .. } => {
            with_act("введён в эксплуатацию".to_owned(), Some(act))
        }
        MeterEvent::MeterSealed {
            seal, place, act, ..
        } => with_act(format!("пломба № {seal}, {place}"), act.as_ref()),
        MeterEvent::SealBroken { seal, act, .. } => {
            with_act(format!("пломба № {seal} нарушена"), act.as_ref())
        }
        MeterEvent::SubsystemConfigured { version, .. } => {
            format!("настройка каналов, версия {version}")
        }
        MeterEvent::VerificationRecorded {
            valid_until,
            registry_record,
            ..
        } => {
            let record = registry_record
                .as_ref()
                .map(|record| format!(", запись {record}"));
            let record = record.unwrap_or_default();
            match valid_until {
                Some(until) => format!("поверен до {}{record}", text::day(*until)),
                None => format!("при поверке признан непригодным{record}"),
            }
        }
        MeterEvent::MeterRemoved {
            r#final,
            reason,
            act,
            ..
        } => {
            let shown = match r#final.is_empty() {
                true => "конечных показаний нет".to_owned(),
                false => format!("конечные показания {}", values(r#final)),
            };
            with_act(
                format!("снят ({}), {shown}", removal(*reason)),
                act.as_ref(),
            )
        }
        _ => trouble(event, zone),
    }
}

/// Failures, checks and moves between books.
fn trouble(event: &MeterEvent, zone: ZoneName) -> String {
    match event {
        MeterEvent::MeterFailed { cause, act, .. } => {
            with_act(format!("вышел из строя: {}", failure(*cause)), act.as_ref())
        }
        MeterEvent::MeterRestored { act, .. } => {
            with_act("учёт восстановлен".to_owned(), act.as_ref())
        }
        MeterEvent::MeterRepaired { act, .. } => {
            with_act("отремонтирован".to_owned(), act.as_ref())
        }
        MeterEvent::AccessRefused { act, ordinal, .. } => {
            with_act(format!("отказ в допуске, {ordinal}-й подряд"), Some(act))
        }
        MeterEvent::MeterInspected { act, .. } => with_act("прибор осмотрен".to_owned(), Some(act)),
        MeterEvent::TamperingEnded { act, .. } => {
            with_act("вмешательство устранено".to_owned(), Some(act))
        }
        MeterEvent::FinalReadingRecorded { r#final, act, .. } => with_act(
            format!("к снятию добавлены конечные показания {}", values(r#final)),
            act.as_ref(),
        ),
        MeterEvent::TamperingFound { act, since, .. } => {
            let since = since.map(|since| format!(" с {}", text::local_day(since, zone)));
            let what = format!("вмешательство в работу{}", since.unwrap_or_default());
            with_act(what, Some(act))
        }
        MeterEvent::SiblingReadingMissed { period, .. } => {
            format!(
                "за {} передан соседний прибор, а этот нет (V18)",
                period.title_ru()
            )
        }
        MeterEvent::MeterLeftBook { to, .. } => format!("передан в журнал {to}"),
        MeterEvent::MeterEnteredBook { predecessor, .. } => {
            format!("принят из другого журнала, прежняя история {predecessor}")
        }
        MeterEvent::RolloverDeclared {
            register, capacity, ..
        } => {
            format!(
                "регистр {register} перешёл через ноль, ёмкость {}",
                text::exact(capacity)
            )
        }
        other => other.name().to_owned(),
    }
}

fn with_act(what: String, act: Option<&ActRef>) -> String {
    match act {
        Some(act) => format!("{what}, акт № {} от {}", act.number, text::day(act.date)),
        None => what,
    }
}

fn removal(reason: RemovalReason) -> &'static str {
    match reason {
        RemovalReason::Replaced => "замена",
        RemovalReason::ForVerification => "на поверку",
        RemovalReason::ForRepair => "в ремонт",
        RemovalReason::Abolished => "учёт прекращён",
    }
}

fn failure(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::NoDisplay => "нет показаний на табло",
        FailureCause::SealsBroken => "нарушены пломбы или знаки поверки",
        FailureCause::Damaged => "механическое повреждение",
        FailureCause::ErrorExceeded => "превышена погрешность",
        FailureCause::VerificationExpired => "истёк межповерочный интервал",
        FailureCause::Lost => "утрачен",
        FailureCause::Unestablished => "причина не установлена",
    }
}
