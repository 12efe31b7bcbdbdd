//! A million companies, each with the package `basic` and three add-ons, the same in both databases. Company `n` has the same
//! identifier everywhere, so that the load generator needs no list.
//!
//! All hold `finance` and `market`. The third is `touring`, but for the first [`FEW`]: theirs is `ai`, so that a catalog change can be
//! timed that reaches a thousand and one that reaches a million.

mod postgres;
mod sqlite;

pub use postgres::{DATABASE, load as load_postgres, settle};
pub use sqlite::load as load_sqlite;

use crate::load::hex;

/// How many companies hold the add-on that few hold.
pub const FEW: u64 = 1000;

/// The shape of the companies below [`FEW`]: rows of one age stand by key.
pub const SHAPE_OF_FEW: &str = "a:ai@1*1 ~p:basic@1 ~a:finance@1*1 ~a:market@1*1";

/// The shape of all others.
pub const SHAPE_OF_MANY: &str = "p:basic@1 ~a:finance@1*1 ~a:market@1*1 ~a:touring@1*1";

/// Starts of all windows: 2025-01-01T00:00:00Z, in microseconds.
pub const STARTS_AT_US: i64 = 1_735_689_600_000_000;
/// Ends of all windows: 2035-01-01T00:00:00Z, in microseconds.
pub const ENDS_AT_US: i64 = 2_051_222_400_000_000;

/// The add-ons of a company.
pub fn addons_of(company: u64) -> [&'static str; 3] {
    if company < FEW { ["finance", "market", "ai"] } else { ["finance", "market", "touring"] }
}

/// The first half of a company's identifier in hexadecimal order: a permutation of 32 bits, so that neighbours in number lie far apart
/// in an index, as random identifiers do.
pub fn spread(company: u64) -> u64 {
    company.wrapping_mul(2_654_435_761) & 0xFFFF_FFFF
}

/// A company's identifier.
pub fn company_bytes(company: u64) -> [u8; 16] {
    let high = (spread(company) << 32) | 0x0000_4000;
    ((u128::from(high) << 64) | (0x8000 << 48) | u128::from(company & 0xFFFF_FFFF_FFFF)).to_be_bytes()
}

/// Writes a company's identifier as text over the 36 bytes of `to`.
pub fn company_text(company: u64, to: &mut [u8]) {
    to.copy_from_slice(b"00000000-0000-4000-8000-000000000000");
    hex(spread(company), &mut to[..8]);
    hex(company, &mut to[24..]);
}

/// A company's identifier as text.
pub fn company_id(company: u64) -> String {
    uuid::Uuid::from_bytes(company_bytes(company)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_name_the_same_company() {
        for company in [0, 1, 999_999, 12_345_678] {
            let mut text = [0; 36];
            company_text(company, &mut text);

            assert_eq!(company_id(company), String::from_utf8(text.to_vec()).unwrap());
        }
    }

    #[test]
    fn no_two_companies_share_an_identifier() {
        let ids: std::collections::BTreeSet<[u8; 16]> = (0..100_000).map(company_bytes).collect();

        assert_eq!(ids.len(), 100_000);
    }
}
