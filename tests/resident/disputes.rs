//! A figure is contested by who pays and answered by who charges; both see the same records.

use aggregates::access_grant::event::AccessRole;
use energokabinet::closing::{Order, close_period};
use energokabinet::store::Actor;

use crate::house::{FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::sites::{Browser, Page, Town};
use crate::support::confirm_rules;

/// A town with a closed month, and the address of the first line of the first flat's bill.
async fn billed() -> (Town, String) {
    let town = Town::start().await;
    confirm_rules(&town.ledger).await;
    let period = town
        .read(&[
            (HOUSE_COLD, "100"),
            (FLAT_1_COLD, "40.012"),
            (FLAT_2_COLD, "50.012"),
        ])
        .await;
    let cause = aggregates::text::Code::new("checked").expect("a code");
    let order = Order::new(period).accepting_rest(cause);
    let actor = Actor::new("test").expect("an actor");
    close_period(&town.ledger, &actor, town.house, &order, None)
        .await
        .expect("closed");
    (town, format!("bills/{period}/1"))
}

async fn home(owner: &mut Browser) -> String {
    let first = owner.get("/").await.expect(303);
    first.header("location").to_owned()
}

/// Opens a dispute with a form; where it stands.
async fn contest(owner: &mut Browser, line: &str, text: &str) -> Page {
    let form = owner.get(&format!("{line}/dispute")).await.expect(200);
    let key = form.shows("Оспорить 1 600,00 ₽").hidden("key");
    let fields = [("key", key.as_str()), ("claim", "volume"), ("text", text)];
    owner.post(&format!("{line}/dispute"), &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_is_contested_answered_and_both_see_the_same() {
    let (mut town, line) = billed().await;
    let mut owner = town.owner("1").await;
    let path = home(&mut owner).await;
    let line = format!("{path}/{line}");
    owner.get(&line).await.expect(200).shows("Оспорить");
    owner
        .get(&format!("{path}/disputes"))
        .await
        .expect(200)
        .shows("Споров нет");
    let opened = contest(&mut owner, &line, "На приборе\n38 кубов")
        .await
        .expect(303);
    let dispute = opened.header("location").to_owned();
    let own = owner.get(&dispute).await.expect(200);
    let own = own.shows("38 кубов").shows("неверный объём");
    own.shows("журнал до записи").shows("ответ через");
    // The same figure is not contested twice, and a form sent again is the same dispute.
    let again = contest(&mut owner, &line, "ещё раз").await.expect(422);
    again.shows("уже оспаривается");
    owner
        .get("/service")
        .await
        .expect(200)
        .shows("ждут ответа 1");

    let mut accountant = town.staff(AccessRole::Accountant).await;
    let list = accountant.get("/disputes").await.expect(200);
    let list = list.shows("Ждут ответа: 1").shows("1 600,00 ₽");
    let place = list.text.find("/disputes/").expect("a link");
    let start = list.text[..place].rfind('"').expect("a quote") + 1;
    let end = place + list.text[place..].find('"').expect("a quote");
    let staff = list.text[start..end].to_owned();
    let seen = accountant.get(&staff).await.expect(200);
    let key = seen.shows("38 кубов").hidden("key");
    let fields = [("key", key.as_str()), ("text", "Пришлите фото прибора")];
    accountant.post(&staff, &fields).await.expect(303);
    let own = owner.get(&dispute).await.expect(200);
    let key = own.shows("Пришлите фото прибора").hidden("key");
    let fields = [("key", key.as_str()), ("text", "Фото у дежурного")];
    owner.post(&dispute, &fields).await.expect(303);
    answer(&mut accountant, &staff).await;
    let own = owner.get(&dispute).await.expect(200);
    let own = own.shows("Спор отклонён").shows("Показание снято по акту");
    assert!(!own.text.contains("Отозвать спор"), "{}", own.text);
    let journal = owner.get(&format!("{path}/journal")).await.expect(200);
    journal.shows("Спор открыт").shows("Спор решён");
}

/// The answer, and what is no answer.
async fn answer(accountant: &mut Browser, staff: &str) {
    let key = accountant.get(staff).await.expect(200).hidden("key");
    let decide = |outcome: &'static str, correction: &'static str, text: &'static str| {
        [
            ("key", key.clone()),
            ("act", "decide".to_owned()),
            ("outcome", outcome.to_owned()),
            ("correction", correction.to_owned()),
            ("text", text.to_owned()),
        ]
    };
    for (outcome, correction, text, status) in [
        ("rejected", "", " ", 400),
        ("perhaps", "", "Почему", 400),
        ("upheld", "17", "Почему", 400),
    ] {
        let fields = decide(outcome, correction, text);
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        accountant.post(staff, &fields).await.expect(status);
    }
    let unknown = decide("upheld", "00000000-0000-4000-8000-000000000061", "Почему");
    let unknown = unknown
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let refused = accountant.post(staff, &unknown).await.expect(422);
    refused.shows("нет запроса на исправление");
    let key = accountant.get(staff).await.expect(200).hidden("key");
    let fields = [
        ("key", key.as_str()),
        ("act", "decide"),
        ("outcome", "rejected"),
        ("text", "Показание снято по акту"),
    ];
    accountant.post(staff, &fields).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_nobody_elses_and_is_taken_back_by_who_opened_it() {
    let (mut town, line) = billed().await;
    let mut owner = town.owner("1").await;
    let path = home(&mut owner).await;
    let opened = contest(&mut owner, &format!("{path}/{line}"), "").await;
    let dispute = opened.expect(303).header("location").to_owned();
    let mut neighbour = town.owner("2").await;
    neighbour.get(&dispute).await.expect(404);
    let other = home(&mut neighbour).await;
    let id = dispute.rsplit('/').next().expect("an id");
    neighbour
        .get(&format!("{other}/disputes/{id}"))
        .await
        .expect(404);
    let mut engineer = town.staff(AccessRole::Engineer).await;
    engineer.get("/disputes").await.expect(403);
    let mut auditor = town.staff(AccessRole::Auditor).await;
    let seen = auditor.get("/disputes").await.expect(200);
    seen.shows("Ждут ответа: 1");
    let answer = format!("/houses/{}/disputes/{id}", town.house);
    let fields = [("key", "0123456789abcdef"), ("text", "нет")];
    auditor.post(&answer, &fields).await.expect(403);
    let page = auditor.get(&answer).await.expect(200);
    assert!(!page.text.contains("<textarea"), "{}", page.text);
    let own = owner.get(&dispute).await.expect(200);
    let mark = own.text.find("Отозвать спор").expect("a form");
    let form = own.text[..mark].rfind("<form").expect("a form");
    let form = Page {
        text: own.text[form..].to_owned(),
        ..own.clone()
    };
    let key = form.hidden("key");
    let fields = [("key", key.as_str()), ("act", "withdraw")];
    owner.post(&dispute, &fields).await.expect(303);
    owner.get(&dispute).await.expect(200).shows("Спор отозван");
}
