//! The last answers, by company, for `If-None-Match`.

use std::{mem, sync::Arc};

use api::response::EntitlementsView;
use hashbrown::HashMap;
use parking_lot::Mutex;
use uuid::Uuid;

/// The answers of a bounded number of companies. Those asked for most recently stay.
#[derive(Debug)]
pub(crate) struct Remembered {
    /// Of either half.
    most: usize,
    halves: Mutex<Halves>,
}

/// What was asked for lately, and what was asked for before that: when the first is full it becomes the second, which is forgotten.
#[derive(Debug, Default)]
struct Halves {
    /// How often everything was forgotten.
    life: u64,
    recent: HashMap<Uuid, Arc<EntitlementsView>>,
    before: HashMap<Uuid, Arc<EntitlementsView>>,
}

impl Remembered {
    pub(crate) fn of(most: usize) -> Self {
        Self { most: most.div_ceil(2), halves: Mutex::default() }
    }

    pub(crate) fn get(&self, company: Uuid) -> Option<Arc<EntitlementsView>> {
        let halves = self.halves.lock();
        halves.recent.get(&company).or_else(|| halves.before.get(&company)).map(Arc::clone)
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        let mut halves = self.halves.lock();
        halves.life += 1;
        halves.recent.clear();
        halves.before.clear();
    }

    /// Which answers may be kept now: one that was asked for before everything was forgotten is not.
    pub(crate) fn life(&self) -> u64 {
        self.halves.lock().life
    }

    pub(crate) fn put(&self, company: Uuid, view: &Arc<EntitlementsView>, life: u64) {
        let mut halves = self.halves.lock();
        if self.most == 0 || halves.life != life {
            return;
        }
        if halves.recent.len() >= self.most && !halves.recent.contains_key(&company) {
            halves.before = mem::take(&mut halves.recent);
        }
        halves.recent.insert(company, Arc::clone(view));
    }
}
