//! What a Rust file declares: functions with their sizes, names, modules, and which lines are tests.

use std::ops::RangeInclusive;

use syn::{spanned::Spanned, visit::Visit};

/// A function with a body.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// From its signature to its closing brace.
    pub lines: RangeInclusive<usize>,
}

impl Function {
    /// How many lines it has.
    pub fn size(&self) -> usize {
        self.lines.end() + 1 - self.lines.start()
    }
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A struct, enum, union, trait or type alias.
    Type,
    /// A module.
    Module,
    /// A named field.
    Field,
    /// Anything else: a function, constant, variant, argument, local.
    Other,
}

/// A name that the file declares.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: String,
    /// What it names.
    pub kind: NameKind,
    /// Its line.
    pub line: usize,
    /// Whether it is declared `pub`.
    pub is_public: bool,
}

/// A module declared without a body: another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// Its name, with the inline modules around it.
    pub name: String,
    /// The path given by an attribute.
    pub path: Option<String>,
    /// Whether only tests have it.
    pub is_test: bool,
}

impl ModuleFile {
    /// Where the file may be, for a module declared in a file, or in a crate root.
    pub fn candidates(&self, declared_in: &str, is_root: bool) -> Vec<String> {
        let (folder, name) = declared_in.rsplit_once('/').unwrap_or(("", declared_in));
        let stem = name.trim_end_matches(".rs");
        let children = if is_root || stem == "mod" { folder.to_owned() } else { format!("{folder}/{stem}") };
        match &self.path {
            Some(path) => vec![normal(&format!("{folder}/{path}"))],
            None => vec![format!("{children}/{}.rs", self.name), format!("{children}/{}/mod.rs", self.name)],
        }
    }
}

/// A path without `.` and `..`.
pub(crate) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What a Rust file declares.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Every function with a body.
    pub functions: Vec<Function>,
    /// Every name declared.
    pub names: Vec<Name>,
    /// Modules declared without a body, with the path given by an attribute.
    pub module_files: Vec<ModuleFile>,
    /// Lines of `#[cfg(test)]` modules and `#[test]` functions.
    pub tests: Vec<RangeInclusive<usize>>,
    /// Lines that index into something, which panics when it is not there.
    pub indexing: Vec<usize>,
    inline_modules: Vec<String>,
}

impl Outline {
    /// The outline of a Rust text; `Err` says why it is none.
    pub(crate) fn of(text: &str) -> Result<Self, String> {
        let file = syn::parse_file(text).map_err(|error| error.to_string())?;
        let mut outline = Self::default();
        outline.visit_file(&file);
        Ok(outline)
    }

    /// Whether a line belongs to a test.
    pub fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// The innermost function around a line.
    pub fn function_at(&self, line: usize) -> Option<&Function> {
        self.functions.iter().filter(|function| function.lines.contains(&line)).min_by_key(|function| function.size())
    }

    fn name(&mut self, ident: &syn::Ident, kind: NameKind, visibility: Option<&syn::Visibility>) {
        let is_public = matches!(visibility, Some(syn::Visibility::Public(_)));
        self.names.push(Name { text: ident.to_string(), kind, line: ident.span().start().line, is_public });
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block, visibility: Option<&syn::Visibility>) {
        self.name(&signature.ident, NameKind::Other, visibility);
        let lines = signature.span().start().line..=body.span().end().line;
        self.functions.push(Function { name: signature.ident.to_string(), lines });
    }

    fn note_tests(&mut self, attributes: &[syn::Attribute], item: &impl Spanned) {
        if attributes.iter().any(is_test_attribute) {
            let span = item.span();
            self.tests.push(span.start().line..=span.end().line);
        }
    }
}

fn is_test_attribute(attribute: &syn::Attribute) -> bool {
    let path = attribute.path();
    if path.is_ident("cfg") {
        return attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"));
    }
    path.segments.last().is_some_and(|segment| segment.ident == "test")
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &pair.value else { return None };
    Some(path.value())
}

impl<'ast> Visit<'ast> for Outline {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note_tests(&item.attrs, item);
        self.function(&item.sig, &item.block, Some(&item.vis));
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block, Some(&item.vis));
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        match &item.default {
            Some(body) => self.function(&item.sig, body, None),
            None => self.name(&item.sig.ident, NameKind::Other, None),
        }
        syn::visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.note_tests(&item.attrs, item);
        self.name(&item.ident, NameKind::Module, Some(&item.vis));
        if item.content.is_some() {
            self.inline_modules.push(item.ident.to_string());
            syn::visit::visit_item_mod(self, item);
            self.inline_modules.pop();
        } else {
            let own = item.ident.to_string();
            let path: Vec<&str> = self.inline_modules.iter().chain([&own]).map(String::as_str).collect();
            let name = path.join("/");
            let is_test = item.attrs.iter().any(is_test_attribute);
            self.module_files.push(ModuleFile { name, path: path_attribute(&item.attrs), is_test });
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.name(&item.ident, NameKind::Type, Some(&item.vis));
        syn::visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.name(&item.ident, NameKind::Type, Some(&item.vis));
        syn::visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.name(&item.ident, NameKind::Type, Some(&item.vis));
        syn::visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.name(&item.ident, NameKind::Type, Some(&item.vis));
        syn::visit::visit_item_type(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.name(&item.ident, NameKind::Other, Some(&item.vis));
        syn::visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.name(&item.ident, NameKind::Other, Some(&item.vis));
        syn::visit::visit_item_static(self, item);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.name(&variant.ident, NameKind::Other, None);
        syn::visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if let Some(ident) = &field.ident {
            self.name(ident, NameKind::Field, Some(&field.vis));
        }
        syn::visit::visit_field(self, field);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.name(&pattern.ident, NameKind::Other, None);
        syn::visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_index(&mut self, index: &'ast syn::ExprIndex) {
        let is_whole = matches!(&*index.index, syn::Expr::Range(range) if range.start.is_none() && range.end.is_none());
        if !is_whole {
            self.indexing.push(index.span().start().line);
        }
        syn::visit::visit_expr_index(self, index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_knows_functions_tests_and_module_files() {
        let text =
            "mod one;\nmod two { mod three; }\nfn four() {\n}\n#[cfg(test)]\nmod tests {\n fn five() { a[0]; }\n}\n";
        let outline = Outline::of(text).unwrap();
        let names: Vec<&str> = outline.module_files.iter().map(|module| module.name.as_str()).collect();
        assert_eq!(names, ["one", "two/three"]);
        assert_eq!(outline.function_at(4).map(Function::size), Some(2));
        assert!(outline.is_test(7) && !outline.is_test(3));
        assert_eq!(outline.indexing, [7]);
    }
}
