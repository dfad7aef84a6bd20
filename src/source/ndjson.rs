//! Reads one JSON object a line.

use serde::de::IgnoredAny;

use super::field::Field;
use super::file::decode;
use super::rows::{Part, Rows};
use crate::schema::Encoding;

/// Reads the lines of a part of a file. Blank lines are passed over, and keys that no field asks for.
pub(super) fn read(bytes: &[u8], encoding: Encoding, fields: &[Field], keep_rejects: bool) -> Part {
    let mut rest = bytes;
    let keys = Keys::of(fields);
    let mut found = vec![None; fields.len()];
    let mut number = 0;
    let lines = memchr::memchr_iter(b'\n', bytes).count();
    let mut rows = Rows::new(fields, keep_rejects, lines + 1);
    while !rest.is_empty() && !rows.is_over() {
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(length);
        rest = after;
        let line = line.trim_ascii();
        number += 1;
        if line.is_empty() {
            continue;
        }
        let Some(text) = decode(line, encoding) else {
            let reason = "is not UTF-8; say `encoding = \"latin-1\"` if the file is written so";
            rows.skip(number, &String::from_utf8_lossy(line), reason);
            continue;
        };
        if let Err(error) = serde_json::from_str::<IgnoredAny>(&text) {
            // The position within the line stands at the end of serde's text, after the line, which is always 1.
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            rows.skip(number, &text, format!("is not JSON: {what} at character {}", error.column()));
            continue;
        }
        if !text.starts_with('{') {
            rows.skip(number, &text, "is not a JSON object");
            continue;
        }
        found.fill(None);
        Scanner { text: &text, at: 0 }.object(&keys, &mut found);
        rows.push(number, |index, field, values| {
            let value = found[index].map(|(start, end)| &text[start..end]);
            let shown = || value.filter(|value| *value != "null").map(str::to_owned);
            field.json(value, values).map_err(|reason| (shown(), reason))
        });
    }
    rows.finish(lines as u64)
}

/// The keys that are read, level by level.
#[derive(Default)]
struct Keys {
    fields: Vec<(&'static str, usize)>,
    objects: Vec<(&'static str, Keys)>,
}

impl Keys {
    fn of(fields: &[Field]) -> Keys {
        let mut keys = Keys::default();
        for (index, field) in fields.iter().enumerate() {
            if let Some(path) = field.name {
                keys.add(path, index);
            }
        }
        keys
    }

    fn add(&mut self, path: &'static str, index: usize) {
        let Some((first, rest)) = path.split_once('.') else {
            self.fields.push((path, index));
            return;
        };
        let known = self.objects.iter().position(|(key, _)| *key == first);
        let known = known.unwrap_or_else(|| {
            self.objects.push((first, Keys::default()));
            self.objects.len() - 1
        });
        self.objects[known].1.add(rest, index);
    }
}

/// Walks over an object that is known to be JSON, and finds the values in it that are wanted.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn object(&mut self, keys: &Keys, found: &mut [Option<(usize, usize)>]) {
        self.at += 1;
        loop {
            self.blank();
            match self.peek() {
                b'}' => break,
                b',' => self.at += 1,
                _ => self.member(keys, found),
            }
        }
        self.at += 1;
    }

    fn member(&mut self, keys: &Keys, found: &mut [Option<(usize, usize)>]) {
        let (start, end) = self.value();
        let quoted = &self.text[start..end];
        self.blank();
        self.at += 1;
        self.blank();
        let unescaped;
        let key = if quoted.contains('\\') {
            unescaped = serde_json::from_str::<String>(quoted).unwrap_or_default();
            unescaped.as_str()
        } else {
            &quoted[1..quoted.len() - 1]
        };
        let inner = keys.objects.iter().find(|(name, _)| *name == key);
        if let (Some((_, inner)), b'{') = (inner, self.peek()) {
            self.object(inner, found);
            return;
        }
        let value = self.value();
        for (_, index) in keys.fields.iter().filter(|(name, _)| *name == key) {
            found[*index] = Some(value);
        }
    }

    /// Where the next value begins and ends.
    fn value(&mut self) -> (usize, usize) {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                _ if depth > 0 => self.at += 1,
                _ => self.word(),
            }
            if depth == 0 {
                return (start, self.at);
            }
        }
    }

    fn string(&mut self) {
        self.at += 1;
        loop {
            match self.peek() {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) {
        while !matches!(self.peek(), b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn blank(&mut self) {
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    /// The next byte; within an object there always is one.
    fn peek(&self) -> u8 {
        self.text.as_bytes()[self.at]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            r#"[ab"{}\[\],:\\]{0,6}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                object(inner).prop_map(Value::from),
            ]
        })
    }

    fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = serde_json::Map<String, Value>> {
        let key = prop_oneof![4 => "[a-d]", 1 => any::<String>(), 1 => r#"[a"{}\\:]{1,3}"#];
        proptest::collection::vec((key, value), 0..5).prop_map(|members| members.into_iter().collect())
    }

    /// The value as JSON text with blanks wherever they may be, and keys in the longest way to write them.
    fn write(value: &Value, blank: &str, escaped: bool) -> String {
        let key = |key: &str| match escaped {
            true => format!("\"{}\"", key.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>()),
            false => Value::from(key).to_string(),
        };
        let join = |items: Vec<String>| items.join(&format!("{blank},{blank}"));
        match value {
            Value::Array(items) => {
                let items = items.iter().map(|item| write(item, blank, escaped)).collect();
                format!("[{blank}{}{blank}]", join(items))
            }
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| {
                    format!("{}{blank}:{blank}{}", key(name), write(value, blank, escaped))
                };
                format!("{{{blank}{}{blank}}}", join(members.iter().map(member).collect()))
            }
            leaf => leaf.to_string(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn every_value_is_found_where_serde_finds_it(
            members in object(any_value()),
            blank in prop_oneof![Just(""), Just(" "), Just(" \t")],
            escaped in any::<bool>(),
        ) {
            let paths: [&[&str]; 4] = [&["a"], &["b", "c"], &["b", "d", "a"], &["d"]];
            let mut keys = Keys::default();
            for (index, path) in ["a", "b.c", "b.d.a", "d"].into_iter().enumerate() {
                keys.add(path, index);
            }
            let text = write(&Value::Object(members), blank, escaped);
            let whole: Value = serde_json::from_str(&text).unwrap();
            let mut found = vec![None; paths.len()];

            Scanner { text: &text, at: 0 }.object(&keys, &mut found);

            for (path, found) in paths.into_iter().zip(found) {
                let expected = path.iter().try_fold(&whole, |value, key| value.get(key));
                let found = found.map(|(start, end)| serde_json::from_str::<Value>(&text[start..end]).unwrap());
                prop_assert_eq!(found.as_ref(), expected, "{:?} in {}", path, text);
            }
        }
    }
}
