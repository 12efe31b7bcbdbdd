//! The program `platform-core`: one file a command; what each does stands in `server`.

mod args;
mod commands;
mod output;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return output::usage(&error),
    };
    output::exit_code(commands::run(args.command))
}
