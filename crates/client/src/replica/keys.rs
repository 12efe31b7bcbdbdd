//! Sets of keys that many companies have in common, held once: so what a check looks at is near, and costs no memory for each company.

use std::{collections::HashSet, sync::Arc};

use parking_lot::Mutex;

/// So many sets are shared; then it begins anew, and who has one keeps it.
const MOST_SETS: usize = 4_096;

/// Keys in their order.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Keys(Box<[Box<str>]>);

impl Keys {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(key)).is_ok()
    }
}

/// The sets of a replica.
#[derive(Debug, Default)]
pub(crate) struct Sets(Mutex<HashSet<Arc<Keys>>>);

impl Sets {
    /// The set of these keys.
    pub(crate) fn shared<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Arc<Keys> {
        let mut keys: Box<[Box<str>]> = keys.map(Box::from).collect();
        keys.sort_unstable();
        let keys = Keys(keys);
        let mut sets = self.0.lock();
        if let Some(known) = sets.get(&keys) {
            return Arc::clone(known);
        }
        if sets.len() >= MOST_SETS {
            sets.clear();
        }
        let keys = Arc::new(keys);
        sets.insert(Arc::clone(&keys));
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_set_is_held_once_and_no_more_sets_than_the_limit() {
        let sets = Sets::default();
        let one = sets.shared(["b", "a"].into_iter());
        assert!(Arc::ptr_eq(&one, &sets.shared(["a", "b"].into_iter())) && one.has("a") && !one.has("c"));

        for number in 0..2 * MOST_SETS {
            let key = number.to_string();
            assert!(sets.shared([key.as_str()].into_iter()).has(&key));
        }

        assert!(sets.0.lock().len() <= MOST_SETS && one.has("b"));
    }
}
