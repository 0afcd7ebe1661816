//! Arithmetic is judged by schoolbook arithmetic on digit strings, which shares no code with it:
//! a result must be exactly that, and may be refused only where that has over 28 digits.

mod schoolbook;

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{from_value, json, to_value};

use super::*;
use schoolbook::Number;

fn decimal(text: &str) -> Decimal {
    exact::parse(text).expect("a number of the test")
}

/// Numbers that can be kept: few digits or all 28, any scale, both signs, many trailing zeros.
fn number() -> impl Strategy<Value = Decimal> {
    let mantissa = prop_oneof![
        -1_000_i128..1_000,
        -10_i128.pow(14)..10_i128.pow(14),
        1 - 10_i128.pow(28)..10_i128.pow(28),
        (1_i128..10, 0_u32..28).prop_map(|(digit, zeros)| digit * 10_i128.pow(zeros)),
        (0_u32..93).prop_map(|twos| 2_i128.pow(twos)),
        (0_u32..40).prop_map(|fives| 5_i128.pow(fives)),
    ];
    (mantissa, 0_u32..=28).prop_map(|(mantissa, scale)| {
        exact::normalised(Decimal::from_i128_with_scale(mantissa, scale))
    })
}

/// Every refusal here is for length, and only where the true result is too long.
fn check(outcome: Result<Decimal, QuantityError>, truth: &Number) -> Result<(), TestCaseError> {
    match outcome {
        Ok(value) => {
            prop_assert_eq!(value.to_string(), truth.to_string());
            prop_assert_eq!(exact::parse(&value.to_string()), Ok(value));
        }
        Err(QuantityError::Overflow) => prop_assert!(truth.digits() > 28 && truth.scale() == 0),
        Err(QuantityError::PrecisionLoss) => {
            prop_assert!(truth.scale() > 0 && (truth.digits() > 28 || truth.scale() > 28));
        }
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_sum_is_exact_or_refused(left in number(), right in number()) {
        let truth = Number::of(left).plus(&Number::of(right));
        check(exact::add(left, right), &truth)?;
        let truth = Number::of(left).plus(&Number::of(-right));
        check(exact::sub(left, right), &truth)?;
    }

    #[test]
    fn a_product_is_exact_or_refused(left in number(), right in number()) {
        check(exact::mul(left, right), &Number::of(left).times(&Number::of(right)))?;
    }

    #[test]
    fn a_quotient_times_its_divisor_is_the_dividend(left in number(), right in number()) {
        if let Ok(quotient) = exact::div_exact(left, right) {
            let back = Number::of(quotient).times(&Number::of(right));
            prop_assert_eq!(back.to_string(), Number::of(left).to_string());
        }
    }

    #[test]
    fn a_product_divides_back(left in number(), right in number()) {
        prop_assume!(!right.is_zero());
        if let Ok(product) = exact::mul(left, right) {
            prop_assert_eq!(exact::div_exact(product, right), Ok(left));
        }
    }

    #[test]
    fn a_number_reads_back_from_its_text_and_json(value in number()) {
        prop_assert_eq!(exact::parse(&value.to_string()), Ok(value));
        let volume = Quantity::<CubicMetre>::new(value);
        let json = to_value(volume).expect("a number that can be kept");
        prop_assert_eq!(from_value::<Quantity<CubicMetre>>(json).expect("its own JSON"), volume);
        let measure = Measure::new(value, Unit::KilowattHour);
        let json = to_value(measure).expect("a number that can be kept");
        prop_assert_eq!(from_value::<Measure>(json).expect("its own JSON"), measure);
    }

    #[test]
    fn rescaling_keeps_the_value_or_is_refused(value in number(), scale in 0_u32..=30) {
        match exact::rescale(value, scale) {
            Ok(rescaled) => {
                prop_assert_eq!(rescaled, value);
                prop_assert_eq!(rescaled.scale(), scale);
            }
            Err(error) => {
                prop_assert_eq!(error, QuantityError::PrecisionLoss);
                let whole = value.trunc().abs().to_string().trim_start_matches('0').len();
                let digits = whole + usize::try_from(scale).expect("a small scale");
                prop_assert!(value.scale() > scale || scale > 28 || digits > 28);
            }
        }
    }

    #[test]
    fn energy_converts_there_and_back(
        mantissa in -10_i64.pow(15)..10_i64.pow(15),
        scale in 0_u32..9,
    ) {
        let heat = Quantity::<Gigacalorie>::new(Decimal::new(mantissa, scale));
        let joules = heat.to_gigajoules().expect("room for the product");
        prop_assert_eq!(joules.to_gigacalories(), Ok(heat));
        let watts = heat.to_megawatt_hours().expect("room for the product");
        prop_assert_eq!(watts.to_gigacalories(), Ok(heat));
        let kilowatts = watts.to_kilowatt_hours().expect("room for the product");
        prop_assert_eq!(kilowatts.to_megawatt_hours(), Ok(watts));
    }

    #[test]
    fn money_reads_back(kopecks in any::<i64>()) {
        let money = Money::from_kopecks(kopecks);
        let json = to_value(money).expect("money is a string");
        prop_assert_eq!(from_value::<Money>(json).expect("its own JSON"), money);
    }

    #[test]
    fn a_share_is_in_lowest_terms(one in 1_u32.., other in 1_u32..) {
        let (numerator, whole) = (one.min(other), one.max(other));
        let share = Fraction::new(numerator, whole).expect("a share of a whole");
        prop_assert_eq!(
            u64::from(share.numerator()) * u64::from(whole),
            u64::from(share.denominator()) * u64::from(numerator)
        );
        let again = Fraction::new(share.numerator(), share.denominator());
        prop_assert_eq!(again, Ok(share));
        prop_assert_eq!(share.to_string().parse(), Ok(share));
    }
}

#[test]
fn what_rust_decimal_rounds_is_refused() {
    let tiny = decimal("0.0000000000000000000000000001");
    assert_eq!(
        Decimal::ONE_HUNDRED.checked_add(tiny),
        Some(Decimal::ONE_HUNDRED)
    );
    assert_eq!(
        exact::add(Decimal::ONE_HUNDRED, tiny),
        Err(QuantityError::PrecisionLoss)
    );
    assert_eq!(exact::mul(tiny, tiny), Err(QuantityError::PrecisionLoss));
    assert_eq!(
        exact::div_exact(Decimal::ONE, decimal("3")),
        Err(QuantityError::PrecisionLoss)
    );
    assert_eq!(
        exact::div_exact(Decimal::ONE, Decimal::ZERO),
        Err(QuantityError::DivisionByZero)
    );
}

#[test]
fn a_result_of_29_digits_is_refused_though_it_would_fit() {
    let most = decimal("9999999999999999999999999999");
    assert_eq!(exact::add(most, Decimal::ONE), Err(QuantityError::Overflow));
    assert_eq!(
        exact::add(most, decimal("0.1")),
        Err(QuantityError::PrecisionLoss)
    );
    assert!(to_value(Quantity::<Hour>::new(Decimal::MAX)).is_err());
    assert!(to_value(Measure::new(Decimal::MAX, Unit::Hour)).is_err());
}

#[test]
fn hidden_tens_do_not_make_a_product_too_long() {
    let (twos, fives) = (
        decimal("1099511627776"),
        decimal("9094947017729282379150390625"),
    );
    let product = exact::mul(
        twos,
        exact::div_exact(fives, decimal("100000")).expect("finite"),
    );
    assert_eq!(product, Err(QuantityError::Overflow));
    let small = decimal("0.9094947017729282379150390625");
    assert_eq!(
        exact::mul(twos, small),
        Ok(Decimal::from(1_000_000_000_000_u64))
    );
}

#[test]
fn only_plain_decimal_strings_are_numbers() {
    for (text, canonical) in [
        ("210.0", "210"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("00123.450", "123.45"),
        ("-12.5", "-12.5"),
        ("1.00000000000000000000000000000000000000", "1"),
        (
            "9999999999999999999999999999.0",
            "9999999999999999999999999999",
        ),
    ] {
        assert_eq!(decimal(text).to_string(), canonical);
    }
    for text in [
        "", "-", ".", "+1", ".5", "5.", "1,5", "1e3", " 1", "1 ", "1 000", "--1", "1.2.3", "٣",
        "NaN",
    ] {
        assert_eq!(
            exact::parse(text),
            Err(QuantityError::NotANumber(text.to_owned()))
        );
    }
    let overflow = exact::parse("10000000000000000000000000000");
    assert_eq!(overflow, Err(QuantityError::Overflow));
    let loss = exact::parse("1.00000000000000000000000000001");
    assert_eq!(loss, Err(QuantityError::PrecisionLoss));
}

#[test]
fn json_numbers_are_not_quantities() {
    assert!(from_value::<Quantity<CubicMetre>>(json!(12.5)).is_err());
    assert!(from_value::<Measure>(json!({"unit": "m3", "value": 12})).is_err());
    assert!(from_value::<Money>(json!(12)).is_err());
}

#[test]
fn the_json_of_each_type_is_pinned() {
    fn pin<T: serde::Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
        value: T,
        json: serde_json::Value,
    ) {
        assert_eq!(to_value(&value).expect("a value that can be kept"), json);
        assert_eq!(from_value::<T>(json).expect("its own JSON"), value);
    }
    let norm = NormRate::new(decimal("4.290"), Unit::CubicMetre, NormBasis::PersonMonth);
    let tariff = TariffRate::new(decimal("44.860"), Unit::CubicMetre);
    pin(
        Quantity::<CubicMetre>::new(Decimal::new(21_000, 2)),
        json!("210"),
    );
    pin(
        Measure::new(decimal("12.50"), Unit::CubicMetre),
        json!({"unit": "m3", "value": "12.5"}),
    );
    pin(Money::from_kopecks(-123_450), json!("-1234.50"));
    pin(Money::from_kopecks(5), json!("0.05"));
    pin(
        tariff.expect("a price"),
        json!({"price": "44.86", "per": "m3"}),
    );
    pin(
        norm.expect("a norm"),
        json!({"value": "4.29", "unit": "m3", "per": "person_month"}),
    );
    pin(
        Percent::new(decimal("20.0")).expect("a percentage"),
        json!("20"),
    );
    pin(Fraction::new(2, 6).expect("a share"), json!("1/3"));
}

#[test]
fn what_new_refuses_json_cannot_bring_in() {
    for json in [
        json!({"price": "-1", "per": "m3"}),
        json!({"price": "0", "per": "m3"}),
        json!({"price": "1.0000000000001", "per": "m3"}),
        json!({"price": "1", "per": "м³"}),
        json!({"price": "1", "per": "m3", "vat": "20"}),
    ] {
        assert!(from_value::<TariffRate>(json.clone()).is_err(), "{json}");
    }
    let norm = json!({"value": "-0.1", "unit": "Gcal", "per": "cubic_metre"});
    assert!(from_value::<NormRate>(norm).is_err());
    for text in ["-1", "100.1", "1e1", "20%"] {
        assert!(from_value::<Percent>(json!(text)).is_err(), "{text}");
    }
    for text in [
        "0/3",
        "4/3",
        "1/0",
        "1",
        "+1/3",
        "1/+3",
        " 1/3",
        "-1/3",
        "1/3/5",
        "1/4294967296",
    ] {
        assert!(from_value::<Fraction>(json!(text)).is_err(), "{text}");
    }
}

#[test]
fn a_schema_stands_for_what_is_read() {
    let schema = to_value(schemars::schema_for!(TariffRate)).expect("a schema is JSON");
    assert_eq!(schema["title"], json!("TariffRate"));
    assert_eq!(schema["required"], json!(["price", "per"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    let schema = to_value(schemars::schema_for!(Quantity<CubicMetre>)).expect("a schema is JSON");
    assert_eq!(schema["type"], json!("string"));
}

#[test]
fn units_are_read_as_people_write_them() {
    for unit in Unit::ALL {
        assert_eq!(
            to_value(unit).expect("a unit is a string"),
            json!(unit.code())
        );
        assert_eq!(unit.code().parse(), Ok(unit));
        assert_eq!(unit.symbol_ru().parse(), Ok(unit));
        assert_eq!(unit.symbol_ru().to_uppercase().parse(), Ok(unit));
    }
    for (text, unit) in [
        ("м3", Unit::CubicMetre),
        ("м^3", Unit::CubicMetre),
        (" куб. м. ", Unit::CubicMetre),
        ("куб.м", Unit::CubicMetre),
        ("кВт*ч", Unit::KilowattHour),
        ("кВтч", Unit::KilowattHour),
        ("квт.ч", Unit::KilowattHour),
        ("кВт-час", Unit::KilowattHour),
        ("мвт.ч", Unit::MegawattHour),
        ("кв.\u{a0}м", Unit::SquareMetre),
        ("°С", Unit::Celsius),
        ("тн", Unit::Tonne),
    ] {
        assert_eq!(text.parse(), Ok(unit), "{text}");
    }
    for text in [
        "",
        "л",
        "кВт",
        "Гкал/ч",
        "кВт/ч",
        "мВт·ч",
        "мПа",
        "mWh",
        "mPa",
        "м4",
    ] {
        assert!(text.parse::<Unit>().is_err(), "{text}");
    }
}

#[test]
fn energy_converts_by_its_legal_factors() {
    let heat = Quantity::<Gigacalorie>::new(Decimal::ONE);
    assert_eq!(heat.to_gigajoules(), Quantity::parse("4.1868"));
    assert_eq!(heat.to_megawatt_hours(), Quantity::parse("1.163"));
    let joule = Quantity::<Gigajoule>::new(Decimal::ONE);
    assert_eq!(joule.to_gigacalories(), Err(QuantityError::PrecisionLoss));
    let power = Measure::new(decimal("1500"), Unit::KilowattHour);
    let megawatts = Measure::new(decimal("1.5"), Unit::MegawattHour);
    assert_eq!(power.convert(Unit::MegawattHour), Ok(megawatts));
}

#[test]
fn different_units_never_meet() {
    let water = Measure::new(Decimal::ONE, Unit::CubicMetre);
    let mass = Measure::new(Decimal::ONE, Unit::Tonne);
    let mismatch = QuantityError::UnitMismatch {
        left: Unit::CubicMetre,
        right: Unit::Tonne,
    };
    assert_eq!(water.checked_add(mass), Err(mismatch.clone()));
    assert_eq!(water.checked_sub(mass), Err(mismatch.clone()));
    assert_eq!(water.convert(Unit::Tonne), Err(mismatch.clone()));
    assert_eq!(water.quantity::<Tonne>(), Err(mismatch));
    assert_eq!(water.quantity::<CubicMetre>().map(Measure::from), Ok(water));
}

#[test]
fn money_is_whole_kopecks() {
    assert_eq!("1234.5".parse(), Ok(Money::from_kopecks(123_450)));
    for text in ["1.005", "1.230", "0.000"] {
        assert_eq!(
            text.parse::<Money>(),
            Err(QuantityError::PrecisionLoss),
            "{text}"
        );
    }
    assert_eq!(
        "92233720368547758.08".parse::<Money>(),
        Err(QuantityError::Overflow)
    );
    let most = Money::from_kopecks(i64::MAX);
    assert_eq!(
        most.checked_add(Money::from_kopecks(1)),
        Err(QuantityError::Overflow)
    );
    let least = Money::from_kopecks(i64::MIN);
    assert_eq!(
        least.checked_sub(Money::from_kopecks(1)),
        Err(QuantityError::Overflow)
    );
}

#[test]
fn people_see_russian_texts() {
    let volume = Quantity::<CubicMetre>::parse("12.345").expect("a volume");
    assert_eq!(volume.to_string(), "12.345\u{a0}м³");
    assert_eq!(
        Money::from_kopecks(123_456).to_string(),
        "1\u{a0}234,56\u{a0}₽"
    );
    assert_eq!(
        Money::from_kopecks(-100_000_005).to_string(),
        "−1\u{a0}000\u{a0}000,05\u{a0}₽"
    );
    assert_eq!(Money::ZERO.to_string(), "0,00\u{a0}₽");
}
