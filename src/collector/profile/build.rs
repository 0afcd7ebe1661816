//! From the file to the profile: every register is checked once, here.

use std::collections::BTreeSet;

use aggregates::quantity::exact;
use rust_decimal::Decimal;

use crate::collector::profile::file::{ArchiveFile, DefaultsFile, ProfileFile, RegisterFile};
use crate::collector::profile::{
    Archive, Encoding, Kind, Limits, Order, Profile, ProfileError, Register, SERIAL, SelectField,
    Table,
};

/// The most registers of one request of Modbus.
const MAX_REGISTERS: u16 = 125;
/// Registers of a table.
const TABLE_SIZE: u32 = 65_536;

impl Profile {
    /// Reads a profile from its TOML; `name` is the one it must bear.
    ///
    /// # Errors
    /// [`ProfileError`] names the register and what is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProfileError> {
        let file: ProfileFile =
            toml::from_str(text).map_err(|source| ProfileError::Unreadable {
                name: name.to_owned(),
                source,
            })?;
        let whole = |problem: String| ProfileError::Whole {
            profile: name.to_owned(),
            problem,
        };
        if file.name != name {
            return Err(whole(format!("внутри назван «{}»", file.name)));
        }
        let limits = limits_of(&file).map_err(whole)?;
        let registers = registers_of(name, &file, &file.registers, limits)?;
        distinct(&registers).map_err(whole)?;
        let archive = match &file.archive {
            None => None,
            Some(archive) => {
                let said = registers_of(name, &file, &archive.registers, limits)?;
                Some(archive_of(archive, said).map_err(whole)?)
            }
        };
        Ok(Self {
            archive,
            name: file.name,
            title: file.title,
            source: file.source,
            note: file.note,
            limits,
            registers,
        })
    }
}

fn registers_of(
    name: &str,
    file: &ProfileFile,
    registers: &[RegisterFile],
    limits: Limits,
) -> Result<Vec<Register>, ProfileError> {
    let one = |register: &RegisterFile| {
        let built = register_of(register, &file.defaults, limits);
        built.map_err(|problem| ProfileError::Register {
            profile: name.to_owned(),
            register: register.quantity.clone(),
            address: register.address,
            problem,
        })
    };
    registers.iter().map(one).collect()
}

/// The archive, checked: what it says lies inside its record, behind the date.
fn archive_of(file: &ArchiveFile, registers: Vec<Register>) -> Result<Archive, String> {
    distinct(&registers)?;
    let fields: Option<Vec<SelectField>> = file
        .select_layout
        .split_whitespace()
        .map(SelectField::named)
        .collect();
    let select_fields = fields
        .filter(|fields| fields.len().is_multiple_of(2))
        .ok_or_else(|| format!("archive.select_layout «{}» не читается", file.select_layout))?;
    let date = date_of(file)?;
    if !(1..=MAX_REGISTERS).contains(&file.count) || file.kinds.is_empty() {
        return Err(format!(
            "archive: count от 1 до {MAX_REGISTERS} и хотя бы один вид записи"
        ));
    }
    let end = u32::from(file.read) + u32::from(file.count);
    let first = u32::from(file.read) + u32::from(date.words());
    let is_inside = |register: &&Register| {
        u32::from(register.address) >= first
            && register.end() <= end
            && register.table == Table::Holding
    };
    if let Some(outside) = registers.iter().find(|register| !is_inside(register)) {
        return Err(format!("archive: {outside} лежит не в записи (функция 3)"));
    }
    Ok(Archive {
        stamp: file.stamp,
        select: file.select,
        select_fields,
        read: file.read,
        count: file.count,
        date,
        kinds: file.kinds.clone(),
        registers,
    })
}

/// The date at the beginning of a record.
fn date_of(file: &ArchiveFile) -> Result<Register, String> {
    let encoding = Encoding::named("date", Some(&file.date_layout))
        .ok_or_else(|| format!("archive.date_layout «{}» не читается", file.date_layout))?;
    Ok(Register {
        quantity: "record_date".to_owned(),
        channel: None,
        kind: Kind::Clock,
        table: Table::Holding,
        address: file.read,
        encoding,
        order: Order::Abcd,
        bits: None,
        unit: None,
        scale: Decimal::ONE,
        offset: Decimal::ZERO,
        absent: Vec::new(),
        note: None,
    })
}

fn limits_of(file: &ProfileFile) -> Result<Limits, String> {
    let limits = Limits {
        max_registers: file.limits.max_registers,
        max_gap: file.limits.max_gap,
    };
    match (1..=MAX_REGISTERS).contains(&limits.max_registers) {
        true => Ok(limits),
        false => Err(format!(
            "limits.max_registers должно быть от 1 до {MAX_REGISTERS}"
        )),
    }
}

fn register_of(
    file: &RegisterFile,
    defaults: &DefaultsFile,
    limits: Limits,
) -> Result<Register, String> {
    let encoding = Encoding::named(&file.encoding, file.layout.as_deref()).ok_or_else(|| {
        let layout = file.layout.as_deref().unwrap_or("без layout");
        format!(
            "типа «{}» ({layout}) нет; список — в docs/formats",
            file.encoding
        )
    })?;
    let table = match file.function.or(defaults.function) {
        Some(3) => Table::Holding,
        Some(4) => Table::Input,
        Some(other) => return Err(format!("функцией {other} регистры не читаются: 3 или 4")),
        None => return Err("не сказано, какой функцией читать (function)".to_owned()),
    };
    let register = Register {
        quantity: name_of(&file.quantity)?,
        channel: file.channel.as_deref().map(name_of).transpose()?,
        kind: file.kind,
        table,
        address: file.address,
        encoding,
        order: file.order.or(defaults.order).unwrap_or_default(),
        bits: file.bits,
        unit: file.unit,
        scale: number_of(file.scale.as_deref(), Decimal::ONE)?,
        offset: number_of(file.offset.as_deref(), Decimal::ZERO)?,
        absent: file
            .absent
            .iter()
            .map(|text| pattern_of(text))
            .collect::<Result<_, _>>()?,
        note: file.note.clone(),
    };
    check(&register, limits)?;
    Ok(register)
}

/// What a register must be, whatever device it is of.
fn check(register: &Register, limits: Limits) -> Result<(), String> {
    if register.words() > limits.max_registers {
        return Err(format!(
            "не помещается в один запрос ({})",
            limits.max_registers
        ));
    }
    if register.end() > TABLE_SIZE {
        return Err("кончается за адресом 65535".to_owned());
    }
    let whole = matches!(register.encoding, Encoding::Unsigned(_));
    let date = matches!(
        register.encoding,
        Encoding::Date { .. } | Encoding::UnixSeconds
    );
    let text = matches!(register.encoding, Encoding::Text(_));
    let fits = match register.kind {
        Kind::Total | Kind::Amount => !date && !text && register.unit.is_some(),
        Kind::Instant | Kind::Timer => !date && !text,
        Kind::Flags => whole,
        Kind::Clock => date,
        Kind::Identity => !date,
    };
    if !fits {
        return Err(format!(
            "{}: такой тип или единица не подходят",
            register.kind.title_ru()
        ));
    }
    if register.scale.is_zero() {
        return Err("масштаб 0 превратил бы всё в ноль".to_owned());
    }
    let plain = register.scale == Decimal::ONE && register.offset.is_zero();
    if !plain && matches!(register.kind, Kind::Flags | Kind::Clock | Kind::Identity) {
        return Err("масштаб и сдвиг бывают только у чисел".to_owned());
    }
    match register.bits {
        None => Ok(()),
        Some(_) if !whole => Err("bits бывают только у целых без знака".to_owned()),
        Some(bits) => {
            let available = 8 * register.encoding.bytes();
            let last = bits.shift.saturating_add(bits.width);
            match bits.width > 0 && usize::try_from(last).is_ok_and(|last| last <= available) {
                true => Ok(()),
                false => Err(format!("bits выходят за {available} бит")),
            }
        }
    }
}

/// No two registers are the same value, and there is one serial number at most.
fn distinct(registers: &[Register]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for register in registers {
        if !seen.insert((&register.quantity, &register.channel, register.kind)) {
            return Err(format!("{register} описано дважды"));
        }
        if register.quantity == SERIAL && register.channel.is_some() {
            return Err("заводской номер — один на прибор, без channel".to_owned());
        }
    }
    match registers.is_empty() {
        true => Err("нет ни одного регистра".to_owned()),
        false => Ok(()),
    }
}

/// Lower-case Latin letters, digits, `_` and `.`: what is stored under them should not depend on
/// somebody's keyboard.
fn name_of(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
    match !text.is_empty() && text.len() <= 40 && text.chars().all(allowed) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "имя «{text}»: строчные латинские буквы, цифры, _ и точка, до 40"
        )),
    }
}

fn number_of(text: Option<&str>, otherwise: Decimal) -> Result<Decimal, String> {
    let Some(text) = text else {
        return Ok(otherwise);
    };
    exact::parse(text).map_err(|_| format!("«{text}» — не десятичная дробь вида \"0.001\""))
}

fn pattern_of(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x");
    let pattern = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    pattern.ok_or_else(|| format!("absent «{text}»: нужно шестнадцатеричное вида \"0xFFFF\""))
}
