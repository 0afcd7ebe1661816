//! The pages of one house: from readings typed into the grid to a closed month.

use aggregates::access_grant::event::AccessRole;

use crate::house::{FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::sites::{Browser, Page, Town};
use crate::support::confirm_rules;

/// Names of the fields of the grid, by serial number.
fn field(page: &Page, serial: &str) -> String {
    let row = page.text.split("<tr").find(|row| row.contains(serial));
    let row = row.unwrap_or_else(|| panic!("no {serial}: {}", page.text));
    let part = row.split("name=\"").nth(1).expect("a field");
    part[..part.find('"').expect("a quote")].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_goes_from_the_grid_to_its_closing() {
    let mut town = Town::start().await;
    confirm_rules(&town.ledger).await;
    let at = format!("/houses/{}", town.house);
    let mut accountant = town.staff(AccessRole::Accountant).await;
    let grid = accountant.get(&format!("{at}/entry")).await.expect(200);
    let (key, names) = (
        grid.hidden("key"),
        [HOUSE_COLD, FLAT_1_COLD, FLAT_2_COLD].map(|serial| field(&grid, serial)),
    );
    let values = ["100", "40,012", "50,012"];
    let mut sent = vec![("key", key.as_str())];
    sent.extend(names.iter().map(String::as_str).zip(values));
    let told = accountant
        .post(&format!("{at}/entry"), &sent)
        .await
        .expect(200);
    told.shows("Записано 3 показания: принято 3");
    let again = accountant
        .post(&format!("{at}/entry"), &sent)
        .await
        .expect(200);
    again.shows("второй раз ничего не записано");
    town.lists().await;
    let meters = accountant
        .get(&format!("{at}/meters?q={FLAT_1_COLD}"))
        .await
        .expect(200);
    meters.shows("40,012").shows("показано 1–1 из 1");
    let map = accountant.get(&format!("{at}/readings")).await.expect(200);
    map.shows("снято и передано").shows("100 %");
    let page = accountant.get(&format!("{at}/closing")).await.expect(200);
    let page = page.shows("Этапы").shows("2 счёта на 3 600,00 ₽");
    let (key, period) = (page.hidden("key"), page.hidden("period"));
    let mut close = vec![("key", key.as_str()), ("period", period.as_str())];
    close.push(("step", "close"));
    let place = format!("{at}/closing");
    // Whatever asks for a cause gets one first.
    for cause in causes(&page) {
        let mut fields: Vec<(&str, &str)> = cause
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.push(("cause", "checked"));
        accountant.post(&place, &fields).await.expect(303);
    }
    accountant.post(&place, &close).await.expect(303);
    let closed = accountant
        .get(&format!("{place}?period={period}"))
        .await
        .expect(200);
    closed.shows("Месяц закрыт по записи");
    after_closing(&mut accountant, &at, &period).await;
}

/// What the pages say of the closed month.
async fn after_closing(accountant: &mut Browser, at: &str, period: &str) {
    let journal = accountant
        .get(&format!("{at}/journal?kind=PeriodClosed"))
        .await
        .expect(200);
    journal
        .shows("Месяц закрыт")
        .shows("отпечаток")
        .shows("staff:");
    let balance = format!("{at}/balance?period={period}");
    let balance = accountant.get(&balance).await.expect(200);
    balance
        .shows("Пришло в дом по ОДПУ")
        .shows("Что изменилось после закрытия");
    accountant
        .get(at)
        .await
        .expect(200)
        .shows("Закрытые месяцы");
}

/// The hidden fields of the forms that give causes.
fn causes(page: &Page) -> Vec<Vec<(String, String)>> {
    let forms = page
        .text
        .split("<form")
        .filter(|form| form.contains("value=\"cause\""));
    forms
        .map(|form| {
            let hidden = form.split("type=\"hidden\" name=\"").skip(1);
            hidden
                .map(|part| {
                    let (name, rest) = part.split_once("\" value=\"").expect("a value");
                    let value = &rest[..rest.find('"').expect("a quote")];
                    (name.to_owned(), value.to_owned())
                })
                .collect()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_says_so_and_cannot_be_changed() {
    let mut town = Town::start().await;
    town.read(&[(FLAT_1_COLD, "7")]).await;
    let at = format!("/houses/{}", town.house);
    let mut auditor = town.staff(AccessRole::Auditor).await;
    let head = town
        .ledger
        .head(town.house.0)
        .await
        .expect("a head")
        .position;
    for rest in ["", "/readings", "/gaps", "/closing", "/journal"] {
        let now = auditor.get(&format!("{at}{rest}")).await;
        let now = if now.status == 422 {
            continue;
        } else {
            now.expect(200)
        };
        assert!(!now.text.contains("ek-asof\""), "{rest}");
        let past = auditor
            .get(&format!("{at}{rest}?known_at={}", head - 1))
            .await
            .expect(200);
        past.shows("Прошлое:")
            .shows("Менять здесь нельзя")
            .shows("К настоящему");
    }
    auditor
        .get(&format!("{at}?known_at=вчера"))
        .await
        .expect(400);
    auditor
        .get(&format!("{at}?known_at=2999-01-01"))
        .await
        .expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supplier_sees_its_own_resource_only() {
    let mut town = Town::start().await;
    // The other house has hot water too; the supplier is given a right there.
    let (person, email) = town.person("Тимур Валеев").await;
    let scope = (
        AccessRole::Supplier,
        aggregates::access_grant::event::AccessScope::Book,
    );
    town.grant(person, town.other, scope, crate::sites::since("2025-01-01"))
        .await;
    let mut supplier = town.sign_in(&town.staff, &email).await;
    let at = format!("/houses/{}", town.other);
    let meters = supplier.get(&format!("{at}/meters")).await.expect(200);
    let meters = meters.shows(FLAT_1_COLD);
    assert!(
        !meters.text.contains(crate::house::FLAT_1_HOT),
        "hot water is another's"
    );
    supplier
        .get(&format!("{at}/balance?resource=hot_water"))
        .await
        .expect(404);
    supplier.get(&format!("{at}/readings")).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_fills_is_told_with_what_to_do() {
    let mut town = Town::start().await;
    confirm_rules(&town.ledger).await;
    town.read(&[(HOUSE_COLD, "100"), (FLAT_2_COLD, "50.012")])
        .await;
    let at = format!("/houses/{}/gaps", town.house);
    let mut accountant = town.staff(AccessRole::Accountant).await;
    let page = accountant.get(&at).await.expect(200);
    // A new house has neither an average nor a norm: the page says what to do.
    page.shows("пом. 1, холодная вода")
        .shows("внесите показание");
    let other = accountant.post(&at, &[("key", "0123456789abcdef")]).await;
    assert!(other.status < 500, "{other:?}");
}
