//! The keys of items, each kept once in the process: a cached company holds a number for each of its rows instead of the text.
//!
//! Nothing is ever taken out. Keys of items are never given away again, and there are only as many as the catalog ever had.

use std::sync::LazyLock;

use domain::ItemKey;
use hashbrown::HashMap;
use parking_lot::RwLock;

static NAMES: LazyLock<RwLock<Names>> = LazyLock::new(RwLock::default);

#[derive(Default)]
struct Names {
    numbers: HashMap<ItemKey, u32>,
    keys: Vec<ItemKey>,
}

/// The number of a key; the first time, the next free one.
pub(super) fn number(key: &ItemKey) -> u32 {
    if let Some(number) = NAMES.read().numbers.get(key) {
        return *number;
    }
    let mut names = NAMES.write();
    let next = u32::try_from(names.keys.len()).unwrap_or(u32::MAX);
    let number = *names.numbers.entry(key.clone()).or_insert(next);
    if number == next {
        names.keys.push(key.clone());
    }
    number
}

/// The key of a number, if any has it.
pub(super) fn key(number: u32) -> Option<ItemKey> {
    NAMES.read().keys.get(usize::try_from(number).ok()?).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_number_whoever_asks_first() {
        let keys: Vec<ItemKey> = (0..200).map(|n| ItemKey::parse(&format!("key-{n}")).unwrap()).collect();
        let numbers: Vec<Vec<u32>> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| keys.iter().map(number).collect::<Vec<u32>>())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });

        assert!(numbers.iter().all(|of_a_thread| of_a_thread == &numbers[0]));
        for (of, known) in numbers[0].iter().zip(&keys) {
            assert_eq!(key(*of).as_ref(), Some(known));
        }
        assert_eq!(key(u32::MAX), None);
    }
}
