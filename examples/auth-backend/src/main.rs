//! Starts the example; see its README.

use std::{env, error::Error, path::PathBuf, time::Duration};

use auth_backend::{Memberships, router};
use platform_core_client::{Client, Companies, Replica};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str, otherwise: &str| env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let key = env::var("PLATFORM_CORE_AUTH_KEY").map_err(|_| "PLATFORM_CORE_AUTH_KEY must hold the API key of Auth")?;
    let url = variable("PLATFORM_CORE_URL", "http://127.0.0.1:8080");
    let file = PathBuf::from(variable("MEMBERSHIPS", "examples/auth-backend/memberships.json"));
    let listen = variable("LISTEN", "127.0.0.1:8090");

    let memberships = Memberships::read(&file)?;
    let client = Client::builder(url).api_key(&key).build()?;
    let companies = Companies::These(memberships.companies());
    let replica = Replica::builder(client).companies(companies).bound(Duration::from_secs(2)).start()?;
    let listener = TcpListener::bind(&listen).await?;
    println!("http://{}/auth/me/access", listener.local_addr()?);
    axum::serve(listener, router(memberships, replica)).await?;
    Ok(())
}
