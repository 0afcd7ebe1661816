//! What staff see over many houses.

use aggregates::access_grant::event::AccessRole;

use crate::sites::Town;

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_counts_the_houses_that_may_be_seen() {
    let mut town = Town::start().await;
    let mut accountant = town.staff(AccessRole::Accountant).await;
    let page = accountant
        .get("/")
        .await
        .expect(200)
        .shows("Показания квартир");
    page.shows("из 2").shows("Поверка по срокам");
    // The house has one meter of water in each of two flats; a supplier of cold water sees both.
    let mut supplier = town.staff(AccessRole::Supplier).await;
    supplier.get("/").await.expect(200).shows("из 2");
    let found = accountant.get("/houses?q=тестовая 1").await.expect(200);
    found.shows("показано 1 из 1");
    let nothing = accountant.get("/houses?q=Ленина").await.expect(200);
    nothing.shows("Ни один адрес не подошёл");
}
