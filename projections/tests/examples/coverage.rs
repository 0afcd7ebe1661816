//! Every worked example is either a test here or listed with the reason why not yet.

/// All examples, then the worked-through cases (`DC-`), in the order of their collection.
const ALL: &[&str] = &[
    "HEAT-F3-KHAB-2020-04",
    "HEAT-F3-TEST-C11",
    "HEAT-F3-EAO-2020-03",
    "HEAT-ISH-3675",
    "HEAT-NORM-TSIOLK-2021-03",
    "HEAT-AVGNORM-NERU-2021-03",
    "HEAT-AVGNORM-BLAG-2021-02",
    "HEAT-UNIFORM-TEST-C9",
    "HEAT-LEGAL-VAT-TEST-C12",
    "HEAT-ANNUAL-NORM-TAVR",
    "HEAT-ANNUAL-NORM-BRYANSK",
    "HW2-KHAB-2020-04",
    "HW2-HOUSE-HEAT-KHAB-2020-04",
    "HW2-VLAD-2023-08",
    "HW2-NERU-2021-03",
    "HW2-TSIOLK-2021-03",
    "HW1-SVERD",
    "HW2-TEST-C1",
    "HW2-TEST-C2",
    "HW2-TEST-C3",
    "HW2-TEST-C5",
    "HW2-TEST-C7",
    "HW1-TEST-C13",
    "ODN-F12-DEK",
    "ODN-F15-DEK",
    "ODN-F15-EKONOM",
    "SOI-TSIOLK-2021-03",
    "ODPU-KT-RAICH-2017-09",
    "ODPU-KT-TSIOLK-2021-03",
    "SOI-HEAT-TSIOLK-OFF",
    "SOI-EL-MAGD-OFF",
    "EL-SAKH-2023-05",
    "BALANCE-DALNEGORSK-2022-07",
    "WATER-RAICH-2017-09",
    "EL-AVG-KHAB-2020-04",
    "EL-KHAB-2020-04",
    "LINE-HALFUP-650.475",
    "TKO-SAKH-2023-05",
    "TKO-AMUR",
    "TKO-DALNEGORSK-2022-07",
    "MIX-TEST-MOZAREL",
    "DATE-EXPIRY-KHAB",
    "DATE-PAY-2026",
    "G-F3-INST",
    "G-F33",
    "G-F23-NORM",
    "G-ODN-CAP",
    "G-AVG6",
    "G-METODIKA-LOAD",
    "G-METODIKA-AVG",
    "DC-02-ODPU-REPLACED-MID-MONTH",
    "DC-04-THREE-MISSING-NORM-THEN-READING",
    "DC-06-HEAT-34-THREE-TARIFFS",
    "DC-09-HW-TWO-COMPONENT-NO-METER",
    "DC-11-SOI-YEAR-RECALC-SPREAD",
    "DC-13-OWNER-CHANGE",
    "DC-15-EXACT-HALF-AFTER-DIVISION",
];

/// Not computed yet, and why.
const NOT_YET: &[(&str, &str)] = &[];

/// Where the tests stand.
const SOURCES: &[&str] = &[
    include_str!("common.rs"),
    include_str!("dates.rs"),
    include_str!("gaps.rs"),
    include_str!("heating.rs"),
    include_str!("hot_water.rs"),
    include_str!("metered.rs"),
    include_str!("rounding.rs"),
    include_str!("../folds/consumption.rs"),
    include_str!("../settlement/heat_even.rs"),
    include_str!("../papers/dues.rs"),
];

/// Where examples go through a settlement: as case files by the program, else by `settle` and
/// `close`.
const SETTLED: &[&str] = &[
    include_str!("../../../tests/cli/worked.rs"),
    include_str!("../../../tests/cli/worked_bills.rs"),
    include_str!("../../../tests/cli/worked_norms.rs"),
    include_str!("../settlement/heat_even.rs"),
    include_str!("../settlement/soi.rs"),
];

/// What no settlement can tell, and why.
const NOT_SETTLED: &[(&str, &str)] = &[
    (
        "HEAT-ANNUAL-NORM-TAVR",
        "how a regulator came to a norm: norms are kept as approved",
    ),
    (
        "HEAT-ANNUAL-NORM-BRYANSK",
        "how a regulator came to a norm: norms are kept as approved",
    ),
    (
        "HW1-SVERD",
        "how a regulator came to a price: prices are kept as approved",
    ),
    (
        "BALANCE-DALNEGORSK-2022-07",
        "debts and payments are the billing centre's: they stand beside the charges of a bill",
    ),
    (
        "LINE-HALFUP-650.475",
        "housing upkeep is no utility; an exact half goes through a settlement in DC-15",
    ),
    ("TKO-SAKH-2023-05", "solid waste is not metered"),
    ("TKO-AMUR", "solid waste is not metered"),
    ("TKO-DALNEGORSK-2022-07", "solid waste is not metered"),
    ("DATE-PAY-2026", "the days of a bill, no figure of it"),
];

/// How many tests of an example stand there.
fn tests_in(sources: &[&str], id: &str) -> usize {
    let name = id.to_lowercase().replace(['-', '.'], "_");
    let head = format!("#[test]\nfn {name}() {{");
    let found = sources.iter().map(|source| source.matches(&head).count());
    found.sum()
}

/// How many tests an example has.
fn tests_of(id: &str) -> usize {
    tests_in(SOURCES, id)
}

#[test]
fn every_example_is_settled_or_has_a_reason() {
    let mut wrong = Vec::new();
    for id in ALL {
        let reasons = NOT_SETTLED.iter().filter(|(other, _)| other == id).count();
        let tests = tests_in(SETTLED, id);
        if tests + reasons != 1 {
            wrong.push(format!("{id}: {tests} settlements, {reasons} reasons"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_is_a_test_or_has_a_reason() {
    let mut wrong = Vec::new();
    for id in ALL {
        let listed = NOT_YET.iter().filter(|(other, _)| other == id).count();
        if tests_of(id) + listed != 1 {
            wrong.push(format!("{id}: {} tests, {listed} reasons", tests_of(id)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_listed_is_an_example() {
    for (id, reason) in NOT_YET.iter().chain(NOT_SETTLED) {
        assert!(ALL.contains(id), "{id}: {reason}");
    }
}
