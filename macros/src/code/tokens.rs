//! What counts of a Rust file, and which other files it names.
//!
//! White space, comments and doc texts do not count, nor do items under `#[cfg(test)]`, what `#[task(…)]` says beside the
//! name, and groups and chains. Where it is not certain that something does not count, it counts: that runs a task once
//! too often, and the opposite would leave one undone.

use super::lex::{Kind, Token, tokens};

/// Keys of `#[task(…)]` that are no code. (`version` stands in for the code, where there is one.)
const NO_CODE: &[&str] = &["tags", "version", "retries", "timeout", "backoff"];

/// A Rust file, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    /// What counts of it.
    pub(super) code: Vec<u8>,
    /// Whether all of it is under `#![cfg(test)]`.
    pub(super) test_only: bool,
    /// The files it names.
    pub(super) mentions: Vec<Mention>,
    /// The modules that it has for tests only.
    pub(super) tests: Vec<TestModule>,
}

/// Another file, as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    /// `mod name;`, inside of these modules of the file.
    Module { inside: Vec<String>, name: String },
    /// `#[path = "…"] mod name;`.
    Path { inside: Vec<String>, path: String },
    /// `include!`, which brings Rust, or `include_str!` and `include_bytes!`, which do not.
    Include { from: From, path: String, rust: bool },
}

/// Where the path of an included file begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// In the folder of the file that includes it.
    Here,
    /// `env!("CARGO_MANIFEST_DIR")`.
    Package,
    /// `env!("OUT_DIR")`.
    OutDir,
}

/// `#[cfg(test)] mod name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TestModule {
    pub(super) inside: Vec<String>,
    pub(super) name: String,
    /// What `#[path = "…"]` says.
    pub(super) path: Option<String>,
    /// Whether it has a file of its own.
    pub(super) has_file: bool,
}

/// Reads a file; `None` if it is not Rust.
pub(super) fn scan(text: &str) -> Option<Scanned> {
    // The compiler reads line ends as one character too, so that a text is the same on every system.
    let text = text.replace("\r\n", "\n");
    let tokens = tokens(&text)?;
    let found = Scanned { test_only: is_test_only(&tokens), ..Scanned::default() };
    let mut scan = Scan { tokens: &tokens, found, inside: Vec::new() };
    scan.all();
    Some(scan.found)
}

struct Scan<'s, 't> {
    tokens: &'s [Token<'t>],
    found: Scanned,
    /// The modules around the present token, each with the place of its closing bracket.
    inside: Vec<(&'t str, usize)>,
}

impl<'s, 't> Scan<'s, 't> {
    fn all(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            self.inside.pop_if(|(_, end)| *end < at);
            at = self.next(at);
        }
    }

    /// Takes what stands here; returns where to go on.
    fn next(&mut self, at: usize) -> usize {
        if let Some(content) = self.attribute(at) {
            return self.attributed(at, content);
        }
        if inner_attribute(self.tokens, at).is_some_and(is_doc) {
            return self.tokens[at + 2].end + 1;
        }
        if let Some(end) = self.composition(at) {
            return end;
        }
        self.include(at);
        if let Some((name, behind)) = self.module(at) {
            if self.is(behind, ";") {
                let module = Mention::Module { inside: self.inside(), name: name.to_owned() };
                self.found.mentions.push(module);
            } else {
                self.inside.push((name, self.tokens[behind].end));
            }
        }
        self.keep(at);
        at + 1
    }

    fn keep(&mut self, at: usize) {
        self.keep_text(self.tokens[at].text);
    }

    /// The length in front tells `a b` from `ab`.
    fn keep_text(&mut self, text: &str) {
        self.found.code.extend((text.len() as u64).to_le_bytes());
        self.found.code.extend(text.as_bytes());
    }

    fn is(&self, at: usize, text: &str) -> bool {
        // A text never begins like a word or a mark, so that its token needs no look at its kind.
        self.tokens.get(at).is_some_and(|token| token.text == text)
    }

    fn word(&self, at: usize) -> Option<&'t str> {
        self.tokens.get(at).filter(|token| token.kind == Kind::Word).map(|token| token.text)
    }

    fn inside(&self) -> Vec<String> {
        self.inside.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    /// What stands between the brackets, where an attribute begins here.
    fn attribute(&self, at: usize) -> Option<&'s [Token<'t>]> {
        let begins = self.is(at, "#") && self.is(at + 1, "[");
        begins.then(|| &self.tokens[at + 2..self.tokens[at + 1].end])
    }

    /// Takes an attribute, and the item behind it where that is for tests only.
    fn attributed(&mut self, at: usize, content: &'s [Token<'t>]) -> usize {
        let mut behind = at;
        let (mut for_tests, mut path) = (false, None);
        while let Some(content) = self.attribute(behind) {
            for_tests |= is_cfg_test(content);
            path = path.or_else(|| path_in(content));
            behind = self.tokens[behind + 1].end + 1;
        }
        let module = self.module(self.behind_visibility(behind));
        if for_tests
            && self.items_stand_at(at)
            && let Some(end) = self.item_end(behind)
        {
            if let Some((name, behind)) = module {
                let (inside, name) = (self.inside(), name.to_owned());
                let has_file = self.is(behind, ";");
                self.found.tests.push(TestModule { inside, name, path, has_file });
            }
            return end;
        }
        if let (Some(path), Some(_)) = (path, module) {
            let path = Mention::Path { inside: self.inside(), path };
            self.found.mentions.push(path);
        }
        if is_doc(content) {
            return self.tokens[at + 1].end + 1;
        }
        if let Some(end) = self.task(at, content) {
            return end;
        }
        self.keep(at);
        at + 1
    }

    /// Takes `#[task(…)]`, apart from what is no code.
    fn task(&mut self, at: usize, content: &[Token<'t>]) -> Option<usize> {
        let path = content.iter().take_while(|token| token.kind != Kind::Open).map(|token| token.text);
        let path: String = path.collect();
        if !matches!(path.as_str(), "task" | "purvey::task" | "::purvey::task") {
            return None;
        }
        let end = self.tokens[at + 1].end;
        self.keep_text("#[task]");
        let mut argument = (at..end).find(|at| self.is(*at, "(")).map_or(end, |open| open + 1);
        while argument < end {
            let mut next = argument;
            while next < end && !self.is(next, ",") && self.tokens[next].kind != Kind::Close {
                next = self.tokens[next].end + 1;
            }
            if !self.word(argument).is_some_and(|key| NO_CODE.contains(&key)) {
                (argument..next).for_each(|at| self.keep(at));
            }
            argument = next + 1;
        }
        Some(end + 1)
    }

    /// The name of the module that begins here, and the place behind it: `;` or `{`.
    fn module(&self, at: usize) -> Option<(&'t str, usize)> {
        let name = self.word(at + 1).filter(|_| self.is(at, "mod"))?;
        (self.is(at + 2, ";") || self.is(at + 2, "{")).then_some((name, at + 2))
    }

    fn behind_visibility(&self, at: usize) -> usize {
        match (self.is(at, "pub"), self.is(at + 1, "(")) {
            (true, true) => self.tokens[at + 1].end + 1,
            (true, false) => at + 1,
            _ => at,
        }
    }

    /// Whether items can stand here, and not only parameters, fields or elements.
    fn items_stand_at(&self, at: usize) -> bool {
        at.checked_sub(1).is_none_or(|before| matches!(self.tokens[before].text, ";" | "{" | "}" | "]"))
    }

    /// Where the item ends that begins here; `None` if it is none, such as a field or an arm of a `match`.
    fn item_end(&self, at: usize) -> Option<usize> {
        let at = self.behind_visibility(at);
        let next = self.word(at + 1);
        match self.word(at)? {
            "fn" | "mod" | "trait" | "enum" | "struct" | "union" => next.and_then(|_| self.end_of_body(at)),
            "impl" => self.end_of_body(at),
            "use" => self.end_of_line(at),
            "static" | "type" => next.and_then(|_| self.end_of_line(at)),
            "const" if !matches!(next?, "fn" | "unsafe" | "async" | "extern") => self.end_of_line(at),
            "extern" if next == Some("crate") => self.end_of_line(at),
            "extern" => {
                let named = self.tokens.get(at + 1).is_some_and(|token| token.kind == Kind::Text);
                let behind = if named { at + 2 } else { at + 1 };
                if self.is(behind, "{") { Some(self.tokens[behind].end + 1) } else { self.item_end(behind) }
            }
            "const" | "unsafe" | "async" | "default" | "auto" | "safe" => self.item_end(at + 1),
            "macro_rules" => self.end_of_body(at),
            _ => self.end_of_call(at),
        }
    }

    /// Behind `name! { … }` or `name!(…);`.
    fn end_of_call(&self, mut at: usize) -> Option<usize> {
        while self.is(at + 1, "::") {
            at += 2;
        }
        let open = self.tokens.get(at + 2).filter(|_| self.is(at + 1, "!"))?;
        let behind = open.end + 1;
        match open.text {
            "{" => Some(behind),
            _ => self.is(behind, ";").then_some(behind + 1),
        }
    }

    fn end_of_line(&self, at: usize) -> Option<usize> {
        self.end(at, |_| false)
    }

    fn end_of_body(&self, at: usize) -> Option<usize> {
        self.end(at, |text| text == "{")
    }

    /// Behind the next `;`, or the next group with this bracket, as long as it is in the same group.
    fn end(&self, mut at: usize, bracket: impl Fn(&str) -> bool) -> Option<usize> {
        loop {
            let token = self.tokens.get(at).filter(|token| token.kind != Kind::Close)?;
            at = token.end + 1;
            if token.text == ";" || bracket(token.text) {
                return Some(at);
            }
        }
    }

    /// The end of `tasks![…]`, `group!(…)` or `chain!(…)`, where one begins here. Other crates have macros of these names
    /// too, but not with such contents.
    fn composition(&self, at: usize) -> Option<usize> {
        let open = at + 2;
        let named = matches!(self.word(at)?, "tasks" | "group" | "chain");
        if !named || !self.is(at + 1, "!") || self.tokens.get(open)?.kind != Kind::Open {
            return None;
        }
        let foreign = at > 0 && self.is(at - 1, "::") && !(at > 1 && self.is(at - 2, "purvey"));
        let end = self.tokens[open].end;
        let content = &self.tokens[open + 1..end];
        let members = match content {
            _ if self.is(at, "tasks") => content,
            [name, colon, list, members @ .., _]
                if name.kind == Kind::Text && colon.text == ":" && list.text == "[" && list.end == end - 1 =>
            {
                members
            }
            _ => return None,
        };
        let name = |text: &str| text.starts_with(|first: char| first == '_' || first.is_alphabetic());
        let paths = members.iter().all(|token| match token.kind {
            Kind::Word => name(token.text),
            _ => matches!(token.text, "::" | ","),
        });
        (paths && !foreign).then_some(end + 1)
    }

    fn include(&mut self, at: usize) {
        let rust = match self.word(at) {
            Some("include") => true,
            Some("include_str" | "include_bytes") => false,
            _ => return,
        };
        let Some(open) = self.tokens.get(at + 2).filter(|open| self.is(at + 1, "!") && open.kind == Kind::Open) else {
            return;
        };
        let included = included(&self.tokens[at + 3..open.end]);
        self.found.mentions.extend(included.map(|(from, path)| Mention::Include { from, path, rust }));
    }
}

/// What stands between the brackets, where an attribute of the surrounding module begins here.
fn inner_attribute<'s, 't>(tokens: &'s [Token<'t>], at: usize) -> Option<&'s [Token<'t>]> {
    match tokens.get(at..)? {
        [hash, not, open, ..] if (hash.text, not.text, open.text) == ("#", "!", "[") => Some(&tokens[at + 3..open.end]),
        _ => None,
    }
}

/// Whether `#![cfg(test)]` is among the attributes at the top.
fn is_test_only(tokens: &[Token<'_>]) -> bool {
    let mut at = 0;
    while let Some(content) = inner_attribute(tokens, at) {
        if is_cfg_test(content) {
            return true;
        }
        at = tokens[at + 2].end + 1;
    }
    false
}

/// The file of an `include!` with such contents.
fn included(content: &[Token<'_>]) -> Option<(From, String)> {
    let content = match content {
        [content @ .., comma] if comma.text == "," => content,
        content => content,
    };
    if let [path] = content {
        return Some((From::Here, literal(path)?));
    }
    let texts: Vec<&str> = content.iter().map(|token| token.text).collect();
    let ["concat", "!", "(" | "[" | "{", "env", "!", "(" | "[" | "{", variable, _, rest @ ..] = texts.as_slice() else {
        return None;
    };
    let from = match *variable {
        "\"CARGO_MANIFEST_DIR\"" => From::Package,
        "\"OUT_DIR\"" => From::OutDir,
        _ => return None,
    };
    // Behind the variable come commas and texts, and the closing bracket.
    let pieces = &content[content.len() - rest.len()..content.len() - 1];
    let pieces = pieces.iter().filter(|piece| piece.text != ",").map(literal);
    let path: String = pieces.collect::<Option<Vec<_>>>()?.concat();
    Some((from, path.trim_start_matches(['/', '\\']).to_owned()))
}

fn literal(token: &Token<'_>) -> Option<String> {
    let text = (token.kind == Kind::Text).then_some(token.text)?;
    syn::parse_str::<syn::LitStr>(text).ok().map(|literal| literal.value())
}

fn is_cfg_test(content: &[Token<'_>]) -> bool {
    content.iter().map(|token| token.text).eq(["cfg", "(", "test", ")"])
}

fn is_doc(content: &[Token<'_>]) -> bool {
    content.first().is_some_and(|first| first.text == "doc")
}

/// What `path = "…"` says in an attribute, also inside of `cfg_attr(…)`.
fn path_in(content: &[Token<'_>]) -> Option<String> {
    content.windows(3).find_map(|three| match three {
        [key, equals, path] if key.text == "path" && equals.text == "=" => literal(path),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
