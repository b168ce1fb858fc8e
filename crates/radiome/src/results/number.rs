//! Numbers in JSON, which has no word for NaN and infinity: NaN is `null`, infinities are `"Inf"`
//! and `"-Inf"`. Each module here is for one shape of field: `#[serde(with = "number::list")]`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number as JSON holds it.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_finite() => writer.serialize_f64(value),
            value if value.is_nan() => writer.serialize_unit(),
            value if value > 0.0 => writer.serialize_str("Inf"),
            _ => writer.serialize_str("-Inf"),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Finite(f64),
            Word(String),
            Null(()),
        }
        match Written::deserialize(reader)? {
            Written::Finite(value) => Ok(Self(value)),
            Written::Null(()) => Ok(Self(f64::NAN)),
            Written::Word(word) => match word.as_str() {
                "Inf" => Ok(Self(f64::INFINITY)),
                "-Inf" => Ok(Self(f64::NEG_INFINITY)),
                _ => Err(D::Error::custom(format!(
                    "\"{word}\" is no number; \"Inf\" and \"-Inf\" are"
                ))),
            },
        }
    }
}

/// Writes and reads an `f64`.
pub(super) fn serialize<S: Serializer>(value: &f64, writer: S) -> Result<S::Ok, S::Error> {
    Number(*value).serialize(writer)
}

/// See [`serialize`].
pub(super) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<f64, D::Error> {
    Number::deserialize(reader).map(|number| number.0)
}

/// An `Option<f64>`; `None` and NaN are both `null` and read back as `None`.
pub(super) mod option {
    use super::{Deserialize, Deserializer, Number, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        value: &Option<f64>,
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Number).serialize(writer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Option<f64>, D::Error> {
        let read = Option::<Number>::deserialize(reader)?;
        Ok(read.map(|number| number.0))
    }
}

/// A pair of `Option<f64>`, as the limits of an interval.
pub(super) mod limits {
    use super::{Deserialize, Deserializer, Number, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        limits: &[Option<f64>; 2],
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        limits.map(|limit| limit.map(Number)).serialize(writer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<[Option<f64>; 2], D::Error> {
        let read = <[Option<Number>; 2]>::deserialize(reader)?;
        Ok(read.map(|limit| limit.map(|number| number.0)))
    }
}

/// A `Vec<f64>`.
pub(super) mod list {
    use super::{Deserialize, Deserializer, Number, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        values: &[f64],
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        writer.collect_seq(values.iter().map(|&value| Number(value)))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Vec<f64>, D::Error> {
        let read = Vec::<Number>::deserialize(reader)?;
        Ok(read.into_iter().map(|number| number.0).collect())
    }
}

/// A `Vec<[f64; 2]>`: the points of a curve.
pub(super) mod points {
    use super::{Deserialize, Deserializer, Number, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        points: &[[f64; 2]],
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        writer.collect_seq(points.iter().map(|point| point.map(Number)))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Vec<[f64; 2]>, D::Error> {
        let read = Vec::<[Number; 2]>::deserialize(reader)?;
        let points = read.into_iter().map(|point| point.map(|number| number.0));
        Ok(points.collect())
    }
}

/// An `IndexMap<String, f64>`.
pub(super) mod map {
    use indexmap::IndexMap;

    use super::{Deserialize, Deserializer, Number, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        map: &IndexMap<String, f64>,
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        writer.collect_map(map.iter().map(|(name, &value)| (name, Number(value))))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<IndexMap<String, f64>, D::Error> {
        let read = IndexMap::<String, Number>::deserialize(reader)?;
        let values = read.into_iter().map(|(name, number)| (name, number.0));
        Ok(values.collect())
    }
}

/// An `IndexMap<String, Vec<f64>>`.
pub(super) mod lists {
    use indexmap::IndexMap;

    use super::{Deserialize, Deserializer, Number, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        lists: &IndexMap<String, Vec<f64>>,
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        let numbers =
            |list: &Vec<f64>| -> Vec<Number> { list.iter().map(|&value| Number(value)).collect() };
        writer.collect_map(lists.iter().map(|(name, list)| (name, numbers(list))))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<IndexMap<String, Vec<f64>>, D::Error> {
        let read = IndexMap::<String, Vec<Number>>::deserialize(reader)?;
        let list = |list: Vec<Number>| list.into_iter().map(|number| number.0).collect();
        Ok(read
            .into_iter()
            .map(|(name, numbers)| (name, list(numbers)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    #[derive(Serialize, Deserialize)]
    struct Shapes {
        #[serde(with = "super")]
        one: f64,
        #[serde(with = "super::option")]
        perhaps: Option<f64>,
        #[serde(with = "super::limits")]
        ci: [Option<f64>; 2],
        #[serde(with = "super::list")]
        list: Vec<f64>,
        #[serde(with = "super::points")]
        points: Vec<[f64; 2]>,
        #[serde(with = "super::map")]
        map: IndexMap<String, f64>,
        #[serde(with = "super::lists")]
        lists: IndexMap<String, Vec<f64>>,
    }

    #[test]
    fn what_is_not_finite_reads_back() {
        let (inf, minus) = (f64::INFINITY, f64::NEG_INFINITY);
        let shapes = Shapes {
            one: inf,
            perhaps: Some(minus),
            ci: [None, Some(inf)],
            list: vec![0.1 + 0.2, f64::NAN, minus, 1e-300],
            points: vec![[1.0, inf], [f64::NAN, 2.5]],
            map: [("a".to_owned(), inf)].into_iter().collect(),
            lists: [("b".to_owned(), vec![f64::NAN, minus])]
                .into_iter()
                .collect(),
        };
        let text = serde_json::to_string(&shapes).unwrap();
        assert_eq!(
            text,
            r#"{"one":"Inf","perhaps":"-Inf","ci":[null,"Inf"],"list":[0.30000000000000004,null,"-Inf",1e-300],"points":[[1.0,"Inf"],[null,2.5]],"map":{"a":"Inf"},"lists":{"b":[null,"-Inf"]}}"#
        );
        let back: Shapes = serde_json::from_str(&text).unwrap();
        assert_eq!((back.one, back.perhaps), (inf, Some(minus)));
        assert_eq!(back.ci, [None, Some(inf)]);
        assert_eq!(
            back.list[0].to_bits(),
            0.300_000_000_000_000_04_f64.to_bits()
        );
        assert!(back.list[1].is_nan() && back.points[1][0].is_nan());
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }

    #[test]
    fn a_word_that_is_no_number_is_refused() {
        let error = serde_json::from_str::<Number>("\"Infinity\"")
            .err()
            .unwrap();
        assert!(error.to_string().contains("Infinity"), "{error}");
        // An integer is a number.
        assert_eq!(serde_json::from_str::<Number>("3").unwrap().0, 3.0);
    }
}
