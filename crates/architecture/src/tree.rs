//! The repository, read whole.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{Finding, Outline, Token, tokens::tokens_of};

/// Folders that are made, not written.
const MADE: [&str; 8] = [".git", ".sqlx", "target", ".venv", "data", "node_modules", "dist", "__pycache__"];

/// A text file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path, relative to the root, with `/`.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

impl File {
    /// The last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether its name ends in a dot and the given text.
    pub fn has_extension(&self, extension: &str) -> bool {
        self.name().strip_suffix(extension).is_some_and(|stem| stem.ends_with('.'))
    }
}

/// A Rust file, read and understood.
#[derive(Clone, Debug)]
pub struct Rust {
    /// The file.
    pub file: File,
    /// What it declares.
    pub outline: Outline,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Whether it is a module that only tests have.
    is_test_module: bool,
}

impl Rust {
    /// Understands a Rust file.
    ///
    /// # Errors
    /// A [`Finding`] when the text is not Rust.
    pub fn read(file: File) -> Result<Self, Finding> {
        let outline =
            Outline::of(&file.text).map_err(|error| Finding::of(&file.path, format!("is not Rust: {error}")))?;
        let tokens = tokens_of(&file.text);
        Ok(Self { file, outline, tokens, is_test_module: false })
    }

    /// The crate that it belongs to, by folder.
    pub fn room(&self) -> &str {
        let path = self.file.path.strip_prefix("crates/").unwrap_or(&self.file.path);
        path.split('/').next().unwrap_or_default()
    }

    /// Whether it is never shipped: tests, benchmarks, the house rules, and what only tests use.
    pub fn is_test_file(&self) -> bool {
        let path = &self.file.path;
        let unshipped_room = ["architecture", "bench", "throwaway"].contains(&self.room());
        let unshipped_path =
            ["/tests/", "/benches/", "/examples/", "/conformance/", "/tests.rs"].iter().any(|part| path.contains(part));
        unshipped_room || unshipped_path || self.is_test_module
    }

    /// Whether one of the three lines above a line, or above the function around it, expects a lint and gives the reason.
    pub fn is_reasoned(&self, line: usize, expected: &str) -> bool {
        let function = self.outline.function_at(line).map_or(line, |function| *function.lines.start());
        let above = |line: usize| line.saturating_sub(4)..line;
        let expects = |text: &str| text.contains("expect(") && text.contains(expected);
        let lines: Vec<&str> = self.file.text.lines().collect();
        [line, function].into_iter().flat_map(above).filter_map(|index| lines.get(index)).any(|text| expects(text))
    }

    /// Whether a line is never shipped.
    pub fn is_test(&self, line: usize) -> bool {
        self.is_test_file() || self.outline.is_test(line)
    }
}

/// The repository.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Every text file that is written by people, by path.
    pub files: Vec<File>,
    /// The Rust files among them.
    pub rust: Vec<Rust>,
}

impl Tree {
    /// Reads the repository that this crate is part of.
    ///
    /// # Errors
    /// [`Finding`]s for Rust files that are not Rust.
    pub fn read() -> Result<Self, Vec<Finding>> {
        let mut files = Vec::new();
        collect(&root(), "", &mut files);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Self::of(files)
    }

    /// A tree of the given files.
    ///
    /// # Errors
    /// [`Finding`]s for Rust files that are not Rust.
    pub fn of(files: Vec<File>) -> Result<Self, Vec<Finding>> {
        let read = files.iter().filter(|file| file.has_extension("rs")).map(|file| Rust::read(file.clone()));
        let (rust, broken): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        let broken: Vec<Finding> = broken.into_iter().filter_map(Result::err).collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let mut rust: Vec<Rust> = rust.into_iter().flatten().collect();
        let test_modules: BTreeSet<String> = rust.iter().flat_map(test_modules).collect();
        for file in &mut rust {
            file.is_test_module = test_modules.contains(&file.file.path);
        }
        Ok(Self { files, rust })
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Files of an extension.
    pub fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.has_extension(extension))
    }
}

/// The root of the repository: as cargo says when it runs the test, so that a copy of the repository can be judged without building it.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.join("../..")
}

/// Where the modules may be that a file declares for tests only.
fn test_modules(rust: &Rust) -> Vec<String> {
    let path = rust.file.path.as_str();
    let is_root = ["lib.rs", "main.rs"].contains(&rust.file.name());
    let modules = rust.outline.module_files.iter().filter(|module| module.is_test);
    modules.flat_map(|module| module.candidates(path, is_root)).collect()
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type();
        if kind.as_ref().is_ok_and(fs::FileType::is_dir) {
            if !MADE.contains(&name.as_str()) {
                collect(&entry.path(), &path, files);
            }
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
}

#[cfg(test)]
pub(crate) mod planted {
    //! Trees with something wrong in them.

    use super::{File, Tree};

    /// A tree of files, each a path and a text.
    pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() });
        Tree::of(files.collect()).unwrap()
    }
}
