//! Listening: each site on a port of its own.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::access::{People, Site};
use crate::proof::key::Signer;
use crate::sites::house::Houses;
use crate::sites::origin::Origin;
use crate::sites::{Front, router};
use crate::store::error::StoreError;
use crate::store::guard;

/// How long open requests may still run after the sites were told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Where one site listens and how people reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where the program listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address in the browser, such as `https://uk.example.ru`; that of `listen` where nothing
    /// is said.
    pub origin: Option<String>,
}

impl Address {
    /// A port of this machine.
    pub fn loopback(port: u16) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            origin: None,
        }
    }
}

/// Both sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The staff's.
    pub staff: Address,
    /// The residents'.
    pub residents: Address,
}

/// Why a site does not run.
#[derive(Debug, thiserror::Error)]
pub enum SitesError {
    /// The database cannot be asked, or the program has too many rights in it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address in the browser is none.
    #[error(
        "«{0}» не годится как адрес сайта: нужен https://узел (или http:// только для этой машины)"
    )]
    BadOrigin(String),
    /// Passwords must not travel in the open.
    #[error("сайт на {0} виден из сети: задайте его адрес https:// или слушайте 127.0.0.1")]
    OpenNet(SocketAddr),
    /// The operating system refuses the place.
    #[error("не удалось слушать {place}; проверьте, что порт свободен")]
    Listen {
        /// Where.
        place: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A site broke off.
    #[error("сайт прервался")]
    Serve(#[source] std::io::Error),
}

/// Both sites, listening and not yet answering.
#[derive(Debug)]
pub struct Sites {
    staff: Bound,
    residents: Bound,
}

#[derive(Debug)]
struct Bound {
    listener: TcpListener,
    router: Router,
    origin: Origin,
}

impl Sites {
    /// Checks that the program may serve and takes both places. With a `signer` receipts are proved
    /// at once, without one by the checkpoints that others make.
    ///
    /// # Errors
    /// [`SitesError`].
    pub async fn bind(
        people: People,
        signer: Option<Signer>,
        addresses: &Addresses,
    ) -> Result<Self, SitesError> {
        guard::assert_not_privileged(people.ledger().pool()).await?;
        let houses = Arc::new(Houses::new(people.ledger().clone()));
        let shared = (houses, signer);
        let (staff, residents) = (&addresses.staff, &addresses.residents);
        Ok(Self {
            staff: bind(Site::Staff, &people, &shared, staff).await?,
            residents: bind(Site::Residents, &people, &shared, residents).await?,
        })
    }

    /// The staff site's address in the browser.
    pub fn staff_origin(&self) -> &str {
        self.staff.origin.as_str()
    }

    /// The residents' site's address in the browser.
    pub fn residents_origin(&self) -> &str {
        self.residents.origin.as_str()
    }

    /// Answers until `stop` is ready, then gives open requests some seconds to end.
    ///
    /// # Errors
    /// [`SitesError::Serve`].
    pub async fn run(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), SitesError> {
        let (told, stopping) = watch::channel(());
        tokio::spawn(async move {
            stop.await;
            // Nobody listens any more where both sites have ended by themselves.
            told.send(()).ok();
        });
        let staff = serve(self.staff, stopping.clone());
        let residents = serve(self.residents, stopping);
        tokio::try_join!(staff, residents)?;
        Ok(())
    }
}

async fn bind(
    site: Site,
    people: &People,
    shared: &(Arc<Houses>, Option<Signer>),
    address: &Address,
) -> Result<Bound, SitesError> {
    let refused = |source| SitesError::Listen {
        place: address.listen,
        source,
    };
    let listener = TcpListener::bind(address.listen).await.map_err(refused)?;
    let place = listener.local_addr().map_err(refused)?;
    let told = match &address.origin {
        Some(told) => told.clone(),
        None if !is_here(place.ip()) => return Err(SitesError::OpenNet(place)),
        None => format!("http://{place}"),
    };
    let origin = Origin::parse(&told).ok_or(SitesError::BadOrigin(told))?;
    if !origin.is_secure() && !is_here(place.ip()) {
        return Err(SitesError::OpenNet(place));
    }
    let front = Front::new(site, people.clone(), origin.clone(), shared.clone());
    Ok(Bound {
        listener,
        router: router(front),
        origin,
    })
}

fn is_here(address: IpAddr) -> bool {
    address.is_loopback()
}

async fn serve(bound: Bound, mut stopping: watch::Receiver<()>) -> Result<(), SitesError> {
    tracing::info!(origin = bound.origin.as_str(), "serving a site");
    let mut told = stopping.clone();
    let stop = async move {
        told.changed().await.ok();
    };
    let service = bound
        .router
        .into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(bound.listener, service).with_graceful_shutdown(stop);
    let grace = async move {
        stopping.changed().await.ok();
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => served.map_err(SitesError::Serve),
        () = grace => Ok(()),
    }
}
