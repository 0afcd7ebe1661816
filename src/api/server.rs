//! Listening: on a socket, or on loopback with a token.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::net::{TcpListener, UnixListener, UnixSocket, UnixStream};
use tokio::sync::oneshot;

use crate::api::{Token, router};
use crate::proof::key::Signer;
use crate::read_models::Runner;
use crate::store::error::StoreError;
use crate::store::{Ledger, guard};

/// Connections that may wait to be taken.
const BACKLOG: u32 = 1024;

/// How long open requests may still run after the server was told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// On a Unix socket that only the account of the program may open.
    Socket(PathBuf),
    /// On this port of 127.0.0.1, with a token; 0 takes a free one.
    Loopback(u16),
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Socket(PathBuf),
    /// An address of loopback.
    Loopback(SocketAddr),
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The database cannot be asked, or the program has too many rights in it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Loopback is open to every account of the machine.
    #[error("на 127.0.0.1 сервер работает только с токеном; задайте токен или слушайте сокет")]
    TokenNeeded,
    /// Somebody answers on the socket already.
    #[error(
        "на сокете {} уже отвечает сервер; остановите его или выберите другой путь",
        .0.display()
    )]
    SocketInUse(PathBuf),
    /// Something else lies where the socket should be.
    #[error("{} — не сокет; удалите файл сами или выберите другой путь", .0.display())]
    NotASocket(PathBuf),
    /// The operating system refuses the place.
    #[error("не удалось слушать {place}; проверьте путь, права и что порт свободен")]
    Listen {
        /// Path or address.
        place: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The server broke off.
    #[error("сервер прервался")]
    Serve(#[source] std::io::Error),
}

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: BoundListener,
    endpoint: Endpoint,
    ledger: Ledger,
    token: Option<Token>,
    signer: Option<Signer>,
    runner: Runner,
}

#[derive(Debug)]
enum BoundListener {
    Socket(UnixListener, SocketFile),
    Loopback(TcpListener),
}

/// Serves `ledger` until `stop` is ready, then lets open requests end.
///
/// # Errors
/// See [`Server::bind`] and [`Server::run`].
pub async fn serve(
    ledger: Ledger,
    listen: Listen,
    token: Option<Token>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ApiError> {
    Server::bind(ledger, listen, token).await?.run(stop).await
}

impl Server {
    /// Checks that the program may serve `ledger` and takes its place.
    ///
    /// # Errors
    /// [`ApiError::Store`] when the program's role could go past the guards of the ledger,
    /// [`ApiError::TokenNeeded`], or the place cannot be had.
    pub async fn bind(
        ledger: Ledger,
        listen: Listen,
        token: Option<Token>,
    ) -> Result<Self, ApiError> {
        guard::assert_not_privileged(ledger.pool()).await?;
        let (listener, endpoint) = match listen {
            Listen::Socket(path) => {
                let (listener, file) = bind_socket(&path).await?;
                let endpoint = Endpoint::Socket(path);
                (BoundListener::Socket(listener, file), endpoint)
            }
            Listen::Loopback(_) if token.is_none() => return Err(ApiError::TokenNeeded),
            Listen::Loopback(port) => {
                let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                let refused = |source| ApiError::Listen {
                    place: wanted.to_string(),
                    source,
                };
                let listener = TcpListener::bind(wanted).await.map_err(refused)?;
                let address = listener.local_addr().map_err(refused)?;
                (
                    BoundListener::Loopback(listener),
                    Endpoint::Loopback(address),
                )
            }
        };
        Ok(Self {
            listener,
            endpoint,
            runner: Runner::new(ledger.clone()),
            ledger,
            token,
            signer: None,
        })
    }

    /// The same server, which also makes checkpoints.
    #[must_use]
    pub fn signing(self, signer: Signer) -> Self {
        Self {
            signer: Some(signer),
            ..self
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Answers until `stop` is ready, and brings read models up to date meanwhile; then takes no
    /// more connections and gives open requests some seconds to end. A write that was begun ends
    /// even after that, as long as the program runs.
    ///
    /// # Errors
    /// [`ApiError::Serve`].
    pub async fn run(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ApiError> {
        tracing::info!(endpoint = ?self.endpoint, "serving");
        let (answered, following) = oneshot::channel::<()>();
        let runner = self.runner;
        let followed = tokio::spawn(async move {
            // The sender goes with this function, however it ends.
            runner
                .follow(async { following.await.unwrap_or_default() })
                .await;
        });
        let router = router(self.ledger, self.token, self.signer);
        let served = match self.listener {
            BoundListener::Loopback(listener) => answer(listener, router, stop).await,
            BoundListener::Socket(listener, file) => {
                let served = answer(listener, router, stop).await;
                drop(file);
                served
            }
        };
        drop(answered);
        // What it was cut off from is undone and taken in by the next program.
        followed.await.ok();
        served
    }
}

async fn answer<L>(
    listener: L,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ApiError>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let (told, stopping) = oneshot::channel();
    let stop = async move {
        stop.await;
        // Nobody listens any more where the server has ended by itself.
        told.send(()).ok();
    };
    let grace = async move {
        if stopping.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(GRACE).await;
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop);
    tokio::select! {
        served = serving.into_future() => served.map_err(ApiError::Serve),
        () = grace => {
            tracing::warn!("requests still open after {GRACE:?} were cut off");
            Ok(())
        }
    }
}

/// Binds a socket that only this account can open, from its first moment on.
async fn bind_socket(path: &Path) -> Result<(UnixListener, SocketFile), ApiError> {
    let refused = |source| ApiError::Listen {
        place: path.display().to_string(),
        source,
    };
    remove_stale(path).await?;
    let socket = UnixSocket::new_stream().map_err(refused)?;
    socket.bind(path).map_err(refused)?;
    let file = SocketFile::of(path).map_err(refused)?;
    // Nobody can connect before `listen`, so nobody slips in under the rights of the umask.
    let owner_only = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, owner_only).map_err(refused)?;
    let listener = socket.listen(BACKLOG).map_err(refused)?;
    Ok((listener, file))
}

/// Removes the socket of a server that was killed; one that answers is left alone.
async fn remove_stale(path: &Path) -> Result<(), ApiError> {
    let refused = |source| ApiError::Listen {
        place: path.display().to_string(),
        source,
    };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(refused(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(ApiError::NotASocket(path.to_owned()));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Ok(_) => Err(ApiError::SocketInUse(path.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(refused)
        }
        Err(error) => Err(refused(error)),
    }
}

/// The file of a socket, removed with the value as long as it is still the same file.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path)?,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            // A file that stays behind is found to be stale by the next server.
            std::fs::remove_file(&self.path).ok();
        }
    }
}

fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    let metadata = std::fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
