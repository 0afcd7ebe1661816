//! The bill by month with its reasons; the house without neighbours.

use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::time::Period;
use energokabinet::closing::{CloseError, Order, close_period};
use energokabinet::rules::book::{confirmations, uncertain};
use energokabinet::store::Actor;
use futures_util::FutureExt;
use projections::rules::Name;

use crate::house::{FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::sites::{Browser, Town};
use crate::support::confirm_rules;

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_closed_month_explains_itself() {
    let mut town = Town::start().await;
    confirm_rules(&town.ledger).await;
    let period = town
        .read(&[
            (HOUSE_COLD, "100"),
            (FLAT_1_COLD, "40.012"),
            (FLAT_2_COLD, "50.012"),
        ])
        .await;
    let mut owner = town.owner("1").await;
    let path = owner
        .get("/")
        .await
        .expect(303)
        .header("location")
        .to_owned();
    let open = owner
        .get(&format!("{path}/bills/{period}"))
        .await
        .expect(200);
    open.shows("Это не счёт, а расчёт на сегодня")
        .shows("1 600,00 ₽");
    let order = Order::new(period).accepting_rest("checked".parse_code());
    let actor = Actor::new("test").expect("an actor");
    close_period(&town.ledger, &actor, town.house, &order, None)
        .await
        .expect("closed");
    told(&mut owner, &path, period).await;
}

/// What the pages say of the closed month.
async fn told(owner: &mut Browser, path: &str, period: Period) {
    let list = owner.get(&format!("{path}/bills")).await.expect(200);
    list.shows("1 600,00 ₽").shows("Выставлен");
    let bill = owner
        .get(&format!("{path}/bills/{period}"))
        .await
        .expect(200);
    bill.shows("Счёт за")
        .shows("40,000 м³")
        .shows("Лицевой счёт ЛС-1");
    let why = owner
        .get(&format!("{path}/bills/{period}/1"))
        .await
        .expect(200);
    let why = why.shows("Почему 1 600,00 ₽").shows("совпали до копейки");
    let why = why.shows("журнал №").shows(FLAT_1_COLD);
    assert!(!why.text.contains(FLAT_2_COLD), "no meter of a neighbour");
    let opened = why.text.matches("<details").count();
    assert_eq!(opened, why.text.matches("</details>").count());
    assert_eq!(
        why.text.matches("<li>").count(),
        why.text.matches("</li>").count()
    );
    owner
        .get(&format!("{path}/bills/{period}/99"))
        .await
        .expect(404);
    owner
        .get(&format!("{path}/bills/2020-01"))
        .await
        .expect(404);
    let house = owner
        .get(&format!("{path}/house?period={period}"))
        .await
        .expect(200);
    let house = house.shows("Пришло в дом по ОДПУ").shows("99,988 м³");
    assert!(!house.text.contains(FLAT_2_COLD) && !house.text.contains("пом. 2"));
    let before = format!("{path}/house?period={period}&known_at=3");
    owner
        .get(&before)
        .await
        .expect(200)
        .shows("как журнал стоял на записи № 3");
    owner
        .get(&format!("{path}/journal?known_at=999999"))
        .await
        .expect(400);
    let journal = owner.get(&format!("{path}/journal")).await.expect(200);
    journal.shows("Счёт выставлен");
}

trait ParseCode {
    fn parse_code(&self) -> aggregates::text::Code;
}

impl ParseCode for str {
    fn parse_code(&self) -> aggregates::text::Code {
        aggregates::text::Code::new(self).expect("a code")
    }
}

/// A month that rests on a rule which was not read in the law tells who answers for it here.
#[tokio::test(flavor = "multi_thread")]
async fn a_bill_tells_who_answers_for_uncertain_rules() {
    let mut town = Town::start().await;
    confirm_rules(&town.ledger).await;
    let period = town.read(&[(HOUSE_COLD, "100")]).await;
    let mut rows = uncertain().expect("the rules");
    let row = rows.find(|row| row.name == Name::AverageRunStart);
    let row = row.expect("an uncertain row");
    let known = confirmations(&town.ledger)
        .await
        .expect("the book of rules");
    let standing = known.get(&row.id).expect("somebody answers").clone();
    let adopt = BuildingCommand::AdoptRuleConfirmation {
        rule: row.id.clone(),
        parameter: "average_run_start".parse_code(),
        confirmation: standing.confirmation.clone(),
        from: standing.from.clone(),
    };
    let actor = Actor::new("test").expect("an actor");
    let house = town.house.0;
    let adopted = town.ledger.run(house, &actor, None, move |unit| {
        let adopt = adopt.clone();
        async move {
            let done = unit.execute::<Building>(house, adopt).await;
            done.map_err(|error| CloseError::Refused(error.to_string()))
        }
        .boxed()
    });
    adopted.await.expect("an adoption");
    let mut owner = town.owner("1").await;
    let path = owner
        .get("/")
        .await
        .expect(303)
        .header("location")
        .to_owned();
    let bill = owner
        .get(&format!("{path}/bills/{period}"))
        .await
        .expect(200);
    bill.shows("Кто отвечает за правила")
        .shows(row.clause.as_str())
        .shows(standing.confirmation.office.as_str());
}
