//! `demo`: three houses, what became of their readings, and how to go on.

use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use projections::{balance, difference, meter_history};

use crate::bills;
use crate::cli::arguments::DemoArguments;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{complain, say};
use crate::cli::serve;
use crate::demo::people::{self, Logins};
use crate::demo::story::{self, Story, ToldHouse};
use crate::figures::{self, FoundAccount};
use crate::import::progress::Progress;
use crate::store::Ledger;

pub(crate) async fn run(options: &DemoArguments, database: &Database) -> Result<(), CliError> {
    complain("Готовлю базу данных…");
    let ledger = database.ledger().await?;
    let bar = Progress::start("Дома и показания", 0);
    let told = story::tell(&ledger, |_, done, total| bar.show(done, total)).await;
    drop(bar);
    let story = told.map_err(|error| CliError::failed(&error))?;
    say(&introduction(&story))?;
    let house = story
        .changed_house()
        .ok_or_else(|| CliError::new("в демонстрации нет дома с изменениями"))?;
    show_balances(&ledger, house).await?;
    show_meter(&ledger, house).await?;
    show_bill(&ledger, house).await?;
    show_rules(&ledger, &story).await?;
    let people = serve::people(&ledger, None)?;
    let logins = people::settle_in(&people, &story).await;
    let logins = logins.map_err(|error| CliError::failed(&error))?;
    say(&how_to_go_on(house, options, database))?;
    say(&who_signs_in(&logins, options))?;
    if options.once {
        return Ok(());
    }
    serve::demo(options, ledger, people).await
}

/// The addresses of both sites with a login for each role.
fn who_signs_in(logins: &Logins, options: &DemoArguments) -> String {
    let mut text = format!(
        "\n═══ Сайты ═══\nСотрудникам: http://127.0.0.1:{}\nЖителям:     http://127.0.0.1:{}\n\
         Пароль ко всем учётным записям этой демонстрации: {}\n\n",
        options.staff_port, options.residents_port, logins.password
    );
    for person in &logins.people {
        let site = if person.is_staff {
            "сотрудникам"
        } else {
            "жителям"
        };
        text.push_str(&format!(
            "  {:<34} {:<13} {}\n",
            person.email, site, person.title
        ));
    }
    text
}

fn introduction(story: &Story) -> String {
    let mut text = String::from("ЭнергоКабинет: демонстрация на трёх домах Екатеринбурга\n\n");
    for house in &story.houses {
        let last = house.months.values().max().copied().unwrap_or_default();
        text.push_str(&format!(
            "  {} — журнал {}, событий {last} и больше\n",
            house.address, house.book
        ));
    }
    text.push_str(match story.added {
        0 => "\nВсё уже было записано: второй запуск ничего не меняет.\n",
        _ => {
            "\nДома загружены, показания с октября 2025 по ноябрь 2026 года приняты и проверены,\n\
             месяцы с ноября 2025 по октябрь 2026 закрыты, счета выставлены; ноябрь 2026 открыт.\n"
        }
    });
    text.push_str(
        "Адреса, коды ФИАС и планы квартир — настоящие; показания воды и электричества повторяют\n\
         формы настоящих рядов (opengrid, Бельгия, 2016), тепло выведено из климатических норм.\n\
         Компании и номера приборов придуманы.\n",
    );
    text
}

async fn show_balances(ledger: &Ledger, house: &ToldHouse) -> Result<(), CliError> {
    let period = october()?;
    let then = house.months.get(&period).copied().unwrap_or_default();
    let now = ledger.head(house.book.0).await?.position;
    let directory = figures::directory(ledger, house.book, now).await?;
    let zone = directory
        .zone()
        .ok_or_else(|| CliError::new("дом не зарегистрирован"))?;
    let resource = Resource::ColdWater;
    let balance = figures::balance(ledger, house.book, period, resource, now).await?;
    let earlier = figures::balance(ledger, house.book, period, resource, then).await?;
    let changed = figures::difference(ledger, house.book, (period, resource), (then, now)).await?;
    say(&format!(
        "\n═══ Баланс дома сейчас ═══\n{}\n",
        house.address
    ))?;
    say(&balance::text::render(&balance.value, zone))?;
    say(&format!(
        "\n═══ Тот же баланс, как он был известен месяц назад, до ноябрьских событий ═══\n\
         Журнал на позиции {then}: октябрь закрыт, ноябрьские события ещё не пришли.\n"
    ))?;
    say(&balance::text::render(&earlier.value, zone))?;
    say("\n═══ Что изменилось и почему ═══\n")?;
    say(&difference::text::render(&changed, zone))
}

async fn show_meter(ledger: &Ledger, house: &ToldHouse) -> Result<(), CliError> {
    let now = ledger.head(house.book.0).await?.position;
    let directory = figures::directory(ledger, house.book, now).await?;
    let zone = directory
        .zone()
        .ok_or_else(|| CliError::new("дом не зарегистрирован"))?;
    let serial = story::corrected_meter();
    let Some(meter) = directory.meters_by_serial(&serial).first() else {
        return Err(CliError::new(format!("в журнале нет прибора {serial}")));
    };
    let history = figures::history(ledger, house.book, *meter, now).await?;
    say("\n═══ История одного прибора: откуда каждое значение ═══\n")?;
    say(&meter_history::text::render(&history, zone))
}

/// A bill with the reason of its first line, and the same month by what is known now.
async fn show_bill(ledger: &Ledger, house: &ToldHouse) -> Result<(), CliError> {
    let number = story::corrected_account();
    let found = account(ledger, house, &number).await?;
    let asked = bills::Asked {
        period: october()?,
        until: found.house.position,
        recomputed: true,
    };
    let view = bills::bill(ledger, &found, asked).await?;
    let reasons = bills::reasons(ledger, &found, &view).await?;
    let directory = figures::directory(ledger, house.book, found.house.position).await?;
    let zone = directory
        .zone()
        .ok_or_else(|| CliError::new("дом не зарегистрирован"))?;
    say("\n═══ Один счёт: как выставлен и как тот же месяц известен теперь ═══\n")?;
    say(&projections::bills::text::render(&view, zone))?;
    say("\n═══ Почему первая строка такая ═══")?;
    let first = reasons.lines.first().map(|line| {
        let text = projections::bills::text::render_reason(1, line);
        text.trim_start_matches('\n').to_owned()
    });
    say(&first.unwrap_or_default())
}

async fn account(
    ledger: &Ledger,
    house: &ToldHouse,
    number: &str,
) -> Result<FoundAccount, CliError> {
    let head = ledger.head(house.book.0).await?;
    let houses = vec![figures::house_of(ledger, &head).await?];
    Ok(figures::find_account(ledger, houses, number).await?)
}

fn october() -> Result<Period, CliError> {
    Period::new(2026, 10).map_err(|error| CliError::failed(&error))
}

/// What the multiplier, the tax and both steps of the tariffs did to one account's cold water.
async fn show_rules(ledger: &Ledger, story: &Story) -> Result<(), CliError> {
    let Some(house) = story.multiplied_house() else {
        return Err(CliError::new("в демонстрации нет дома с коэффициентом"));
    };
    let number = story::multiplied_account();
    let found = account(ledger, house, &number).await?;
    let mut rows = Vec::new();
    for (year, month) in [(2025, 11), (2025, 12), (2026, 1), (2026, 9), (2026, 10)] {
        let period = Period::new(year, month).map_err(|error| CliError::failed(&error))?;
        let asked = bills::Asked {
            period,
            until: found.house.position,
            recomputed: false,
        };
        let view = bills::bill(ledger, &found, asked).await?;
        rows.extend(view.issued.into_iter().map(|issued| issued.bill));
    }
    say(&format!(
        "\n═══ Что изменили коэффициент, НДС и два шага тарифов ═══\n\
         Лицевой счёт {number}, пом. {}: приборов воды нет, хотя поставить их можно\n",
        found.premises
    ))?;
    say(&projections::bills::text::over_time(
        &rows,
        Resource::ColdWater,
    ))
}

fn how_to_go_on(house: &ToldHouse, options: &DemoArguments, database: &Database) -> String {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "energokabinet".to_owned());
    let serial = story::corrected_meter();
    let account = story::corrected_account();
    let october = Period::new(2026, 10)
        .ok()
        .and_then(|period| house.months.get(&period));
    let then = october.copied().unwrap_or_default();
    let mut text = format!(
        "\n═══ Что дальше ═══\n\
         Баланс другого ресурса:   {program} balance Щорса 2026-10 --resource hot_water\n\
         Почему такая цифра:       {program} balance Щорса 2026-10 --resource heat --explain\n\
         Как было известно раньше: {program} balance Щорса 2026-10 --known-at {then}\n\
         История прибора:          {program} history {serial} --known-at {then}\n\
         Счёт с объяснением:       {program} bill {account} 2026-10 --explain\n\
         Месяц, который открыт:    {program} bill {account} 2026-11\n\
         Почему такая строка:      {program} why {account}/2026-10/1\n\
         Закрыть месяц:            {program} close Щорса 2026-11 --dry-run\n\
         Проверить журналы:        {program} books verify\n\
         Загрузить своё:           {program} import house ФАЙЛ.json; import readings ФАЙЛ.csv\n\
         Все команды:              {program} --help\n"
    );
    if database.is_private() {
        text.push_str(&format!(
            "Данные хранит собственный PostgreSQL; остановить его: {program} postgres stop\n"
        ));
    }
    if !options.once {
        text.push_str("Ctrl+C останавливает сайты и API; данные остаются.\n");
    }
    text
}
