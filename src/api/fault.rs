//! Everything that keeps a request from its answer, and its form on the wire: problem+json
//! (RFC 9457). What went wrong inside is logged under an id; only the id leaves the program.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aggregates::vocabulary::Resource;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use projections::balance::BalanceError;
use projections::difference::ComparisonError;
use projections::waterfall::WaterfallError;
use serde::Serialize;
use uuid::Uuid;

use crate::bills::BillError;
use crate::closing::CloseError;
use crate::figures::FigureError;
use crate::operations::OperationError;
use crate::read_models::ReadModelError;
use crate::store::RunError;
use crate::store::error::{CommitError, StoreError};

/// Why a request has no answer, told apart by what the client can do about it.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The request cannot be read.
    #[error("{detail}")]
    BadRequest {
        /// What is wrong.
        detail: String,
        /// The fields concerned.
        errors: Vec<FieldError>,
    },
    /// No token, or a wrong one.
    #[error("нужен заголовок «Authorization: Bearer …» с токеном, с которым запущен сервер")]
    Unauthorized,
    /// What is asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// Known address, other method.
    #[error("этот адрес не принимает такой метод; допустимые — в заголовке Allow")]
    MethodNotAllowed,
    /// The book moved under the request, or takes nothing more.
    #[error("{0}")]
    Conflict(String),
    /// The idempotency key stands for another request.
    #[error("{0}")]
    KeyReused(String),
    /// The body is too large.
    #[error(
        "тело запроса больше {} МиБ; разделите его на несколько запросов",
        super::BODY_BYTES_MAX >> 20
    )]
    TooLarge,
    /// The body is of another type.
    #[error("тело запроса должно быть JSON с заголовком «Content-Type: application/json»")]
    NotJson,
    /// The ledger understands the request and refuses it; nothing was written.
    #[error("{detail}")]
    Refused {
        /// Why.
        detail: String,
        /// The fields concerned.
        errors: Vec<FieldError>,
    },
    /// It took too long; a write may still be carried out.
    #[error("ответ не готов вовремя; повторите запрос с тем же ключом идемпотентности")]
    TooSlow,
    /// The database is away, or something else that passes.
    #[error("{detail}")]
    Unavailable {
        /// What to do.
        detail: &'static str,
        /// The reason, for the log.
        cause: Cause,
    },
    /// A defect.
    #[error("внутренняя ошибка; сообщите разработчикам её номер (incident)")]
    Internal(Cause),
}

/// A reason for the log.
pub(super) type Cause = Arc<dyn Error + Send + Sync>;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct FieldError {
    /// Path in the body, such as `readings[0].values`, or name of a parameter.
    pub(super) field: String,
    /// What is wrong.
    pub(super) detail: String,
}

impl FieldError {
    pub(super) fn new(field: impl Into<String>, detail: impl ToString) -> Self {
        Self {
            field: field.into(),
            detail: detail.to_string(),
        }
    }
}

impl Fault {
    /// A parameter of the address or the query that cannot be read.
    pub(super) fn bad_parameter(name: &str, detail: impl ToString) -> Self {
        let error = FieldError::new(name, detail);
        Self::BadRequest {
            detail: format!("параметр {name}: {}", error.detail),
            errors: vec![error],
        }
    }

    /// A refusal that concerns no single field.
    pub(super) fn refused(detail: impl ToString) -> Self {
        Self::Refused {
            detail: detail.to_string(),
            errors: Vec::new(),
        }
    }

    pub(super) fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(cause))
    }

    pub(super) fn unavailable(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable {
            detail: "база данных сейчас недоступна; повторите запрос позже",
            cause: Arc::new(cause),
        }
    }

    /// The database has another schema than this program.
    pub(super) fn not_migrated() -> Self {
        Self::Unavailable {
            detail: "схема базы данных другой версии; выполните `energokabinet migrate`",
            cause: Arc::new(NotMigrated),
        }
    }

    /// Status, code of the type and title.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadRequest { .. } => (S::BAD_REQUEST, "bad-request", "Запрос не разобран"),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "Нужен токен"),
            Self::NotFound(_) => (S::NOT_FOUND, "not-found", "Не найдено"),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Метод не подходит",
            ),
            Self::Conflict(_) => (S::CONFLICT, "conflict", "Журнал занят или закрыт"),
            Self::KeyReused(_) => (S::CONFLICT, "key-reused", "Ключ уже использован"),
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too-large", "Слишком большой запрос"),
            Self::NotJson => (S::UNSUPPORTED_MEDIA_TYPE, "not-json", "Нужен JSON"),
            Self::Refused { .. } => (S::UNPROCESSABLE_ENTITY, "refused", "Журнал отклонил запрос"),
            Self::TooSlow => (S::GATEWAY_TIMEOUT, "too-slow", "Время вышло"),
            Self::Unavailable { .. } => {
                (S::SERVICE_UNAVAILABLE, "unavailable", "Временно недоступно")
            }
            Self::Internal(_) => (S::INTERNAL_SERVER_ERROR, "internal", "Внутренняя ошибка"),
        }
    }

    fn errors(&self) -> &[FieldError] {
        match self {
            Self::BadRequest { errors, .. } | Self::Refused { errors, .. } => errors,
            _ => &[],
        }
    }

    /// What a status says that something other than a handler answered with.
    fn of_status(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::MethodNotAllowed),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            StatusCode::GATEWAY_TIMEOUT => Some(Self::TooSlow),
            _ => None,
        }
    }
}

impl IntoResponse for Fault {
    /// The status alone; [`finish`] knows the request and writes the body.
    fn into_response(self) -> Response {
        let mut response = self.kind().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The body of a problem.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<Uuid>,
}

/// The answer to an address that nobody serves.
pub(super) async fn no_such_route() -> Fault {
    Fault::NotFound("такого адреса в API нет; сверьтесь с docs/formats/api.md".to_owned())
}

/// Gives every failure its body, whoever noticed it, and keeps a panic within its request.
pub(super) async fn finish(request: Request, next: Next) -> Response {
    let instance = request.uri().path().to_owned();
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response =
        answered.unwrap_or_else(|_| Fault::internal(HandlerPanicked).into_response());
    let stated = response.extensions_mut().remove::<Fault>();
    match stated.or_else(|| Fault::of_status(response.status())) {
        Some(fault) => with_problem(response, &fault, &instance),
        None => response,
    }
}

/// The handler's reason was printed by the panic hook.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct HandlerPanicked;

/// Found by `/ready`.
#[derive(Debug, thiserror::Error)]
#[error("the migrations of this program are not all applied")]
struct NotMigrated;

fn with_problem(mut response: Response, fault: &Fault, instance: &str) -> Response {
    let (status, code, title) = fault.kind();
    let problem = Problem {
        r#type: format!("urn:energokabinet:problem:{code}"),
        title,
        status: status.as_u16(),
        detail: fault.to_string(),
        instance,
        errors: fault.errors(),
        incident: log(fault),
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = response.headers_mut();
    let allow = headers.remove(axum::http::header::ALLOW);
    headers.clear();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.extend(allow.map(|allow| (axum::http::header::ALLOW, allow)));
    match fault {
        Fault::Unauthorized => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Fault::Unavailable { .. } => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        _ => {}
    }
    *response.status_mut() = status;
    *response.body_mut() = body.into();
    response
}

/// Logs what must not leave the program, and names it.
fn log(fault: &Fault) -> Option<Uuid> {
    let (Fault::Internal(cause) | Fault::Unavailable { cause, .. }) = fault else {
        return None;
    };
    let incident = Uuid::now_v7();
    let mut reason = cause.to_string();
    let mut deeper = cause.source();
    while let Some(source) = deeper {
        reason.push_str(": ");
        reason.push_str(&source.to_string());
        deeper = source.source();
    }
    tracing::error!(%incident, %reason, "a request failed");
    Some(incident)
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Read(source) if !is_away(source) => Self::internal(error),
            StoreError::Read(_)
            | StoreError::Connect { .. }
            | StoreError::ReadInterrupted
            | StoreError::NoRandomness => Self::unavailable(error),
            StoreError::NoSuchBook(book) => Self::NotFound(format!("журнала {book} нет")),
            StoreError::NoSuchPosition { .. } | StoreError::Future(_) => Self::refused(error),
            StoreError::BadName { .. } => Self::BadRequest {
                detail: error.to_string(),
                errors: Vec::new(),
            },
            StoreError::Migrate(_)
            | StoreError::OtherKind(_)
            | StoreError::Undecodable { .. }
            | StoreError::BrokenStream { .. }
            | StoreError::Privileged { .. } => Self::internal(error),
        }
    }
}

/// Whether the database will answer again by itself.
fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Connection, resources, operator's intervention, lock not to be had.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            ["08", "53", "57", "55P03"]
                .iter()
                .any(|c| code.starts_with(c))
        }),
        _ => false,
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            CommitError::NoSuchBook(book) => StoreError::NoSuchBook(book).into(),
            CommitError::KeyReused => Self::KeyReused(error.to_string()),
            // The streams they name say nothing to a client.
            CommitError::Conflict(_)
            | CommitError::ReadMoved(_)
            | CommitError::NaturalKeyKnown(_) => Self::Conflict(
                "журнал менялся одновременно с запросом, ничего не записано; повторите".to_owned(),
            ),
            CommitError::Sealed(_) => Self::Conflict(error.to_string()),
            CommitError::NotStored => Self::unavailable(error),
            CommitError::OutcomeUnknown { .. } => Self::Unavailable {
                detail: "неизвестно, записан ли запрос: связь с базой данных прервалась; \
                         повторите его с тем же ключом идемпотентности",
                cause: Arc::new(error),
            },
            CommitError::Refused(ref source) if is_away(source) => Self::unavailable(error),
            CommitError::Refused(_) | CommitError::ForeignStream(_) => Self::internal(error),
        }
    }
}

impl From<RunError<Fault>> for Fault {
    fn from(error: RunError<Fault>) -> Self {
        match error {
            RunError::Refused(fault) => fault,
            RunError::Commit(error) => error.into(),
            RunError::Interrupted => Self::internal(RunError::<Fault>::Interrupted),
        }
    }
}

impl From<OperationError> for Fault {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Store(error) => error.into(),
            OperationError::Missing { .. } => Self::NotFound(error.to_string()),
            OperationError::Refused(detail) => Self::refused(detail),
        }
    }
}

impl From<FigureError> for Fault {
    fn from(error: FigureError) -> Self {
        match error {
            FigureError::Store(error) => error.into(),
            FigureError::Balance(error)
            | FigureError::Comparison(ComparisonError::Balance(error)) => error.into(),
            FigureError::Waterfall(error) => error.into(),
            FigureError::NoSuchHouse(_)
            | FigureError::NoSuchMeter(_)
            | FigureError::NoSuchAccount(_) => Self::NotFound(error.to_string()),
            FigureError::SeveralHouses { .. } | FigureError::SeveralAccounts { .. } => {
                Self::refused(error)
            }
            FigureError::Fold(_) | FigureError::Comparison(ComparisonError::Fold(_)) => {
                Self::internal(error)
            }
        }
    }
}

impl From<ReadModelError> for Fault {
    fn from(error: ReadModelError) -> Self {
        match error {
            ReadModelError::Store(error) => error.into(),
            ReadModelError::Tables(ref source) if is_away(source) => Self::unavailable(error),
            ReadModelError::Tables(_)
            | ReadModelError::Json(_)
            | ReadModelError::CheckpointMoved(_) => Self::internal(error),
            ReadModelError::Parked { .. } => Self::Conflict(error.to_string()),
            ReadModelError::NotReached { .. } | ReadModelError::NoReadModels(_) => {
                Self::Unavailable {
                    detail: "списки дома ещё не доведены до этой позиции; повторите запрос позже",
                    cause: Arc::new(error),
                }
            }
        }
    }
}

impl From<WaterfallError> for Fault {
    fn from(error: WaterfallError) -> Self {
        match error {
            WaterfallError::Balance(error) => error.into(),
            WaterfallError::Settlement(_) | WaterfallError::TooLarge(_) => Self::refused(error),
        }
    }
}

impl From<BalanceError> for Fault {
    fn from(error: BalanceError) -> Self {
        match error {
            BalanceError::NoScope { .. } => Self::NotFound(error.to_string()),
            BalanceError::Inexact { .. } | BalanceError::Consumption(_) => Self::refused(error),
        }
    }
}

impl From<CloseError> for Fault {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Figures(error) => error.into(),
            CloseError::Store(error) => error.into(),
            CloseError::Commit(error) => error.into(),
            CloseError::Blocked {
                period,
                ref problems,
            } => Self::Refused {
                detail: format!("период {period} нельзя закрыть: мешает {}", problems.len()),
                errors: problems.iter().map(named).collect(),
            },
            CloseError::CauseMissing {
                period,
                ref problems,
            } => Self::Refused {
                detail: format!(
                    "период {period} не закрыт: укажите причины для {}",
                    problems.len()
                ),
                errors: problems.iter().map(named).collect(),
            },
            CloseError::Unconfirmed { period, ref rules } => Self::Refused {
                detail: format!(
                    "период {period} не закрыт: никто не подтвердил правил: {}",
                    rules.len()
                ),
                errors: rules.iter().map(uncertain).collect(),
            },
            CloseError::NoSuchBatch(_) | CloseError::NotClosed(_) => {
                Self::NotFound(error.to_string())
            }
            CloseError::Parked(error) => error.into(),
            CloseError::Interrupted => Self::internal(error),
            CloseError::Settlement(_)
            | CloseError::EarlierOpen { .. }
            | CloseError::BeforeFirst { .. }
            | CloseError::NotBegun(_)
            | CloseError::Moved { .. }
            | CloseError::BillsHeld(_)
            | CloseError::BatchNotApproved(_)
            | CloseError::Refused(_)
            | CloseError::SumTooLarge(_) => Self::refused(error),
        }
    }
}

/// A problem of a settlement under the resource that it concerns.
fn named(problem: &projections::settlement::Problem) -> FieldError {
    let field = problem.resource.map_or("house", Resource::code);
    FieldError::new(field, &problem.text)
}

/// A row of the rules that nobody answers for, under its identity.
fn uncertain(row: &projections::rules::Parameter) -> FieldError {
    let text = format!("{} = {} ({})", row.name, row.value, row.clause);
    FieldError::new(row.id.as_str(), text)
}

impl From<BillError> for Fault {
    fn from(error: BillError) -> Self {
        match error {
            BillError::Figures(error) => error.into(),
            BillError::Store(error) => error.into(),
            BillError::NotBilled { .. }
            | BillError::BeforeFirst { .. }
            | BillError::NotProvided { .. } => Self::NotFound(error.to_string()),
            BillError::Settlement(_) | BillError::Sum(_) | BillError::Document(_) => {
                Self::refused(error)
            }
            BillError::Rules(_) | BillError::Text(_) | BillError::Page(_) => Self::internal(error),
        }
    }
}
