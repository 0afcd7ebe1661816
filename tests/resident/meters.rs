//! The first page: meters with what they showed last.

use crate::house::FLAT_1_COLD;
use crate::sites::Town;

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_shows_its_drum_and_the_month_its_call() {
    let mut town = Town::start().await;
    let mut owner = town.owner("1").await;
    let sent = owner.get("/").await.expect(303);
    let path = sent.header("location").to_owned();
    let page = owner.get(&path).await.expect(200);
    let (head, tail) = FLAT_1_COLD.split_at(2);
    let page = page.shows(&format!("№ {head}<b>{tail}</b>"));
    let page = page.shows("0,012 м³").shows("при установке");
    page.shows("Осталось передать 1 показание")
        .shows("Приём за");
    owner.get("/me").await.expect(200).shows("Анна Ильина");
    owner.post("/me/sessions", &[]).await.expect(303);
    owner.get(&path).await.expect(303);
}
