//! Every order in which fills of a company, and the hearing of writes to it by others, can meet.

use domain::{CompanyId, Standing, Timestamp, Uuid};

use super::companies::{CompanyCache, Ticket};

/// The steps of one who fills: takes a ticket, reads the database, stores what was read.
const FILL: usize = 3;

/// The steps of a write by another node: it is committed, and it is heard of here.
const WRITE: usize = 2;

/// What happens: two fills, and two writes one after the other.
const STEPS: [usize; 3] = [FILL, FILL, 2 * WRITE];

fn company() -> CompanyId {
    CompanyId::new(Uuid::from_u128(7)).unwrap()
}

fn standing(write_seq: u64) -> Standing {
    let (company_id, last_write_at) = (company(), Timestamp::MIN);
    Standing { company_id, write_seq, version_base: 1, last_write_at, terms: Vec::new(), grants: Vec::new() }
}

/// The database, the cache, and what must be known by now.
struct World {
    cache: CompanyCache,
    stored: u64,
    due: u64,
    fills: [(Option<Ticket>, u64); 2],
}

impl World {
    fn new() -> Self {
        Self { cache: CompanyCache::new(1 << 20), stored: 1, due: 0, fills: [(None, 0); 2] }
    }

    /// The next step of one of them, who has made so many.
    fn step(&mut self, who: usize, made: usize) {
        match (who, made) {
            (2, made) if made % WRITE == 0 => self.stored += 1,
            (2, _) => {
                self.cache.written_elsewhere(company(), self.stored);
                self.due = self.due.max(self.stored);
            }
            (filler, 0) => self.fills[filler].0 = Some(self.cache.known(company()).1),
            (filler, 1) => self.fills[filler].1 = self.stored,
            (filler, _) => {
                let (ticket, read) = self.fills[filler];
                self.cache.fill(ticket.unwrap(), &standing(read), 1, None);
                // Whoever filled was answered that; nobody is answered anything older from now on.
                self.due = self.due.max(read);
            }
        }
    }

    fn check(&self, order: &[usize]) {
        if let (Some(known), _) = self.cache.known(company()) {
            assert!(known >= self.due, "{order:?}: holds write {known} when {} is due", self.due);
        }
    }
}

/// Goes on from an order in every way there is; gives how many orders there are.
fn every_order(order: &mut Vec<usize>) -> u64 {
    let made = |who: usize, order: &[usize]| order.iter().filter(|step| **step == who).count();
    let mut orders = 0;
    for (who, steps) in STEPS.into_iter().enumerate() {
        if made(who, order) == steps {
            continue;
        }
        order.push(who);
        let mut world = World::new();
        for (index, who) in order.iter().enumerate() {
            world.step(*who, made(*who, &order[..index]));
            world.check(&order[..=index]);
        }
        orders += if order.len() == STEPS.iter().sum::<usize>() { 1 } else { every_order(order) };
        order.pop();
    }
    orders
}

#[test]
fn in_no_order_does_a_fill_bring_back_what_was_before_a_write_that_was_heard_of() {
    // 10! / (3! · 3! · 4!).
    assert_eq!(every_order(&mut Vec::new()), 4_200);
}
