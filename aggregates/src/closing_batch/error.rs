//! Why a batch of closings refuses a command. The texts reach users, so they are Russian.

use crate::ids::BookId;
use crate::text::Code;

/// Refusals of a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosingBatchError {
    /// Nothing was proposed under this id.
    #[error("такой партии нет: сначала предложите её")]
    NotProposed,
    /// The batch was proposed with other contents.
    #[error("партия уже предложена с другими домами или итогами: предложите новую")]
    ProposedDifferently,
    /// A batch of nothing.
    #[error("в партии нет ни одного дома")]
    Empty,
    /// A house stands twice.
    #[error("дом {0} стоит в партии дважды: оставьте его один раз")]
    HouseRepeated(BookId),
    /// Not 64 hexadecimal digits.
    #[error("хеш итогов «{0}»: ожидается SHA-256 из 64 шестнадцатеричных цифр")]
    NotASha256(Code),
    /// The same person proposes and agrees.
    #[error("предложивший и утвердивший — одна учётная запись: утвердить должен другой сотрудник")]
    SameActor,
    /// Other totals than those proposed.
    #[error("утверждаются другие контрольные итоги, чем предложены: посмотрите партию ещё раз")]
    OtherTotals,
    /// Nobody has agreed yet.
    #[error("партия не утверждена: утвердить должен другой сотрудник")]
    NotApproved,
    /// The house is not in the batch.
    #[error("дома {0} в партии нет")]
    NotInBatch(BookId),
    /// The sum of all houses does not fit.
    #[error("сумма партии не помещается в рубли и копейки")]
    SumTooLarge,
}
