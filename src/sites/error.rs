//! Everything that keeps a request from its page, as a page: what happened, what is safe, what to
//! do next. Reasons go to the log under a number; only the number leaves the program.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aggregates::access_grant::event::AccessRole;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use projections::balance::BalanceError;
use projections::settlement::SettlementError;
use projections::waterfall::WaterfallError;
use tower_http::csrf::ProtectionError;
use uuid::Uuid;

use crate::access::policy::{Denied, Right};
use crate::access::{AccessError, Site};
use crate::bills::BillError;
use crate::closing::CloseError;
use crate::collector::registry::RegistryError;
use crate::figures::FigureError;
use crate::operations::OperationError;
use crate::proof::error::ProofError;
use crate::read_models::ReadModelError;
use crate::sites::{Front, assets};
use crate::store::RunError;
use crate::store::error::{CommitError, StoreError};

/// A reason for the log.
type Cause = Arc<dyn Error + Send + Sync>;

/// Why a request has no page.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum SiteError {
    /// Nobody is signed in; the path to come back to.
    #[error("нужно войти")]
    SignInNeeded(String),
    /// No such page, or not for this person: which of the two is not told.
    #[error("такой страницы нет или она не ваша")]
    NotFound,
    /// The role does not go so far.
    #[error("роль «{}» не даёт {}", .role.title_ru(), .right.title_ru())]
    Denied {
        /// The role.
        role: AccessRole,
        /// What it lacks.
        right: Right,
    },
    /// The form came from another site.
    #[error("форма пришла с другого сайта, поэтому не принята")]
    CrossSite,
    /// The address or the form cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// The ledger refuses.
    #[error("{0}")]
    Refused(String),
    /// It took too long.
    #[error("страница не готова за минуту")]
    TooSlow,
    /// The form is too large.
    #[error("форма слишком велика: отправьте её по частям")]
    TooLarge,
    /// Something that passes.
    #[error("{0}")]
    Unavailable(&'static str, Cause),
    /// A defect.
    #[error("внутренняя ошибка")]
    Internal(Cause),
}

impl From<ProofError> for SiteError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Store(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl SiteError {
    pub(super) fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(cause))
    }

    fn unavailable(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable("база данных сейчас недоступна", Arc::new(cause))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignInNeeded(_) => StatusCode::SEE_OTHER,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Denied { .. } | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened, as a heading.
    fn title(&self) -> &'static str {
        match self {
            Self::SignInNeeded(_) => "Нужно войти",
            Self::NotFound => "Такой страницы нет",
            Self::Denied { .. } => "Вашей роли эта страница не открыта",
            Self::CrossSite => "Форма пришла с другого сайта",
            Self::BadRequest(_) => "Адрес или форма не разобраны",
            Self::Refused(_) => "Журнал не принял",
            Self::TooSlow => "Страница не готова вовремя",
            Self::TooLarge => "Форма слишком велика",
            Self::Unavailable(..) => "Страница не открылась. Записанное цело",
            Self::Internal(_) => "Ошибка программы. Записанное цело",
        }
    }

    /// What it means and what to do.
    fn lead(&self) -> String {
        match self {
            Self::NotFound => "Адрес набран с ошибкой, страница переехала или открыта не вам: \
                 право доступа могло закончиться вместе с договором."
                .to_owned(),
            Self::Denied { role, right } => format!(
                "Роль «{}» не даёт {}. Право выдаёт администратор вашей организации.",
                role.title_ru(),
                right.title_ru()
            ),
            Self::CrossSite => "Так защищаются ваши данные от чужих страниц. Вернитесь и \
                 отправьте форму ещё раз с этого сайта."
                .to_owned(),
            Self::Unavailable(why, _) => format!(
                "Причина: {why}. Всё, что журнал принял раньше, записано. Повторите через минуту."
            ),
            Self::Internal(_) => "Всё, что журнал принял раньше, записано. Повторите; если \
                 не поможет, назовите номер ошибки поддержке."
                .to_owned(),
            Self::TooSlow => "Запись, если она шла, будет закончена. Откройте страницу ещё раз: \
                 повтор ничего не удвоит."
                .to_owned(),
            Self::SignInNeeded(_) | Self::BadRequest(_) | Self::Refused(_) | Self::TooLarge => {
                format!("{}.", projections::text::capital(&self.to_string()))
            }
        }
    }

    /// What a status says that something other than a handler answered with.
    fn of_response(response: &Response) -> Option<Self> {
        match response.status() {
            StatusCode::FORBIDDEN if response.extensions().get::<ProtectionError>().is_some() => {
                Some(Self::CrossSite)
            }
            StatusCode::GATEWAY_TIMEOUT => Some(Self::TooSlow),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::NotFound),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Some(Self::BadRequest(
                "поля формы не разобраны: откройте страницу заново".to_owned(),
            )),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Some(Self::BadRequest("нужна форма с этого сайта".to_owned()))
            }
            _ => None,
        }
    }
}

impl IntoResponse for SiteError {
    /// The status alone; [`finish`] makes the page.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "sites/error.html", config = ".askama.toml")]
struct ErrorPage {
    assets: String,
    status: u16,
    title: &'static str,
    lead: String,
    number: Option<String>,
    is_staff: bool,
}

/// The answer to an address that nobody serves.
pub(super) async fn no_such_page() -> SiteError {
    SiteError::NotFound
}

/// Gives every failure its page, whoever noticed it, and keeps a panic within its request.
pub(super) async fn finish(State(front): State<Front>, request: Request, next: Next) -> Response {
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response =
        answered.unwrap_or_else(|_| SiteError::internal(HandlerPanicked).into_response());
    let stated = response.extensions_mut().remove::<SiteError>();
    match stated.or_else(|| told_without_a_page(&response)) {
        Some(SiteError::SignInNeeded(back)) => to_login(&back),
        Some(error) => error_page(&front, &error),
        None => response,
    }
}

/// A page of a handler stays, whatever its status: a form with its mistakes has one.
fn told_without_a_page(response: &Response) -> Option<SiteError> {
    let kind = response.headers().get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    match is_page {
        true => None,
        false => SiteError::of_response(response),
    }
}

/// The handler's reason was printed by the panic hook.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct HandlerPanicked;

fn to_login(back: &str) -> Response {
    let path = match back {
        "" | "/" => "/login".to_owned(),
        back => format!("/login?next={}", super::login::encoded(back)),
    };
    (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response()
}

fn error_page(front: &Front, error: &SiteError) -> Response {
    let status = error.status();
    let page = ErrorPage {
        assets: assets::base(),
        status: status.as_u16(),
        title: error.title(),
        lead: error.lead(),
        number: log(error),
        is_staff: front.site == Site::Staff,
    };
    let html = page.render().unwrap_or_else(|_| error.title().to_owned());
    let kind = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    let mut response = (status, kind, html).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let soon = axum::http::HeaderValue::from_static("30");
        response.headers_mut().insert(RETRY_AFTER, soon);
    }
    response
}

/// Logs what the person cannot mend; the number under which it stands.
fn log(error: &SiteError) -> Option<String> {
    let (SiteError::Internal(cause) | SiteError::Unavailable(_, cause)) = error else {
        return None;
    };
    let number = Uuid::new_v4().simple().to_string()[..8].to_uppercase();
    let mut reasons = cause.to_string();
    let mut next = cause.source();
    while let Some(reason) = next {
        reasons = format!("{reasons}: {reason}");
        next = reason.source();
    }
    tracing::error!(number, reasons, "a page failed");
    Some(number)
}

impl From<Denied> for SiteError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unknown => Self::NotFound,
            Denied::Role { role, right } => Self::Denied { role, right },
        }
    }
}

impl From<StoreError> for SiteError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Read(_) | StoreError::ReadInterrupted => Self::unavailable(error),
            StoreError::NoSuchBook(_) => Self::NotFound,
            StoreError::NoSuchPosition { .. } | StoreError::Future(_) => {
                Self::BadRequest(error.to_string())
            }
            error => Self::internal(error),
        }
    }
}

impl From<CommitError> for SiteError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            CommitError::NotStored | CommitError::OutcomeUnknown { .. } => Self::unavailable(error),
            refused => Self::Refused(refused.to_string()),
        }
    }
}

impl From<FigureError> for SiteError {
    fn from(error: FigureError) -> Self {
        match error {
            FigureError::Store(error) => error.into(),
            FigureError::NoSuchMeter(_) | FigureError::NoSuchAccount(_) => Self::NotFound,
            error => Self::internal(error),
        }
    }
}

impl From<RegistryError> for SiteError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Database(_) => Self::unavailable(error),
            RegistryError::Figures(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<AccessError> for SiteError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Database(_) => Self::unavailable(error),
            AccessError::Store(error) => error.into(),
            AccessError::Figures(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<ReadModelError> for SiteError {
    fn from(error: ReadModelError) -> Self {
        match error {
            ReadModelError::Store(error) => error.into(),
            ReadModelError::NoReadModels(_) | ReadModelError::NotReached { .. } => {
                Self::Unavailable("списки дома ещё строятся", Arc::new(error))
            }
            error => Self::internal(error),
        }
    }
}

impl From<BillError> for SiteError {
    fn from(error: BillError) -> Self {
        match error {
            BillError::Figures(error) => error.into(),
            BillError::Store(error) => error.into(),
            error @ (BillError::NotBilled { .. }
            | BillError::BeforeFirst { .. }
            | BillError::NotProvided { .. }) => Self::Refused(error.to_string()),
            error => Self::internal(error),
        }
    }
}

impl From<CloseError> for SiteError {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Figures(error) => error.into(),
            CloseError::Store(error) => error.into(),
            CloseError::Commit(error) => error.into(),
            refused => Self::Refused(refused.to_string()),
        }
    }
}

impl From<OperationError> for SiteError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Store(error) => error.into(),
            OperationError::Missing { .. } => Self::NotFound,
            OperationError::Refused(why) => Self::Refused(why),
        }
    }
}

impl From<SettlementError> for SiteError {
    fn from(error: SettlementError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<WaterfallError> for SiteError {
    fn from(error: WaterfallError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<BalanceError> for SiteError {
    fn from(error: BalanceError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl SiteError {
    /// Why a unit of work came to nothing.
    pub(super) fn from_run<E: Into<Self>>(error: RunError<E>) -> Self {
        match error {
            RunError::Refused(error) => error.into(),
            RunError::Commit(error) => error.into(),
            RunError::Interrupted => Self::internal(Interrupted),
        }
    }
}

/// The task that wrote was shut down.
#[derive(Debug, thiserror::Error)]
#[error("a write was interrupted")]
struct Interrupted;
