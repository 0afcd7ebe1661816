//! Both sites over a real database with two small houses, a person for each role, and a browser
//! without scripts.

use std::collections::BTreeMap;

use aggregates::access_grant::command::AccessGrantCommand;
use aggregates::access_grant::event::{AccessRole, AccessScope, Grantee, RevocationReason};
use aggregates::ids::{AccessGrantId, BookId, PersonId, PremisesId};
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::time::{DateSpan, Period};
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::{DateTime, Utc};
use energokabinet::access::keys::KeyRing;
use energokabinet::access::relations::Gift;
use energokabinet::access::{Details, People};
use energokabinet::figures;
use energokabinet::proof::key::Signer;
use energokabinet::read_models::Runner;
use energokabinet::readings::{Entry, record};
use energokabinet::sites::{Address, Addresses, Sites};
use energokabinet::store::{Actor, Ledger};
use reqwest::redirect::Policy;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::house;
use crate::support::TestDatabase;

/// The password of everybody.
pub const PASSWORD: &str = "верная лошадь батарейка";

/// Roles of staff.
pub const STAFF: [AccessRole; 8] = [
    AccessRole::Dispatcher,
    AccessRole::Accountant,
    AccessRole::ChiefAccountant,
    AccessRole::Engineer,
    AccessRole::Administrator,
    AccessRole::Supplier,
    AccessRole::Service,
    AccessRole::Auditor,
];

/// The signer of checkpoints.
pub fn signer() -> Signer {
    Signer::of([6; 32])
}

/// Both sites, running.
pub struct Town {
    pub ledger: Ledger,
    pub people: People,
    /// The house in which everybody has rights.
    pub house: BookId,
    /// The house in which nobody has.
    pub other: BookId,
    pub staff: String,
    pub residents: String,
    stop: Option<oneshot::Sender<()>>,
    persons: u128,
    database: Option<TestDatabase>,
}

impl Town {
    /// Two houses with lists, no people.
    pub async fn start() -> Self {
        let database = TestDatabase::new().await;
        let ledger = Ledger::new(database.app_pool().await, aggregates::upcast::upcasters);
        let house = house::record_priced(&ledger, Uuid::new_v4()).await;
        let other = house::record(&ledger, Uuid::new_v4()).await;
        Runner::new(ledger.clone())
            .run_once()
            .await
            .expect("the lists are built");
        let people = People::new(ledger.clone(), KeyRing::of([5; 32]));
        let addresses = Addresses {
            staff: Address::loopback(0),
            residents: Address::loopback(0),
        };
        let sites = Sites::bind(people.clone(), Some(signer()), &addresses)
            .await
            .expect("the sites are bound");
        let (staff, residents) = (
            sites.staff_origin().to_owned(),
            sites.residents_origin().to_owned(),
        );
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(sites.run(async {
            stopped.await.ok();
        }));
        Self {
            ledger,
            people,
            house,
            other,
            staff,
            residents,
            stop: Some(stop),
            persons: 0,
            database: Some(database),
        }
    }

    /// A person with a password and no rights: id and e-mail.
    pub async fn person(&mut self, name: &str) -> (PersonId, String) {
        self.persons += 1;
        let person = PersonId(Uuid::from_u128(0xABC0_0000 + self.persons));
        let email = format!("person{}@example.ru", self.persons);
        let details = Details {
            name: name.to_owned(),
            phone: Some(format!("+7 912 000 {:04}", self.persons)),
            email: Some(email.clone()),
        };
        self.people
            .register(person, &details)
            .await
            .expect("registered");
        self.people
            .set_password(person, PASSWORD)
            .await
            .expect("a password");
        (person, email)
    }

    /// Gives a right; its id.
    pub async fn grant(
        &self,
        person: PersonId,
        book: BookId,
        (role, scope): (AccessRole, AccessScope),
        validity: DateSpan,
    ) -> AccessGrantId {
        let grant = AccessGrantId::named(book, &format!("{person}/{role:?}/{scope:?}"));
        let resources = match role {
            AccessRole::Supplier => vec![Resource::ColdWater],
            _ => Vec::new(),
        };
        let command = AccessGrantCommand::GrantAccess {
            grantee: Grantee::Person(person),
            role,
            scope,
            resources,
            validity,
            basis: None,
        };
        self.tell(Gift {
            book,
            grant,
            command,
        })
        .await;
        grant
    }

    /// Takes a right away from this day on.
    pub async fn revoke(&self, book: BookId, grant: AccessGrantId, on: &str) {
        let command = AccessGrantCommand::RevokeAccess {
            on: on.parse().expect("a date"),
            reason: RevocationReason::ContractEnded,
        };
        self.tell(Gift {
            book,
            grant,
            command,
        })
        .await;
    }

    async fn tell(&self, gift: Gift) {
        let actor = Actor::new("test").expect("an actor");
        let told = self.people.grant(&actor, gift, None).await;
        told.expect("the right is recorded");
    }

    /// A signed-in member of staff of the house.
    pub async fn staff(&mut self, role: AccessRole) -> Browser {
        let (person, email) = self.person(role.title_ru()).await;
        let scope = (role, AccessScope::Book);
        self.grant(person, self.house, scope, since("2025-01-01"))
            .await;
        self.sign_in(&self.staff, &email).await
    }

    /// A signed-in owner of a flat of the house.
    pub async fn owner(&mut self, flat: &str) -> Browser {
        let (person, email) = self.person("Анна Ильина").await;
        let premises = self.premises(self.house, flat).await;
        let scope = (AccessRole::Owner, AccessScope::Premises(premises));
        self.grant(person, self.house, scope, since("2025-01-01"))
            .await;
        self.sign_in(&self.residents, &email).await
    }

    /// Premises by the number on the door.
    pub async fn premises(&self, book: BookId, number: &str) -> PremisesId {
        let head = self.ledger.head(book.0).await.expect("a head");
        let directory = figures::directory(&self.ledger, book, head.position)
            .await
            .expect("a directory");
        directory.premises_by_number(number).expect("the premises")
    }

    /// A browser with a session on the site at `base`.
    pub async fn sign_in(&self, base: &str, login: &str) -> Browser {
        let mut browser = Browser::new(base);
        let answer = browser
            .post("/login", &[("login", login), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    /// Readings taken now, by serial number; the month they belong to.
    pub async fn read(&self, readings: &[(&str, &str)]) -> Period {
        self.read_at(readings, Utc::now()).await
    }

    /// The same, taken and received at `now`.
    pub async fn read_at(&self, readings: &[(&str, &str)], now: DateTime<Utc>) -> Period {
        let book = self.house;
        let head = self.ledger.head(book.0).await.expect("a head");
        let directory = figures::directory(&self.ledger, book, head.position)
            .await
            .expect("a directory");
        let entry = |(serial, value): &(&str, &str)| Entry {
            meter: directory.meters_by_serial(serial)[0],
            values: vec![RegisterValue {
                register: Code::new("total").expect("a code"),
                value: Measure::new(value.parse().expect("a number"), Unit::CubicMetre),
            }],
            taken_at: now,
            received_at: now,
            source: ReadingSource::Staff,
            channel: Code::new("test").expect("a code"),
            account: None,
            origin: None,
            confirms: None,
            act: None,
        };
        let entries: Vec<Entry> = readings.iter().map(entry).collect();
        let actor = Actor::new("test").expect("an actor");
        let mut unit = self.ledger.unit(book.0, &actor, None);
        let answers = record(&mut unit, book, &directory, &entries)
            .await
            .expect("readable");
        unit.commit().await.expect("appended");
        let first = answers
            .into_iter()
            .next()
            .expect("an answer")
            .expect("judged");
        first.period.expect("a period")
    }

    /// Brings the lists up to date.
    pub async fn lists(&self) {
        Runner::new(self.ledger.clone())
            .run_once()
            .await
            .expect("the lists are brought up");
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        drop(self.database.take());
    }
}

/// From a day on, without an end.
pub fn since(day: &str) -> DateSpan {
    DateSpan::since(day.parse().expect("a date"))
}

/// A browser: cookies, no scripts, redirects told and not followed.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    base: String,
    cookies: BTreeMap<String, String>,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Page {
    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// The page, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The page, if it holds this text.
    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(
            self.text.replace('\u{a0}', " ").contains(text),
            "«{text}» is not in {}",
            self.text
        );
        self
    }

    /// The value of the first hidden field of this name.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let place = self
            .text
            .find(&mark)
            .unwrap_or_else(|| panic!("no {name}: {}", self.text));
        let rest = &self.text[place + mark.len()..];
        rest[..rest.find('"').expect("a quote")].to_owned()
    }
}

impl Browser {
    pub fn new(base: &str) -> Self {
        Self {
            http: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()
                .expect("a client"),
            base: base.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// With a cookie that nobody set.
    pub fn with_cookie(base: &str, name: &str, value: &str) -> Self {
        let mut browser = Self::new(base);
        browser.cookies.insert(name.to_owned(), value.to_owned());
        browser
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.base));
        self.send(request.header("Sec-Fetch-Site", "same-origin"))
            .await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(path, fields, &[("Sec-Fetch-Site", "same-origin")])
            .await
    }

    /// A form that comes with these headers instead of the site's own.
    pub async fn post_from(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Page {
        let mut request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form(fields));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    /// Any method, with an empty form.
    pub async fn ask(&mut self, method: &str, path: &str) -> Page {
        match method {
            "get" => self.get(path).await,
            "post" => self.post(path, &[]).await,
            other => panic!("no such method: {other}"),
        }
    }

    /// The cookie of the session, whatever its name.
    pub fn cookie(&self) -> Option<(&String, &String)> {
        self.cookies.iter().find(|(name, _)| *name != "ek-theme")
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let request = match cookies.is_empty() {
            true => request,
            false => request.header("Cookie", cookies.join("; ")),
        };
        let response = request.send().await.expect("the site answers");
        let headers = response.headers().clone();
        for set in headers.get_all("set-cookie") {
            let text = set.to_str().expect("text");
            let pair = text.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            match text.contains("Max-Age=0;") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        Page {
            status: response.status().as_u16(),
            headers,
            text: response.text().await.expect("the page arrives"),
        }
    }
}

/// Fields as a browser sends them.
fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte.is_ascii_alphanumeric() {
                true => out.push(char::from(byte)),
                false => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}
