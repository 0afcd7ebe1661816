//! Why a correction refuses a command. The texts reach users, so they are Russian.

use crate::text::Code;

/// Refusals of a correction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// Nobody asked for it.
    #[error("такого запроса на исправление нет: сначала подайте его")]
    NotRequested,
    /// Asked for with other contents.
    #[error("запрос на исправление уже подан с другим содержанием: подайте новый")]
    RequestedDifferently,
    /// Not 64 hexadecimal digits.
    #[error("хеш последствий «{0}»: ожидается SHA-256 из 64 шестнадцатеричных цифр")]
    NotASha256(Code),
    /// The same person asks and agrees.
    #[error("запросивший и утвердивший — одна учётная запись: утвердить должен другой сотрудник")]
    SameActor,
    /// It changes something else than when it was asked for.
    #[error(
        "последствия исправления изменились с тех пор, как его запросили: посмотрите их и подайте новый запрос"
    )]
    EffectMoved,
    /// It was carried out already.
    #[error("исправление уже утверждено и выполнено")]
    Approved,
    /// Somebody said no.
    #[error("исправление отклонено: подайте новый запрос")]
    Declined,
}
