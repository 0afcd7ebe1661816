//! Findings and proposals in words that a resident understands: what happened and what to do.

use crate::meter::Meter;
use crate::meter::event::MeterEvent;
use crate::meter::reading::{Finding, Proposal, Reading, ValidationRule};
use crate::meter::submission::Outcome;
use crate::quantity::Unit;
use crate::text::Code;
use crate::time::Period;

impl Meter {
    /// What became of the reading that an event takes in; `None` for every other event.
    pub fn outcome_of(event: &MeterEvent) -> Option<Outcome> {
        Outcome::of(event)
    }
}

impl MeterEvent {
    /// The reading that this event takes in.
    pub fn reading(&self) -> Option<&Reading> {
        match self {
            Self::ReadingRecorded { reading, .. }
            | Self::ReadingHeld { reading, .. }
            | Self::ReadingRejected { reading, .. }
            | Self::ControlReadingRecorded { reading, .. } => Some(reading),
            _ => None,
        }
    }

    /// What validation says in this event: marks, questions or reasons for a rejection.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::ReadingRecorded { flags, .. } => flags,
            Self::ReadingHeld { findings, .. } | Self::ReadingRejected { findings, .. } => findings,
            Self::ReadingFlagged { finding, .. } => std::slice::from_ref(finding),
            _ => &[],
        }
    }
}

impl Finding {
    /// What happened and what to do, in Russian, for a resident.
    pub fn explain_ru(&self) -> String {
        use ValidationRule as V;
        match self.rule {
            V::V01 => self.explain_order(),
            V::V02 => format!(
                "Счётчик прошёл через ноль: было {}, стало {}, израсходовано {}. Если это не так, \
                 отзовите показание.",
                self.number("previous"),
                self.number("value"),
                self.measure("counted"),
            ),
            V::V03 => self.explain_moment(),
            V::V04 => self.explain_window(),
            V::V05 => "Такое показание уже принято, повторно передавать не нужно.".to_owned(),
            V::V06 => self.explain_registers(),
            V::V07 => self.explain_high(),
            V::V08 => self.explain_low(),
            V::V09 => "Расход заметно больше, чем в похожих помещениях. Проверьте, нет ли утечки."
                .to_owned(),
            V::V10 => format!(
                "Похоже, показания двух приборов перепутаны местами: {} и {}. Поменяйте их местами \
                 одним нажатием или проверьте номера приборов.",
                self.number("value"),
                self.number("pair_value"),
            ),
            V::V11 => self.explain_slip(),
            V::V12 => format!(
                "У показания {} знаков после запятой больше, чем на приборе ({}). Оно принято как \
                 передано.",
                self.number("value"),
                self.text("decimals"),
            ),
            V::V13 => self.explain_verification(),
            V::V14 => self.explain_admission(),
            V::V18 => {
                "Показание другого прибора этого помещения за период получено, а этого — нет. \
                       Передайте и его."
                    .to_owned()
            }
            V::V25 => "Контрольное снятие показало другое. Переданное показание сохранено; его \
                       исправят по акту."
                .to_owned(),
            V::V26 => {
                "Показание отправлено из чужого лицевого счёта. Войдите в счёт помещения, где \
                       стоит прибор, и передайте показание оттуда."
                    .to_owned()
            }
            V::V28 => self.explain_several(),
            V::V29 => self.explain_delay(),
        }
    }

    fn explain_order(&self) -> String {
        match self.fact("problem") {
            Some("negative") => {
                "Показание не может быть меньше нуля. Проверьте, не введён ли лишний минус."
                    .to_owned()
            }
            Some("above_next") => format!(
                "Показание {} больше следующего {} (снято {}). Проверьте цифры и дату снятия.",
                self.number("value"),
                self.number("next"),
                self.date("next_on"),
            ),
            _ => format!(
                "Показание {} меньше предыдущего {} (снято {}). Проверьте цифры; если прибор \
                 заменён или прошёл через ноль — укажите это.",
                self.number("value"),
                self.number("previous"),
                self.date("previous_on"),
            ),
        }
    }

    fn explain_moment(&self) -> String {
        match self.fact("problem") {
            Some("future") => format!(
                "Дата снятия {} ещё не наступила. Проверьте дату и передайте показание снова.",
                self.date("taken_on"),
            ),
            Some("before_installation") => format!(
                "На {} прибор ещё не был установлен (установлен {}). Проверьте дату снятия и номер \
                 прибора.",
                self.date("taken_on"),
                self.date("installed_on"),
            ),
            Some("not_installed") => {
                "Прибор не числится установленным. Сообщите в управляющую компанию: нужен акт \
                 установки, после этого передайте показание снова."
                    .to_owned()
            }
            Some("left_book") => format!(
                "Прибор с {} ведётся в другом доме. Проверьте номер прибора.",
                self.date("left_on"),
            ),
            _ => {
                "Показание снято, когда прибор уже был демонтирован. Проверьте дату снятия и номер \
                  прибора."
                    .to_owned()
            }
        }
    }

    fn explain_window(&self) -> String {
        let period = self.period("period");
        match self.fact("problem") {
            Some("early") => {
                format!(
                    "Показание передано до начала приёма и учтено за {period}. Делать ничего не \
                     нужно."
                )
            }
            Some("closed") => format!(
                "Период «{}» уже закрыт, поэтому показание учтено за {period}. Делать ничего не \
                 нужно: разница войдёт в следующий расчёт.",
                self.period("closed_period"),
            ),
            _ => format!(
                "Показание получено {}, после {}-го числа, поэтому учтено за {period}. Делать \
                 ничего не нужно.",
                self.date("received_on"),
                self.text("closes_on_day"),
            ),
        }
    }

    fn explain_registers(&self) -> String {
        match self.fact("problem") {
            Some("unknown_register") => format!(
                "У прибора нет шкалы «{}». Проверьте номер прибора и название шкалы.",
                register_title(self.text("register")),
            ),
            Some("duplicate_register") => format!(
                "Значение «{}» указано дважды. Оставьте одно.",
                register_title(self.text("register")),
            ),
            Some("wrong_unit") => format!(
                "Прибор считает в {}, а показание передано в {} и точно не переводится. Передайте \
                 показание так, как на экране прибора.",
                self.unit("expected"),
                self.unit("given"),
            ),
            _ => {
                let names: Vec<String> = self
                    .text("registers")
                    .split(',')
                    .map(register_title)
                    .collect();
                format!(
                    "Не хватает показаний: {}. Черновик сохранён — допишите недостающее.",
                    names.join(", "),
                )
            }
        }
    }

    fn explain_high(&self) -> String {
        let high = format!(
            "Расход {} за {} дн. намного больше обычного ({}).",
            self.measure("counted"),
            self.number("days"),
            self.measure("usual"),
        );
        match self.fact("confirmed") {
            Some(_) => format!("{high} Показание подтверждено отправителем."),
            None => format!(
                "{high} Проверьте цифры. Если всё верно, подтвердите показание и проверьте, нет ли \
                 утечки.",
            ),
        }
    }

    fn explain_low(&self) -> String {
        let periods = self.text("periods");
        match self.fact("problem") {
            Some("zero") => format!(
                "Прибор не считает уже {periods} мес. подряд. Если вы пользовались услугой, \
                 сообщите в управляющую компанию: прибор нужно проверить.",
            ),
            _ => format!(
                "Расход за {periods} мес. подряд необычно мал ({}). Если вы пользовались услугой \
                 как обычно, прибор нужно проверить.",
                self.measure("counted"),
            ),
        }
    }

    fn explain_slip(&self) -> String {
        match self.fact("problem") {
            Some("beyond_display") => {
                let beyond = format!(
                    "В показании {} больше цифр до запятой, чем на приборе ({}).",
                    self.number("value"),
                    self.text("digits"),
                );
                match self.fact("confirmed") {
                    Some(_) => format!("{beyond} Показание подтверждено отправителем."),
                    None => format!("{beyond} Проверьте, не пропущена ли запятая."),
                }
            }
            _ => format!(
                "Возможно, опечатка: вместо {} имелось в виду {}. Выберите верное значение.",
                self.number("value"),
                self.number("probable"),
            ),
        }
    }

    fn explain_verification(&self) -> String {
        match self.fact("problem") {
            Some("unfit") => format!(
                "По поверке {} прибор признан непригодным. Показание сохранено; прибор нужно \
                 отремонтировать или заменить.",
                self.date("performed_on"),
            ),
            _ => format!(
                "Срок поверки истёк {}. Показание принято; закажите поверку, чтобы расчёт шёл по \
                 прибору.",
                self.date("valid_until"),
            ),
        }
    }

    fn explain_admission(&self) -> String {
        match self.fact("problem") {
            Some("seal_broken") => format!(
                "Пломба {} нарушена. Показание принято; вызовите представителя управляющей \
                 компании для осмотра.",
                self.text("seal"),
            ),
            _ => {
                "Нет акта ввода прибора в эксплуатацию. Показание принято; подайте заявку на ввод, \
                  чтобы расчёт шёл по прибору."
                    .to_owned()
            }
        }
    }

    fn explain_several(&self) -> String {
        let several = format!(
            "За {} уже есть показание от {}.",
            self.period("period"),
            self.date("earlier_on"),
        );
        match self.fact("wins") {
            Some("earlier") => format!("{several} В расчёт пойдёт оно; новое сохранено."),
            _ => format!("{several} В расчёт пойдёт новое; прежнее сохранено."),
        }
    }

    fn explain_delay(&self) -> String {
        let counted = match self.fact("counted_by") {
            Some("taken") => "по дате снятия",
            _ => "по дате получения",
        };
        format!(
            "Показание снято для периода «{}», а получено в периоде «{}». Учтено {counted}: таков \
             порядок исполнителя. Обе даты сохранены.",
            self.period("taken_period"),
            self.period("received_period"),
        )
    }

    fn text(&self, name: &str) -> &str {
        self.fact(name).unwrap_or("—")
    }

    fn number(&self, name: &str) -> String {
        number_ru(self.text(name))
    }

    fn measure(&self, name: &str) -> String {
        format!("{}\u{a0}{}", self.number(name), self.unit("unit"))
    }

    fn unit(&self, name: &str) -> String {
        let unit = self.fact(name).and_then(|code| code.parse::<Unit>().ok());
        unit.map_or_else(|| "ед.".to_owned(), |unit| unit.symbol_ru().to_owned())
    }

    /// `2026-03-25` as `25.03.2026`.
    fn date(&self, name: &str) -> String {
        let text = self.text(name);
        let parts: Vec<&str> = text.split('-').collect();
        match parts[..] {
            [year, month, day] => format!("{day}.{month}.{year}"),
            _ => text.to_owned(),
        }
    }

    fn period(&self, name: &str) -> String {
        let text = self.text(name);
        text.parse::<Period>()
            .map_or_else(|_| text.to_owned(), Period::title_ru)
    }
}

impl Proposal {
    /// What one tap does, in Russian.
    pub fn explain_ru(&self) -> String {
        match self {
            Self::ConfirmAsSent => "Всё верно, подтвердить как есть".to_owned(),
            Self::DeclareRollover { register } => format!(
                "Счётчик прошёл через ноль ({})",
                register_title(register.as_str()),
            ),
            Self::RecordReplacement => "Прибор заменён — сообщить о замене с актом".to_owned(),
            Self::UseValue { register, value } => format!(
                "Заменить на {}\u{a0}{} ({})",
                number_ru(&value.value().to_string()),
                value.unit().symbol_ru(),
                register_title(register.as_str()),
            ),
            Self::SwapWith { .. } => "Поменять показания двух приборов местами".to_owned(),
            Self::AddRegisters { registers } => {
                let names: Vec<String> = registers
                    .iter()
                    .map(Code::as_str)
                    .map(register_title)
                    .collect();
                format!("Дописать: {}", names.join(", "))
            }
            Self::Withdraw => "Отозвать показание".to_owned(),
        }
    }
}

/// `1234567.5` as `1 234 567,5`, with narrow no-break spaces, from five whole digits on.
fn number_ru(text: &str) -> String {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", text),
    };
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left % 3 == 0 && whole.len() > 4 && whole.is_ascii() {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    match decimals.is_empty() {
        true => format!("{sign}{grouped}"),
        false => format!("{sign}{grouped},{decimals}"),
    }
}

/// The register's name as a resident knows it.
fn register_title(name: &str) -> String {
    match name
        .strip_prefix('t')
        .filter(|zone| zone.parse::<u8>().is_ok())
    {
        Some("1") => "Т1 (день)".to_owned(),
        Some("2") => "Т2 (ночь)".to_owned(),
        Some(zone) => format!("Т{zone}"),
        None if name == "total" => "основная шкала".to_owned(),
        None => name.to_owned(),
    }
}
