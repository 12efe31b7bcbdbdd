//! A way to a server that can be cut.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// Passes bytes on to a server, until it is cut: then connections stand, new ones are taken, and nothing passes.
pub(crate) struct Proxy {
    address: SocketAddr,
    gate: Arc<Gate>,
    server: Arc<Mutex<SocketAddr>>,
}

#[derive(Default)]
struct Gate {
    is_cut: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn set(&self, is_cut: bool) {
        *self.is_cut.lock().unwrap() = is_cut;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let is_cut = self.is_cut.lock().unwrap();
        drop(self.changed.wait_while(is_cut, |is_cut| *is_cut).unwrap());
    }
}

impl Proxy {
    /// A way to a server on this machine. Its threads end with the test.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Arc::new(Gate::default());
        let server = Arc::new(Mutex::new(server));
        let (of_listener, leads_to) = (Arc::clone(&gate), Arc::clone(&server));
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let (gate, leads_to) = (Arc::clone(&of_listener), Arc::clone(&leads_to));
                thread::spawn(move || {
                    gate.pass();
                    let server = *leads_to.lock().unwrap();
                    // A client that finds no server finds its connection closed.
                    let _ = forward(near, server, &gate);
                });
            }
        });
        Self { address, gate, server }
    }

    /// From now on new connections lead to another server.
    pub(crate) fn turn_to(&self, server: SocketAddr) {
        *self.server.lock().unwrap() = server;
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing passes.
    pub(crate) fn cut(&self) {
        self.gate.set(true);
    }

    /// Everything passes again, what was held back included.
    pub(crate) fn mend(&self) {
        self.gate.set(false);
    }
}

fn forward(near: TcpStream, server: SocketAddr, gate: &Arc<Gate>) -> io::Result<()> {
    let far = TcpStream::connect(server)?;
    let (near_back, far_back, gate_back) = (near.try_clone()?, far.try_clone()?, Arc::clone(gate));
    thread::spawn(move || copy(far_back, near_back, &gate_back));
    copy(near, far, gate);
    Ok(())
}

/// Copies until either side ends.
fn copy(mut from: TcpStream, mut to: TcpStream, gate: &Gate) {
    let mut bytes = [0; 16_384];
    loop {
        let count = from.read(&mut bytes).unwrap_or(0);
        gate.pass();
        if count == 0 || to.write_all(&bytes[..count]).is_err() {
            // The other direction ends by this too.
            let _ = to.shutdown(std::net::Shutdown::Both);
            let _ = from.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}
