//! `platform-core catalog export`.

use super::{document::format_of, place::Place, toml_text};
use crate::{
    args::{ExportCatalog, Format},
    commands::block_on,
    output::{Failed, print},
};

pub(crate) fn run(args: ExportCatalog) -> Result<(), Failed> {
    let format = args.format.or(args.file.as_deref().map(format_of)).unwrap_or(Format::Toml);
    let place = Place::of(args.place)?;
    let document = block_on(place.export())?;
    let text = match format {
        Format::Toml => toml_text::written(&document),
        Format::Json => serde_json::to_string_pretty(&document).map(|text| text + "\n"),
    };
    let text = text.map_err(Failed::because)?;
    let Some(file) = args.file else { return print(&text) };
    std::fs::write(&file, text)
        .map_err(|error| Failed::Because(format!("cannot write `{}`: {error}", file.display())))?;
    print(&format!("exported to {}\n", file.display()))
}
