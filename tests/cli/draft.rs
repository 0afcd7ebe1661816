//! Case files made in code: a house is drawn up step by step, written and settled by the program.

use serde_json::{Value, json};

use crate::program::Said;

/// First day of everything that does not say otherwise.
const START: &str = "2016-01-01";

/// A case file on its way.
#[derive(Clone)]
pub struct Draft {
    installed: String,
    case: Value,
}

/// What the program said of a case.
pub struct Settled(pub Value);

fn noon(day: &str) -> String {
    format!("{day}T12:00:00+05:00")
}

fn demonstration() -> Value {
    json!({"demonstration": {"source": "проверка формул"}})
}

impl Draft {
    /// A house without premises; its meters are put in on `installed`.
    pub fn new(installed: &str) -> Self {
        let case = json!({
            "format": "energokabinet/case/v1",
            "house": {
                "format": "energokabinet/house/v1",
                "building": {
                    "address": {
                        "region": "Свердловская обл",
                        "settlement": "г Екатеринбург",
                        "street": "ул Примерная",
                        "house": "9",
                        "fias": "5a0c1d8e-6a57-4c0e-9d2a-0d6f6f2f7a12"
                    },
                    "kind": "apartment_building",
                    "zone": "Asia/Yekaterinburg"
                },
                "organisations": [
                    {"key": "uk", "name": "УК «Пример»", "inn": "6600001014"},
                    {"key": "rso", "name": "РСО (пример)", "inn": "6600001021"}
                ],
                "arrangements": [],
                "areas": [],
                "heating": {
                    "payment": [{
                        "mode": "in_season",
                        "from": START,
                        "act": {"number": "способ-1", "date": START}
                    }]
                },
                "premises": [],
                "points": [],
                "scopes": [],
                "tariffs": [],
                "norms": []
            },
            "readings": [],
            "facts": [],
            "closings": []
        });
        Self {
            installed: installed.to_owned(),
            case,
        }
    }

    fn list(&mut self, section: &str) -> &mut Vec<Value> {
        let found = self.case["house"][section].as_array_mut();
        found.expect("a section of the draft is a list")
    }

    fn push(mut self, section: &str, row: Value) -> Self {
        self.list(section).push(row);
        self
    }

    /// The house's management provides these resources.
    pub fn managed(self, resources: &[&str]) -> Self {
        self.arranged(resources, ("managing_company", "uk", "manager"))
    }

    /// `(management, provider, role)` of these resources.
    pub fn arranged(mut self, resources: &[&str], terms: (&str, &str, &str)) -> Self {
        for resource in resources {
            self = self.push(
                "arrangements",
                json!({
                    "resource": resource,
                    "from": START,
                    "management": terms.0,
                    "provider": terms.1,
                    "provider_role": terms.2,
                    "readings_owner": "provider",
                    "biller": terms.1,
                    "readings_owed_to": terms.1,
                    "readings_owed_by_day": 25
                }),
            );
        }
        self
    }

    /// A flat with one owner, nobody registered, and an account of the same number.
    pub fn flat(self, number: &str, area: &str) -> Self {
        self.premises(number, "flat", area)
    }

    /// Premises of a kind, with an account of the same number.
    pub fn premises(self, number: &str, kind: &str, area: &str) -> Self {
        let row = json!({
            "number": number,
            "kind": kind,
            "areas": [{"purpose": "total", "area": area, "from": START, "source": "egrn"}],
            "owners": [{"count": 1, "from": START, "source": "egrn"}],
            "accounts": [{"number": number, "holder": "owner", "from": START}]
        });
        self.push("premises", row)
    }

    /// Something more about the premises added last.
    pub fn with(mut self, field: &str, value: Value) -> Self {
        let last = self.list("premises").last_mut();
        last.expect("there are premises")[field] = value;
        self
    }

    /// The persons registered in the premises added last.
    pub fn persons(self, count: u16) -> Self {
        let source = "registration_office";
        let row = json!([{"registered": count, "from": START, "source": source}]);
        self.with("residents", row)
    }

    pub fn house_area(self, purpose: &str, area: &str) -> Self {
        let source = "technical_passport";
        let row = json!({"purpose": purpose, "area": area, "from": START, "source": source});
        self.push("areas", row)
    }

    /// The house meter `house-RESOURCE` with all points of the resource under it.
    pub fn house_meter(self, resource: &str, unit: &str) -> Self {
        let name = format!("house-{resource}");
        let registers = json!([("total", "0")]);
        let draft = self.point(&name, resource, "house", None, unit, &registers);
        draft.push(
            "scopes",
            json!({
                "resource": resource,
                "name": "house",
                "from": START,
                "house": [{"point": name}],
                "members": "all_of_resource"
            }),
        )
    }

    /// The meter `boiler-RESOURCE` of what the house makes something of: `production_heat` …
    pub fn feeding(self, made: &str, resource: &str, unit: &str) -> Self {
        let name = format!("boiler-{resource}");
        let draft = self.point(
            &name,
            resource,
            "technical",
            None,
            unit,
            &json!([("total", "0")]),
        );
        let fed = json!({
            "resource": resource,
            "name": made,
            "from": START,
            "house": [{"point": name}],
            "members": {"points": []}
        });
        draft.push("scopes", fed)
    }

    /// The meter `NUMBER-RESOURCE` of premises, with what it showed at first.
    pub fn meter(self, number: &str, resource: &str, unit: &str, initial: &str) -> Self {
        self.zones(number, resource, unit, &[("total", initial)])
    }

    /// The meter `NUMBER-RESOURCE` of premises with several registers.
    pub fn zones(self, number: &str, resource: &str, unit: &str, at: &[(&str, &str)]) -> Self {
        let name = format!("{number}-{resource}");
        self.point(
            &name,
            resource,
            "individual",
            Some(number),
            unit,
            &json!(at),
        )
    }

    fn point(
        self,
        name: &str,
        resource: &str,
        kind: &str,
        premises: Option<&str>,
        unit: &str,
        initial: &Value,
    ) -> Self {
        let rows = initial.as_array().expect("registers are a list");
        let register = |row: &Value| json!({"name": row[0], "unit": unit, "kind": "cumulative"});
        let value =
            |row: &Value| json!({"register": row[0], "value": {"value": row[1], "unit": unit}});
        let at = format!("{}T00:00:00+05:00", self.installed);
        let act = json!({"number": "ВВ-1", "date": self.installed});
        let meter = json!({
            "serial": format!("№-{name}"),
            "registers": rows.iter().map(register).collect::<Vec<_>>(),
            "installed_at": at,
            "initial": rows.iter().map(value).collect::<Vec<_>>(),
            "commissioned": act
        });
        let mut row = json!({
            "name": name,
            "resource": resource,
            "kind": kind,
            "label": name,
            "meters": [meter]
        });
        if let Some(premises) = premises {
            row["premises"] = json!(premises);
        }
        self.push("points", row)
    }

    /// Whole digits of the display of the point added last.
    pub fn digits(mut self, digits: u8) -> Self {
        let last = self.list("points").last_mut().expect("there is a point");
        last["meters"][0]["registers"][0]["digits"] = json!(digits);
        self
    }

    /// Ratio of the transformers of the point added last.
    pub fn transformers(mut self, ratio: u32) -> Self {
        let last = self.list("points").last_mut().expect("there is a point");
        last["meters"][0]["transformer_ratio"] = json!(ratio);
        self
    }

    /// What the point added last showed when it was put in.
    pub fn showing(mut self, initial: &str) -> Self {
        let last = self.list("points").last_mut().expect("there is a point");
        last["meters"][0]["initial"][0]["value"]["value"] = json!(initial);
        self
    }

    /// Something about the heating of the house.
    pub fn heating(mut self, field: &str, value: Value) -> Self {
        self.case["house"]["heating"][field] = value;
        self
    }

    /// Heating is paid evenly.
    pub fn evenly(self) -> Self {
        let act = json!({"number": "способ-1", "date": START});
        self.heating(
            "payment",
            json!([{"mode": "evenly", "from": START, "act": act}]),
        )
    }

    /// Another rule than the common one, by the contract with the supplier.
    pub fn rule(self, parameter: &str, value: Value) -> Self {
        let basis = json!({"kind": "contract", "act": {"number": "Т-1", "date": START}});
        let row = json!({"parameter": parameter, "value": value, "from": START, "basis": basis});
        self.fact("rule_overridden", row)
    }

    /// A price of the population for the whole time.
    pub fn price(self, resource: &str, component: &str, price: &str, per: &str) -> Self {
        self.price_of(resource, json!({"component": component}), price, per)
    }

    /// A price with further fields of its key or another term.
    pub fn price_of(self, resource: &str, more: Value, price: &str, per: &str) -> Self {
        let mut row = json!({
            "resource": resource,
            "component": "single",
            "payers": "population",
            "rate": {"price": price, "per": per},
            "vat_included": false,
            "from": START,
            "supplier": "rso",
            "basis": demonstration()
        });
        for (field, value) in more.as_object().expect("further fields are an object") {
            row[field] = value.clone();
        }
        self.push("tariffs", row)
    }

    /// A norm of everybody: `(value, unit, per)`.
    pub fn norm(self, resource: &str, purpose: &str, rate: (&str, &str, &str)) -> Self {
        let row = json!({
            "resource": resource,
            "purpose": purpose,
            "category": "all",
            "rate": {"value": rate.0, "unit": rate.1, "per": rate.2},
            "from": START,
            "basis": demonstration()
        });
        self.push("norms", row)
    }

    /// A reading of a meter with one register, taken at noon.
    pub fn reading(self, point: &str, day: &str, shown: &str) -> Self {
        self.readings(point, day, json!({"total": shown}))
    }

    /// A reading of several registers, taken at noon.
    pub fn readings(mut self, point: &str, day: &str, values: Value) -> Self {
        let row = json!({"point": point, "values": values, "taken_at": noon(day)});
        let list = self.case["readings"].as_array_mut();
        list.expect("readings are a list").push(row);
        self
    }

    fn last_reading(&mut self) -> &mut Value {
        let list = self.case["readings"].as_array_mut();
        let last = list.and_then(|list| list.last_mut());
        last.expect("there is a reading")
    }

    /// Makes the reading added last a control reading by this act.
    pub fn by_act(mut self, act: &Value) -> Self {
        self.last_reading()["act"] = act.clone();
        self
    }

    /// Gives the reading added last a name in the file.
    pub fn keyed(mut self, key: &str) -> Self {
        self.last_reading()["key"] = json!(key);
        self
    }

    /// Lets the reading added last answer a held one.
    pub fn confirming(mut self, held: &str, choice: &str) -> Self {
        self.last_reading()["confirms"] = json!({"reading": held, "choice": choice});
        self
    }

    /// Something that happened.
    pub fn fact(mut self, name: &str, what: Value) -> Self {
        let list = self.case["facts"].as_array_mut();
        let row = json!({"happened": {name: what}});
        list.expect("facts are a list").push(row);
        self
    }

    /// A decision of the meeting.
    pub fn decision(self, decision: &str, resource: &str) -> Self {
        let act = json!({"number": "1", "date": START});
        self.fact(
            "meeting_decided",
            json!({"decision": decision, "resource": resource, "from": START, "act": act}),
        )
    }

    /// These periods are closed at midnight after their last day.
    pub fn closed(mut self, periods: &[&str]) -> Self {
        let rows = periods.iter().map(|period| json!({"period": period}));
        self.case["closings"] = rows.collect();
        self
    }

    /// The file's text.
    pub fn text(&self) -> String {
        self.case.to_string()
    }

    /// Runs `settle` on it.
    pub fn run(&self, period: &str, more: &[&str]) -> Said {
        settle(&self.text(), period, more)
    }

    /// Its settlement with something that a person must look at before it is closed.
    pub fn settled_with_questions(&self, period: &str) -> Settled {
        let said = self.run(period, &["--format", "json"]);
        Settled(serde_json::from_str(&said.out).expect("the answer is JSON"))
    }

    /// Its settlement, all entries taken and nothing in the way of closing.
    pub fn settled(&self, period: &str) -> Settled {
        Settled(self.run(period, &["--format", "json"]).json())
    }
}

/// Runs `settle` on a case file of this text, where there is no database.
pub fn settle(text: &str, period: &str, more: &[&str]) -> Said {
    let home = tempfile::tempdir().expect("a folder for the test's files");
    let file = home.path().join("case.json");
    std::fs::write(&file, text).expect("a file of the test can be written");
    let file = file.to_string_lossy();
    let mut arguments = vec!["settle", &*file, "--period", period];
    arguments.extend(more);
    crate::program::at_home(home.path(), &arguments)
}

impl Settled {
    /// The lines of an account's bill.
    pub fn lines(&self, account: &str) -> &[Value] {
        let bills = self.0["closing"]["bills"].as_array().expect("bills");
        let bill = bills.iter().find(|bill| bill["number"] == account);
        let lines = bill.and_then(|bill| bill["lines"].as_array());
        lines.expect("the account has a bill")
    }

    /// Amounts of the lines of one part of a resource's charge, oldest price first.
    pub fn amounts(&self, account: &str, resource: &str, part: &str) -> Vec<String> {
        let lines = self.lines(account).iter().map(|line| &line["line"]);
        let of = lines.filter(|line| {
            line["charge"]["resource"] == resource && line["charge"]["part"] == part
        });
        of.map(|line| text_of(&line["amount"])).collect()
    }

    /// Amounts of a resource's own consumption.
    pub fn own(&self, account: &str, resource: &str) -> Vec<String> {
        self.amounts(account, resource, "individual")
    }

    /// Total of an account's bill.
    pub fn total(&self, account: &str) -> String {
        let bills = self.0["closing"]["bills"].as_array().expect("bills");
        let bill = bills.iter().find(|bill| bill["number"] == account);
        text_of(&bill.expect("the account has a bill")["total"])
    }

    /// The service of a resource.
    pub fn service(&self, resource: &str) -> &Value {
        let services = self.0["closing"]["settlement"]["services"].as_array();
        let mut services = services.expect("services").iter();
        let found = services.find(|service| service["resource"] == resource);
        found.expect("the service is settled")
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("money is a string").to_owned()
}
