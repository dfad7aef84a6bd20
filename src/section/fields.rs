//! Asks a serde type which keys it has, by offering it a deserialiser that only listens.

use std::iter;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

/// The field names of the struct that stands below `path` in the type, as serde knows them; `None` where there is
/// something else than a struct.
pub(super) fn names<C: DeserializeOwned>(path: &[String]) -> Option<&'static [&'static str]> {
    match C::deserialize(Listener { path }) {
        Err(Heard(names)) => names,
        Ok(_) => None,
    }
}

/// Leads the type down the path, then hears which fields it asks for.
struct Listener<'p> {
    path: &'p [String],
}

impl<'p> Listener<'p> {
    /// The next key, and the listener for its value.
    fn step(&self) -> Result<(&'p str, Listener<'p>), Heard> {
        let (key, path) = self.path.split_first().ok_or(Heard(None))?;
        Ok((key, Listener { path }))
    }
}

#[derive(Debug)]
struct Heard(Option<&'static [&'static str]>);

impl std::fmt::Display for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("only the names of the fields were asked for")
    }
}

impl std::error::Error for Heard {}

impl de::Error for Heard {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Heard(None)
    }
}

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Heard;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Heard> {
        Err(Heard(None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Heard> {
        if self.path.is_empty() { Err(Heard(Some(fields))) } else { self.deserialize_map(visitor) }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_map(MapDeserializer::new(iter::once(self.step()?)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_seq(SeqDeserializer::new(iter::once(self.step()?.1)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple tuple_struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_, Heard> for Listener<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
