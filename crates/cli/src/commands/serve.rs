//! `platform-core serve`.

use server::{
    startup::Service,
    telemetry::{LogSink, init_logging},
};
use tokio::signal::unix::{SignalKind, signal};

use super::{block_on, configuration};
use crate::{args::Serve, output::Failed};

pub(super) fn run(args: Serve) -> Result<(), Failed> {
    let config = configuration(args.configured, args.listen)?;
    let sink = LogSink::to(std::io::stderr()).map_err(Failed::because)?;
    init_logging(sink.clone(), config.log.format, config.log.level);
    block_on(async {
        let service = Service::start(config, sink).await.map_err(Failed::because)?;
        service.run(stop_signal()?).await;
        Ok(())
    })
}

/// Completes when the process is asked to end.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>, Failed> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failed::because)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failed::because)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
