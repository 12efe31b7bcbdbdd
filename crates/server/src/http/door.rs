//! What is refused before anybody looks at what is asked for.

use api::ErrorCode;
use http::{Request, Version, header};

use super::Problem;
use crate::listener::ConnectionInfo;

/// What is answered on connections beyond the limit.
const PROBES: [&str; 2] = ["/health", "/ready"];

/// Why a request is not looked at, if it is not: it does not name one host (RFC 9112 §3.2), or it came on a connection beyond the limit and is
/// no probe.
pub fn turned_away<B>(request: &Request<B>, connection: &ConnectionInfo) -> Option<Problem> {
    if connection.is_reserved() && !PROBES.contains(&request.uri().path()) {
        return Some(Problem::unavailable("too many connections"));
    }
    of_host(request)
}

/// What is wrong with how a request names its host, if anything is.
pub fn of_host<B>(request: &Request<B>) -> Option<Problem> {
    let version = request.version();
    if version >= Version::HTTP_2 {
        return None;
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let message = match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::HTTP_11 => "a request of HTTP/1.1 must name its host: send a `Host` header",
        (_, None) => return None,
        (_, Some(_)) => "a request must name one host: send one `Host` header",
    };
    Some(Problem::new(ErrorCode::ValidationError, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_http_1_1_names_its_host_once() {
        let of = |version, hosts: usize| {
            let mut request = Request::get("/health").version(version);
            for _ in 0..hosts {
                request = request.header(header::HOST, "x");
            }
            of_host(&request.body(()).unwrap()).is_some()
        };

        assert!(of(Version::HTTP_11, 0) && of(Version::HTTP_11, 2) && of(Version::HTTP_10, 2));
        assert!(!of(Version::HTTP_11, 1) && !of(Version::HTTP_10, 0) && !of(Version::HTTP_2, 0));
    }
}
