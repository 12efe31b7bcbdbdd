//! TLS: certificates from files, read again when they change.

use std::{fmt, io, path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustls::ServerConfig;
use tokio::{
    net::TcpStream,
    select,
    signal::unix::{Signal, SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{limits::TLS_RELOAD_EVERY, tls_files::Contents};
use crate::caller::PeerCertificate;

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Who shows none is not served.
    Required,
    /// Who shows none must have other credentials.
    Optional,
}

/// Where the certificates are: PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate and those in between, its own first.
    pub certificate: PathBuf,
    /// The server's private key.
    pub private_key: PathBuf,
    /// The certificates by which client certificates are judged, and whether clients must have one.
    pub clients: Option<(PathBuf, ClientCertificates)>,
}

/// What is wrong with the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    /// The file's key in the configuration, such as `certificate_file`.
    pub key: &'static str,
    /// What is wrong, without what stands in the file.
    pub message: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// The server's side of TLS.
pub struct Tls {
    files: TlsFiles,
    current: ArcSwap<ServerConfig>,
    read: Mutex<Contents>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn load(files: TlsFiles) -> Result<Self, Vec<TlsError>> {
        let contents = Contents::read(&files)?;
        let config = contents.to_config(&files)?;
        Ok(Self { files, current: ArcSwap::from_pointee(config), read: Mutex::new(contents) })
    }

    /// Reads the files again; new connections use what stands there now. Says whether anything changed.
    ///
    /// # Errors
    /// Everything that is wrong with the files; what was in use stays in use.
    pub fn reload(&self) -> Result<bool, Vec<TlsError>> {
        let mut read = self.read.lock();
        let contents = Contents::read(&self.files)?;
        if contents == *read {
            return Ok(false);
        }
        let config = contents.to_config(&self.files)?;
        self.current.store(Arc::new(config));
        *read = contents;
        Ok(true)
    }

    /// Reads the files again every minute and on SIGHUP. Never ends.
    pub(super) async fn follow(self: Arc<Self>) {
        let mut ticks = interval(TLS_RELOAD_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hang_ups = signal(SignalKind::hangup()).ok();
        let mut last = Vec::new();
        loop {
            select! {
                _ = ticks.tick() => (),
                () = hang_up(&mut hang_ups) => (),
            }
            let tls = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || tls.reload()).await {
                Ok(Ok(changed)) => {
                    if changed {
                        tracing::info!("the certificates were read again");
                    }
                    last.clear();
                }
                Ok(Err(errors)) => {
                    if errors != last {
                        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                        tracing::error!(
                            errors = errors.join("; "),
                            "changed certificates are of no use, the old ones stay"
                        );
                    }
                    last = errors;
                }
                Err(error) => tracing::error!(%error, "the certificates could not be read again"),
            }
        }
    }

    pub(super) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Option<PeerCertificate>)> {
        let stream = TlsAcceptor::from(self.current.load_full()).accept(stream).await?;
        let (_, session) = stream.get_ref();
        let own = session.peer_certificates().and_then(<[_]>::first).cloned();
        Ok((stream, own.map(PeerCertificate::verified)))
    }
}

async fn hang_up(signals: &mut Option<Signal>) {
    match signals {
        Some(signals) => drop(signals.recv().await),
        None => std::future::pending().await,
    }
}
