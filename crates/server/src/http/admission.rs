//! Admission: so many requests at once, so many waiting, and the rest are told to come back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;

/// Lets requests in.
pub struct Admission {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    max_waiting: usize,
    max_wait: Duration,
}

impl Admission {
    /// Admission within the limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.requests_in_flight)),
            waiting: AtomicUsize::new(0),
            max_waiting: limits.requests_waiting,
            max_wait: limits.wait,
        }
    }

    /// A place, at once or after a bounded wait in a bounded queue; `None` when there is too much to do.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let waiting = Waiting::join(&self.waiting);
        if waiting.before >= self.max_waiting {
            return None;
        }
        tokio::time::timeout(self.max_wait, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
    }
}

/// A place in the queue, given up when dropped.
struct Waiting<'a> {
    queue: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn join(queue: &'a AtomicUsize) -> Self {
        Self { queue, before: queue.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn beyond_places_and_queue_a_request_is_turned_away() {
        let admission = Admission {
            places: Arc::new(Semaphore::new(1)),
            waiting: AtomicUsize::new(0),
            max_waiting: 1,
            max_wait: Duration::from_millis(5),
        };
        let place = admission.enter().await.unwrap();

        let (waited, turned_away) = tokio::join!(admission.enter(), admission.enter());
        assert!(waited.is_none() && turned_away.is_none());

        drop(place);
        assert!(admission.enter().await.is_some());
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }
}
