//! Connections: taken, kept within limits of time and number, and ended in order.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use docre::{Error, Result};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutWriter;

use crate::{limits::Limits, routes::router, service::Service};

/// The most headers of a request, and the most bytes of its head.
const HEADERS: usize = 64;
const HEAD_BYTES: usize = 32 << 10;

/// How long connections get to hear of the end before idle ones are closed.
const FAREWELL: Duration = Duration::from_millis(300);

/// Binds an address.
///
/// # Errors
///
/// If it is none, or somebody has it.
pub async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("{address} is in use by another process; end it, or name another port")
            }
            io::ErrorKind::PermissionDenied => {
                format!("{address} may not be used; ports below 1024 are the system's")
            }
            _ => format!("{address} can't be listened at ({error}); it is HOST:PORT"),
        };
        Error::setting("address", problem)
    })
}

/// Answers requests until `end` is there. Then nothing new is taken, and every request that has
/// come is answered.
pub async fn serve(listener: TcpListener, service: Arc<Service>, end: impl Future<Output = ()>) {
    raise_open_files();
    let address = listener.local_addr().ok();
    let connections = Connections {
        router: router(&service, hosts(address)),
        graceful: GracefulShutdown::new(),
        free: Arc::new(Semaphore::new(service.limits.connections)),
        limits: service.limits.clone(),
    };
    let accept = async {
        loop {
            let permit = connections.free.clone().acquire_owned().await.expect("it stays open");
            match listener.accept().await {
                Ok((stream, _)) => connections.open(stream, permit),
                Err(error) => wait_out(&error).await,
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = end => {}
    }
    service.stop();
    connections.take_waiting(&listener).await;
    drop(listener);
    sleep(FAREWELL).await;
    connections.graceful.shutdown().await;
    let engine = tokio::task::spawn_blocking(move || service.engine.finish());
    engine.await.expect("the engine ends");
}

struct Connections {
    router: Router,
    graceful: GracefulShutdown,
    free: Arc<Semaphore>,
    limits: Limits,
}

impl Connections {
    /// Answers what comes through a connection.
    fn open(&self, stream: TcpStream, permit: OwnedSemaphorePermit) {
        // Answers are small, and whole when they are written.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(self.limits.patience));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.patience)
            .max_headers(HEADERS)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(
                TokioIo::new(Box::pin(stream)),
                TowerToHyperService::new(self.router.clone()),
            );
        let connection = self.graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(permit);
        });
    }

    /// Takes the connections that the system has made already.
    async fn take_waiting(&self, listener: &TcpListener) {
        while let Ok(permit) = self.free.clone().try_acquire_owned()
            && let Ok(Ok((stream, _))) = timeout(Duration::from_millis(1), listener.accept()).await
        {
            self.open(stream, permit);
        }
    }
}

/// Waits where the system can't give a connection: too many files are open, say.
async fn wait_out(error: &io::Error) {
    tracing::warn!(%error, "no connection can be taken");
    sleep(Duration::from_millis(50)).await;
}

/// The names by which agents may ask a service that only this machine reaches: a page of a stranger
/// could give its own name to the address. Any, of a service for others.
fn hosts(address: Option<SocketAddr>) -> Option<Vec<String>> {
    let is_own = address.is_some_and(|address| address.ip().is_loopback());
    is_own.then(|| ["localhost", "127.0.0.1", "::1"].map(String::from).into())
}

/// Lets the process have as many connections as the system allows.
fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where the system refuses, there are fewer connections.
    let _ = setrlimit(Resource::Nofile, limit);
}
