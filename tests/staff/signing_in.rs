//! Signing in and out, and what protects it.

use aggregates::access_grant::event::{AccessRole, AccessScope};

use crate::sites::{Browser, PASSWORD, Town, since};

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_by_e_mail_and_by_telephone_and_leads_back() {
    let mut town = Town::start().await;
    let (person, email) = town.person("Нина Крылова").await;
    let scope = (AccessRole::ChiefAccountant, AccessScope::Book);
    town.grant(person, town.house, scope, since("2025-01-01"))
        .await;
    let mut browser = Browser::new(&town.staff);
    let asked = browser.get("/houses?q=Тестовая").await.expect(303);
    assert!(
        asked.header("location").starts_with("/login?next=/houses"),
        "{asked:?}"
    );
    browser
        .get("/login")
        .await
        .expect(200)
        .shows("Кабинет компании");
    let fields = [
        ("login", "8 (912) 000-00-01"),
        ("password", PASSWORD),
        ("next", "/houses"),
    ];
    let entered = browser.post("/login", &fields).await.expect(303);
    assert_eq!(entered.header("location"), "/houses");
    let set = entered.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    browser
        .get("/houses")
        .await
        .expect(200)
        .shows("Нина Крылова");
    let mut other = town.sign_in(&town.staff, &email.to_uppercase()).await;
    other.get("/").await.expect(200);
    browser.post("/logout", &[]).await.expect(303);
    browser.get("/houses").await.expect(303);
    other.get("/houses").await.expect(200);
    town.people
        .sign_out_everywhere(person)
        .await
        .expect("ended");
    other.get("/houses").await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_tells_nothing_and_ten_close_the_door() {
    let mut town = Town::start().await;
    let (_, email) = town.person("Нина Крылова").await;
    let mut browser = Browser::new(&town.staff);
    let attempt = async |browser: &mut Browser, login: &str, password: &str| {
        browser
            .post("/login", &[("login", login), ("password", password)])
            .await
    };
    let wrong = attempt(&mut browser, &email, "не тот пароль")
        .await
        .expect(422);
    let nobody = attempt(&mut browser, "nobody@example.ru", "не тот пароль")
        .await
        .expect(422);
    let told = |page: &crate::sites::Page, login: &str| page.text.replace(login, "");
    assert_eq!(told(&wrong, &email), told(&nobody, "nobody@example.ru"));
    for _ in 0..9 {
        attempt(&mut browser, &email, "не тот пароль")
            .await
            .expect(422);
    }
    let closed = attempt(&mut browser, &email, PASSWORD).await.expect(429);
    assert!(!closed.header("retry-after").is_empty());
    closed.shows("Слишком много попыток");
    let stored: String = sqlx::query_scalar(
        "select coalesce(string_agg(encode(subject, 'escape'), ' '), '') from people.attempts",
    )
    .fetch_one(town.ledger.pool())
    .await
    .expect("readable");
    assert!(!stored.contains("example"), "logins are hashed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    let mut town = Town::start().await;
    let mut browser = town.staff(AccessRole::Accountant).await;
    for headers in [
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Origin", "https://evil.example")],
    ] {
        let refused = browser
            .post_from("/logout", &[], &headers)
            .await
            .expect(403);
        refused.shows("Форма пришла с другого сайта");
    }
    browser.get("/").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let mut town = Town::start().await;
    let mut browser = town.staff(AccessRole::Accountant).await;
    for path in ["/", "/login", "/nowhere", "/assets/0/site.css"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        for inline in [" style=", " onclick=", "<style", "javascript:"] {
            assert!(!page.text.contains(inline), "{path}: {inline}");
        }
    }
    let page = browser.get("/").await;
    let start = page.text.find("/assets/").expect("an asset");
    let end = start + page.text[start..].find('"').expect("a quote");
    let asset = browser.get(&page.text[start..end]).await.expect(200);
    assert!(asset.header("cache-control").contains("immutable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_person_is_sealed_and_can_be_forgotten() {
    let mut town = Town::start().await;
    let (person, email) = town.person("Нина Крылова").await;
    let scope = (AccessRole::Accountant, AccessScope::Book);
    town.grant(person, town.house, scope, since("2025-01-01"))
        .await;
    let mut browser = town.sign_in(&town.staff, &email).await;
    let dump: Vec<String> = sqlx::query_scalar(
        "select p::text || k::text || l::text || s::text from people.people p, people.keys k, \
         people.logins l, people.sessions s",
    )
    .fetch_all(town.ledger.pool())
    .await
    .expect("readable");
    let token = browser.cookie().expect("a session").1.clone();
    let name = hex::encode("Крылова");
    for row in &dump {
        for secret in ["Крылова", &name, "person1", &hex::encode("person1"), &token] {
            assert!(!row.contains(secret), "{secret}: {row}");
        }
    }
    assert!(!dump.is_empty());
    let events: String = sqlx::query_scalar(
        "select string_agg(payload::text || metadata::text, ' ') from ledger.events",
    )
    .fetch_one(town.ledger.pool())
    .await
    .expect("readable");
    assert!(!events.contains("Крылова") && !events.contains("person1@"));
    town.people.erase(person).await.expect("erased");
    assert_eq!(town.people.profile(person).await.expect("readable"), None);
    browser.get("/").await.expect(303);
    let left: i64 = sqlx::query_scalar("select count(*) from people.keys")
        .fetch_one(town.ledger.pool())
        .await
        .expect("readable");
    assert_eq!(left, 0);
}
