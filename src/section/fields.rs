//! Asks a serde type which keys it has, by offering it a deserialiser that only listens.

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

/// The field names of a struct, as serde knows them; `None` for a type that is not a struct.
pub(super) fn names<C: DeserializeOwned>() -> Option<&'static [&'static str]> {
    match C::deserialize(Listener) {
        Err(Heard(names)) => names,
        Ok(_) => None,
    }
}

struct Listener;

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

impl<'de> Deserializer<'de> for Listener {
    type Error = Heard;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Heard> {
        Err(Heard(None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Heard> {
        Err(Heard(Some(fields)))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}
