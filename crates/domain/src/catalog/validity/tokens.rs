//! Package keys that say what passes: a price, a campaign, a version, a region. Keys stay for ever (requirements 002 §4.3).

use super::{Catalog, is_live, subject};
use crate::{Breach, ItemKind};

/// Currency codes that are taken for one wherever they stand: the most traded ones, and those of Southeast Asia.
const CURRENCIES: [&str; 31] = [
    "usd", "eur", "gbp", "jpy", "cny", "rmb", "idr", "sgd", "myr", "thb", "php", "vnd", "inr", "aud", "nzd", "chf",
    "hkd", "krw", "twd", "brl", "mxn", "sek", "nok", "dkk", "pln", "czk", "huf", "ron", "aed", "sar", "zar",
];

/// Currency codes that are words or abbreviations as well, and so are taken for a currency only beside digits.
const WORDLIKE_CURRENCIES: [&str; 6] = ["cad", "try", "all", "top", "rub", "ars"];

/// Words of campaigns: what is sold this way for a while. `sales` and `trial` are left out, for they also name products.
const CAMPAIGNS: [&str; 63] = [
    "promo",
    "promos",
    "promotion",
    "promotions",
    "promotional",
    "sale",
    "discount",
    "discounts",
    "discounted",
    "deal",
    "deals",
    "offer",
    "offers",
    "special",
    "specials",
    "campaign",
    "campaigns",
    "coupon",
    "coupons",
    "voucher",
    "launch",
    "bargain",
    "earlybird",
    "blackfriday",
    "cybermonday",
    "christmas",
    "xmas",
    "easter",
    "newyear",
    "ramadan",
    "spring",
    "summer",
    "autumn",
    "fall",
    "winter",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "q1",
    "q2",
    "q3",
    "q4",
];

/// Regions and countries. Codes that are common words (`in`, `is`, `it`, `me`, `my`, `no`) are left out.
const REGIONS: [&str; 47] = [
    "apac",
    "emea",
    "latam",
    "mena",
    "anz",
    "asean",
    "dach",
    "nordics",
    "benelux",
    "amer",
    "global",
    "worldwide",
    "asia",
    "europe",
    "africa",
    "america",
    "americas",
    "oceania",
    "eu",
    "us",
    "usa",
    "uk",
    "gb",
    "uae",
    "sg",
    "au",
    "nz",
    "jp",
    "kr",
    "cn",
    "hk",
    "tw",
    "th",
    "vn",
    "ph",
    "de",
    "fr",
    "es",
    "nl",
    "pl",
    "br",
    "mx",
    "za",
    "ae",
    "sa",
    "singapore",
    "indonesia",
];

/// What stands before the number of a version.
const VERSION_MARKS: [&str; 4] = ["v", "ver", "version", "rev"];

/// Tells of every token of a package key that will not stay true.
pub(super) fn check(catalog: &Catalog, breaches: &mut Vec<Breach>) {
    for package in catalog.items(ItemKind::Package).filter(|package| is_live(package)) {
        for (token, what) in faults(package.key.as_str()) {
            let message = format!(
                "package key `{}` carries {what} in `{token}`; a key stays for ever, so leave it out: prices and campaigns are \
                 the billing provider's, versions are revisions",
                package.key
            );
            breaches.push(Breach::of_entry(subject(package), "key", "requirements 002 §4.3", message));
        }
    }
}

/// The tokens of a key that say what passes, each with what it says.
fn faults(key: &str) -> Vec<(String, &'static str)> {
    let tokens: Vec<&str> = key.split(['-', '_']).collect();
    let alone = tokens.iter().filter_map(|token| Some(((*token).to_owned(), fault(token)?)));
    // Written apart, such as `black-friday`.
    let joined = tokens.windows(2).map(<[&str]>::concat);
    let joined = joined.filter(|pair| CAMPAIGNS.contains(&pair.as_str())).map(|pair| (pair, "a campaign"));
    alone.chain(joined).collect()
}

fn fault(token: &str) -> Option<&'static str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = token.len() == 4 && is_number(token) && (token.starts_with("19") || token.starts_with("20"));
    let is_version = VERSION_MARKS.iter().any(|mark| token.strip_prefix(mark).is_some_and(is_number));
    let mut currencies = CURRENCIES.iter().chain(&WORDLIKE_CURRENCIES);
    let is_amount = currencies
        .any(|code| token.strip_prefix(code).is_some_and(is_number) || token.strip_suffix(code).is_some_and(is_number));
    if is_year || is_version {
        Some("a version")
    } else if is_number(token) || is_amount || CURRENCIES.contains(&token) {
        Some("a price")
    } else if CAMPAIGNS.contains(&token) {
        Some("a campaign")
    } else if REGIONS.contains(&token) {
        Some("a region")
    } else {
        None
    }
}
