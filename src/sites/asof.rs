//! «На дату»: the banner of a page that shows the past, and the control that leads there.

use aggregates::ids::BookId;
use aggregates::time::{Period, ZoneName};

use crate::figures;
use crate::sites::error::SiteError;
use crate::sites::format;
use crate::sites::house::Seen;
use crate::store::Ledger;

/// Months that the control offers.
const OFFERED: usize = 14;

/// What the control shows.
pub(super) struct AsOf {
    /// The page itself.
    pub(super) action: String,
    /// Parameters that stay as they are.
    pub(super) keep: Vec<(&'static str, String)>,
    /// What was asked for.
    pub(super) asked: String,
    /// What the banner says; empty in the present.
    pub(super) title: String,
    /// Moments to go back to.
    pub(super) moments: Vec<Moment>,
}

/// A moment of the journal.
pub(super) struct Moment {
    pub(super) position: i64,
    pub(super) title: String,
    pub(super) is_current: bool,
}

impl AsOf {
    /// The control of the page at `action` in the moment `seen`.
    pub(super) async fn new(
        ledger: &Ledger,
        (book, zone): (BookId, ZoneName),
        seen: &Seen,
        (action, keep): (String, Vec<(&'static str, String)>),
    ) -> Result<Self, SiteError> {
        let closings = figures::closings(ledger, book).await?;
        let moment = |(position, at, period): &(i64, _, String)| {
            let period = period.parse::<Period>().ok();
            let period = period.map_or_else(String::new, Period::title_ru);
            let day = zone.local_date(*at);
            Moment {
                position: *position,
                title: format!("закрыт {period} (№ {position}, {})", format::day_month(day)),
                is_current: *position == seen.until && seen.is_past(),
            }
        };
        Ok(Self {
            action,
            keep,
            asked: seen.asked.clone(),
            title: match seen.is_past() {
                true => seen.title(),
                false => String::new(),
            },
            moments: closings.iter().take(OFFERED).map(moment).collect(),
        })
    }
}
