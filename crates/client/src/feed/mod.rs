//! The change feed, as a replica follows it.

mod events;

use std::time::Duration;

use api::Instant;
pub(crate) use api::response::FeedChangeView;
pub(crate) use events::{Event, Events};
use reqwest::{Response, header::HeaderName};
use serde::Deserialize;
use uuid::Uuid;

use crate::{CallError, Client, Read, reads::asked};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The present place in the feed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeedEnd {
    pub(crate) cursor: String,
    /// The database's time as of which everything committed lies before the cursor.
    pub(crate) as_of: Option<Instant>,
}

/// A page of all companies; what else the list tells of them is not read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CompanyPage {
    pub(crate) companies: Vec<ListedCompany>,
    pub(crate) next_cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedCompany {
    pub(crate) company_id: Uuid,
}

/// How many companies of the list are asked for at once: the most that the service gives.
const LIST_PAGE: u32 = 500;

impl Client {
    /// Where the feed ends now.
    pub(crate) async fn feed_end(&self) -> Result<FeedEnd, CallError> {
        let mut ask = asked("changes", &["changes"], &Read::new())?;
        ask.query = vec![("after", "now".to_owned()), ("limit", "1".to_owned())];
        self.get(ask).await
    }

    /// Opens the stream of everything after a place.
    pub(crate) async fn feed_after(&self, cursor: &str) -> Result<Response, (CallError, Option<Duration>)> {
        let opened = asked("changes", &["changes"], &Read::new());
        let mut ask = opened.map_err(|error| (error, None))?;
        ask.header(LAST_EVENT_ID, cursor).map_err(|error| (error, None))?;
        self.open_stream(ask).await
    }

    /// A page of all companies.
    pub(crate) async fn company_page(&self, cursor: Option<&str>) -> Result<CompanyPage, CallError> {
        let mut ask = asked("companies", &["companies"], &Read::new())?;
        ask.query.push(("limit", LIST_PAGE.to_string()));
        ask.query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        self.get(ask).await
    }
}
