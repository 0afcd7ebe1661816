//! The balance of a large house and the bill of one flat as of a past position, against `COPY` out
//! of the same prefix.

use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::bench::Progress;
use crate::bench::child::{Job, Kind, delegate};
use crate::bench::error::BenchError;
use crate::bench::house::LargeHouse;
use crate::bench::import::{FLATS, import};
use crate::bench::measure::{Bound, Measurement, Samples, mebibytes};
use crate::bench::stage::Stage;

/// Months of readings in the book: from January 2016 to December 2020.
const MONTHS: usize = 60;
/// Months that came after the position asked about.
const LATER_MONTHS: usize = 2;

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    progress("дом для баланса");
    let ledger = stage.ledger(4).await?;
    let house = LargeHouse::new(500_000, FLATS)?;
    house.register(&ledger).await?;
    // Month after month, so that a past position is a past state of knowledge.
    for month in 0..MONTHS {
        let which = month * house.meters()..(month + 1) * house.meters();
        import(&ledger, &house, &house.table(which)).await?;
    }
    let head = ledger.head(house.book.0).await?.position;
    ledger.close().await;
    let later = i64::try_from(LATER_MONTHS * house.meters()).unwrap_or(0);
    let job = Job {
        kind: Kind::Copy,
        url: stage.app_url()?,
        book: house.book,
        until: head - later,
        period: Period::new(2020, 10).map_err(BenchError::material)?,
        resource: Resource::ColdWater,
        houses: None,
    };
    let mut balance = Compared::default();
    let mut bill = Compared::default();
    for round in 1..=rounds {
        progress(&format!(
            "баланс и счёт дома на прошлую позицию, повтор {round}"
        ));
        balance.add(Kind::Balance, &job).await?;
        bill.add(Kind::Bill, &job).await?;
    }
    if bill.told == 0 {
        return Err(BenchError::Material("в счёте нет строк".to_owned()));
    }
    let points = format!("в балансе точек: {}", balance.told);
    let lines = format!("строк в счёте: {}", bill.told);
    let mut measured = balance.measurements("Баланс дома", &points, &job);
    // Of a bill only the time is bounded: it settles the whole house, all resources at once.
    let of_bill = bill.measurements("Счёт одной квартиры", &lines, &job);
    measured.extend(of_bill.into_iter().take(1));
    Ok(measured)
}

#[derive(Default)]
struct Compared {
    time: (Samples, Samples),
    peak: (Samples, Samples),
    grown: (Samples, Samples),
    bytes: u64,
    /// How large our answer was.
    told: u64,
}

impl Compared {
    async fn add(&mut self, kind: Kind, job: &Job) -> Result<(), BenchError> {
        let ours = delegate(&Job {
            kind,
            ..job.clone()
        })
        .await?;
        let copy = delegate(job).await?;
        self.time.0.push(ours.milliseconds);
        self.time.1.push(copy.milliseconds);
        self.peak.0.push(mebibytes(ours.peak_kib));
        self.peak.1.push(mebibytes(copy.peak_kib));
        self.grown
            .0
            .push(mebibytes(ours.peak_kib.saturating_sub(ours.before_kib)));
        self.grown
            .1
            .push(mebibytes(copy.peak_kib.saturating_sub(copy.before_kib)));
        (self.bytes, self.told) = (copy.size, ours.size);
        Ok(())
    }

    fn measurements(self, what: &str, told: &str, job: &Job) -> Vec<Measurement> {
        let baseline = "COPY всех событий журнала до той же позиции";
        let size = mebibytes(self.bytes / 1024);
        let held = (self.peak.0.median(), self.peak.1.median());
        let about = format!(
            "{FLATS} квартир, {MONTHS} месяцев, до позиции {}; COPY отдаёт {size:.0} МиБ; {told}; \
             память процесса {:.0} МиБ, у COPY {:.0} МиБ",
            job.until, held.0, held.1
        );
        let ceiling = Bound::AtMost(3.0);
        let named = |part| format!("{what}: {part}");
        let time = Measurement::new(named("время"), baseline, "мс", ceiling, self.time);
        let peak = Measurement::new(named("память"), baseline, "МиБ", ceiling, self.peak);
        let (ours, copy) = (self.grown.0.median(), self.grown.1.median());
        vec![
            time.with_note(about),
            peak.with_note(format!(
                "наибольшая память процесса (VmHWM); за время работы она выросла на {ours:.1} МиБ, \
                 у COPY, который прочитанное отбрасывает, — на {copy:.1} МиБ"
            )),
        ]
    }
}
