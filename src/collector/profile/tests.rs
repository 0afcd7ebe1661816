//! The profiles that come with the program, and what a wrong one is told.

use super::*;

#[test]
fn every_profile_that_comes_along_is_sound() {
    let profiles = all().expect("the profiles are sound");
    let names: Vec<&str> = profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["ml-dhm", "pd561z", "pzem-016", "sdm120", "tsrv-024m", "tv7"]
    );
    let registers: usize = profiles.iter().map(|profile| profile.registers.len()).sum();
    assert_eq!(registers, 107);
    let with_serial = profiles.iter().filter(|profile| profile.serial().is_some());
    assert_eq!(with_serial.count(), 3);
}

#[test]
fn a_stranger_is_told_the_names_there_are() {
    let told = find("tv8").expect_err("there is none").to_string();
    assert!(told.contains("tv7") && told.contains("tv8"), "{told}");
}

/// A profile of one register, with lines of its own.
fn told(lines: &str) -> String {
    let head = "name = \"x\"\ntitle = \"X\"\nsource = \"test\"\n\n[[registers]]\naddress = 7\n\
                quantity = \"heat\"\nkind = \"total\"\n";
    match Profile::parse("x", &format!("{head}{lines}")) {
        Ok(_) => "sound".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_wrong_is_named() {
    let sound = "type = \"u32\"\nunit = \"GJ\"\nfunction = 3\n";
    assert_eq!(told(sound), "sound");
    for (lines, expected) in [
        (
            "type = \"u32\"\nunit = \"GJ\"\n",
            "не сказано, какой функцией",
        ),
        (
            "type = \"u32\"\nfunction = 3\n",
            "нарастающий итог: такой тип или единица",
        ),
        (
            "type = \"u23\"\nunit = \"GJ\"\nfunction = 3\n",
            "типа «u23» (без layout) нет",
        ),
        (
            "type = \"u32\"\nunit = \"GJ\"\nfunction = 6\n",
            "функцией 6 регистры не читаются",
        ),
        (
            &format!("{sound}scale = \"1e-3\"\n"),
            "«1e-3» — не десятичная дробь",
        ),
        (&format!("{sound}scale = \"0\"\n"), "масштаб 0"),
        (
            &format!("{sound}bits = {{ shift = 30, width = 3 }}\n"),
            "bits выходят за 32 бит",
        ),
        (&format!("{sound}absent = [\"FF\"]\n"), "absent «FF»"),
        (&format!("{sound}unknown = 1\n"), "не читается"),
    ] {
        let answer = told(lines);
        assert!(answer.contains(expected), "{lines}: {answer}");
    }
}

#[test]
fn units_become_those_of_the_ledger_exactly() {
    let joules = Decimal::from(4_186_800_000_i64);
    let measure = DeviceUnit::Joule
        .measure(joules)
        .expect("it can be kept")
        .expect("kept");
    assert_eq!(measure.to_string(), "4.1868\u{a0}ГДж");
    assert_eq!(DeviceUnit::Volt.measure(joules), Ok(None));
}

#[test]
fn what_a_record_says_lies_behind_its_date() {
    let archive = |address: u16| {
        told(&format!(
            "type = \"u32\"\nunit = \"GJ\"\nfunction = 3\n\n[archive]\nstamp = \"end\"\n\
             select = 99\nselect_layout = \"month day hour yy kind skip\"\nread = 100\n\
             count = 4\ndate_layout = \"month day hour yy\"\nkinds = {{ hour = 0 }}\n\n\
             [[archive.registers]]\naddress = {address}\ntype = \"f32\"\nquantity = \"heat\"\n\
             kind = \"amount\"\nunit = \"GJ\"\nfunction = 3\n"
        ))
    };
    assert_eq!(archive(102), "sound");
    for outside in [101, 103] {
        let answer = archive(outside);
        assert!(answer.contains("лежит не в записи"), "{answer}");
    }
}
