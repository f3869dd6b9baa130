//! The entity pairs that a model is trained and scored on.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::document::TypePairs;

/// The entity pairs that a model is trained and scored on: `"all"`, `"labelled"`, `"learned"`, or
/// `{ types = [["Chemical", "Disease"]] }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pairs {
    /// All of them; those that the data says nothing of count as without relation.
    #[default]
    All,
    /// Those that were labelled, which only DialogRE tells.
    Labelled,
    /// Those of entity types between which the training file has a fact.
    Learned,
    /// Those of these types of head and tail.
    Types(TypePairs),
}

impl Pairs {
    pub(super) fn are_all(&self) -> bool {
        *self == Self::All
    }
}

/// What a recipe may say.
const EXPECTED: &str =
    "\"all\", \"labelled\", \"learned\" or { types = [[\"Chemical\", \"Disease\"]] }";

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => output.serialize_str("all"),
            Self::Labelled => output.serialize_str("labelled"),
            Self::Learned => output.serialize_str("learned"),
            Self::Types(types) => {
                let mut map = output.serialize_map(Some(1))?;
                map.serialize_entry("types", types)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Pairs, E> {
                match name {
                    "all" => Ok(Pairs::All),
                    "labelled" => Ok(Pairs::Labelled),
                    "learned" => Ok(Pairs::Learned),
                    _ => Err(E::invalid_value(de::Unexpected::Str(name), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let Some(key) = map.next_key::<String>()? else {
                    return Err(de::Error::custom(format!("expected {EXPECTED}")));
                };
                let pairs = match key.as_str() {
                    "types" => Pairs::Types(map.next_value()?),
                    "learned" if map.next_value::<bool>()? => Pairs::Learned,
                    "learned" => Pairs::All,
                    _ => return Err(de::Error::unknown_field(&key, &["types", "learned"])),
                };
                match map.next_key::<String>()? {
                    None => Ok(pairs),
                    Some(_) => {
                        Err(de::Error::custom(format!("give one key alone: expected {EXPECTED}")))
                    }
                }
            }
        }

        input.deserialize_any(PairsVisitor)
    }
}
