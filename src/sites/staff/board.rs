//! Закрытие месяца as a board: houses by stages, with how much is left in each.

use aggregates::building::closing::ClosingStage;
use askama::Template;
use axum::extract::State;
use projections::settlement::checklist;

use crate::access::policy::Right;
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::staff::house::HousePage;
use crate::sites::staff::shell::Shell;
use crate::sites::{Front, format};

#[derive(Template)]
#[template(path = "sites/staff/board.html", config = ".askama.toml")]
struct BoardPage {
    shell: Shell,
    stages: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    address: String,
    month: String,
    cells: Vec<Cell>,
    last: String,
}

struct Cell {
    stage: String,
    text: String,
    class: &'static str,
}

/// `GET /closing`
pub(super) async fn show(State(front): State<Front>, signed: Signed) -> Answer {
    let permits = signed.viewer.houses(Right::SeeClosing);
    if permits.is_empty()
        && let Some(any) = signed.viewer.houses(Right::SeeHouse).first()
    {
        signed.viewer.house(any.book(), Right::SeeClosing)?;
    }
    let mut rows = Vec::with_capacity(permits.len());
    for permit in &permits {
        let place = (permit.book().0, Right::SeeClosing);
        let house = HousePage::open(&front, &signed, place, "").await?;
        rows.push(row(&front, &house).await?);
    }
    rows.sort_by(|one, other| one.address.cmp(&other.address));
    page(&BoardPage {
        shell: Shell::new(&signed, "closing", "Закрытие месяца"),
        stages: ClosingStage::ALL
            .iter()
            .map(|stage| projections::text::capital(stage.title_ru()))
            .collect(),
        rows,
    })
}

async fn row(front: &Front, house: &HousePage) -> Result<Row, SiteError> {
    let state = house.state(front).await?;
    let period = house.period(&state, None)?;
    let closing = front
        .houses
        .closing(house.book(), house.seen.until, period)
        .await;
    let mut row = Row {
        href: format!("{}/closing?period={period}", house.path),
        address: house.address.clone(),
        month: period.title_ru(),
        cells: Vec::new(),
        last: String::new(),
    };
    let closing = match closing {
        Ok(closing) => closing,
        // The house cannot be settled yet: its own page says why.
        Err(SiteError::Refused(why)) => {
            row.last = why;
            return Ok(row);
        }
        Err(error) => return Err(error),
    };
    let checked = checklist(&state, &closing)?;
    let mut reached = true;
    for stage in &checked.stages {
        let (text, class) = match (stage.passed_at, stage.is_current, stage.open) {
            (Some(_), true, _) => ("пройден".to_owned(), "ek-st-done"),
            (_, _, open) if open > 0 && reached => (format!("открыто {open}"), "ek-st-stop"),
            (_, _, open) if open > 0 => (format!("открыто {open}"), "ek-st-next"),
            _ if reached => ("можно пройти".to_owned(), "ek-st-now"),
            _ => ("ждёт".to_owned(), "ek-st-next"),
        };
        reached &= stage.passed_at.is_some() && stage.is_current;
        row.cells.push(Cell {
            stage: projections::text::capital(stage.stage.title_ru()),
            text,
            class,
        });
    }
    row.last = format!(
        "{}, без причины {}, мешает {}",
        format::counted(
            u64::try_from(closing.bills.len()).unwrap_or_default(),
            ["счёт", "счёта", "счетов"]
        ),
        checked.uncaused().count(),
        checked.blocking.len()
    );
    Ok(row)
}
