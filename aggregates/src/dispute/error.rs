//! Why a dispute refuses a command. The texts reach users, so they are Russian.

use chrono::NaiveDate;

/// Refusals of a dispute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisputeError {
    /// Nobody opened it.
    #[error("такого спора нет: сначала откройте его")]
    NotOpened,
    /// Opened with other contents.
    #[error("этот спор уже открыт с другим содержанием: откройте новый")]
    OpenedDifferently,
    /// The answer would be due before the request.
    #[error("срок ответа {due} раньше обращения {on}")]
    DueBeforeRequest {
        /// Day of the request.
        on: NaiveDate,
        /// The day given.
        due: NaiveDate,
    },
    /// It was decided already.
    #[error("спор уже решён: если решение неверно, откройте новый")]
    Decided,
    /// It was taken back.
    #[error("спор отозван: откройте новый")]
    Withdrawn,
    /// Only the one who contested may take it back.
    #[error("отозвать спор может только тот, кто его открыл")]
    NotTheirs,
    /// Who contests does not decide.
    #[error("решает спор не тот, кто его открыл")]
    OwnDispute,
    /// Something was wrong and nothing is put right.
    #[error("спор удовлетворён: укажите исправление или что верные сведения уже записаны")]
    RemedyMissing,
    /// Nothing was wrong and something is put right.
    #[error("спор отклонён: исправлять нечего")]
    RemedyNeedless,
}
