//! Every route with one's own premises and with a neighbour's: nothing leaks.

use aggregates::access_grant::event::{AccessRole, AccessScope};
use energokabinet::sites::RESIDENT_ROUTES;
use uuid::Uuid;

use crate::sites::{Browser, STAFF, Town, since};

fn of_home(path: &str, premises: Uuid) -> String {
    path.replace("{premises}", &premises.to_string())
        .replace("{meter}", &Uuid::nil().to_string())
        .replace("{dispute}", &Uuid::nil().to_string())
        .replace("{period}", "2026-10")
        .replace("{line}", "1")
        .replace("{position}", "1")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_is_not_there() {
    let mut town = Town::start().await;
    let own = town.premises(town.house, "1").await;
    let neighbour = town.premises(town.house, "2").await;
    let elsewhere = town.premises(town.other, "1").await;
    for role in [AccessRole::Owner, AccessRole::Tenant, AccessRole::Family] {
        let (person, email) = town.person("Анна Ильина").await;
        let scope = (role, AccessScope::Premises(own));
        town.grant(person, town.house, scope, since("2025-01-01"))
            .await;
        for (path, method) in RESIDENT_ROUTES {
            // Signing out everywhere is one of the routes.
            let mut browser = town.sign_in(&town.residents, &email).await;
            let told = format!("{role:?} {method} {path}");
            let page = browser.ask(method, &of_home(path, own.0)).await;
            assert!(page.status != 403 && page.status < 500, "{told}: {page:?}");
            if !path.contains("{premises}") {
                continue;
            }
            for foreign in [neighbour.0, elsewhere.0, Uuid::from_u128(5)] {
                let page = browser.ask(method, &of_home(path, foreign)).await;
                assert_eq!(page.status, 404, "{told}: {}", page.text);
                assert!(!page.text.contains("Тестовая"), "{told}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_have_no_home_here_and_strangers_no_door() {
    let mut town = Town::start().await;
    let own = town.premises(town.house, "1").await;
    for role in STAFF {
        let (person, email) = town.person(role.title_ru()).await;
        let scope = (role, AccessScope::Book);
        town.grant(person, town.house, scope, since("2025-01-01"))
            .await;
        let mut browser = town.sign_in(&town.residents, &email).await;
        browser
            .get("/")
            .await
            .expect(200)
            .shows("Помещений пока нет");
        let home = of_home("/home/{premises}", own.0);
        browser.get(&home).await.expect(404);
    }
    let mut stranger = Browser::new(&town.residents);
    for (path, method) in RESIDENT_ROUTES {
        let asked = stranger
            .ask(method, &of_home(path, own.0))
            .await
            .expect(303);
        assert!(asked.header("location").starts_with("/login"), "{path}");
    }
}
