//! Spoils files: their bytes, their words and numbers, their JSON, their tensors.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// Numbers that readers have gone wrong on.
const NUMBERS: [&str; 20] = [
    "0",
    "-1",
    "1",
    "2",
    "-0.0",
    "0.5",
    "1e39",
    "-1e39",
    "1e999",
    "NaN",
    "inf",
    "-inf",
    "255",
    "65536",
    "1000000",
    "2147483648",
    "4294967295",
    "9223372036854775807",
    "18446744073709551615",
    "99999999999999999999999",
];

/// Texts that readers and pages have gone wrong on.
pub const TEXTS: [&str; 16] = [
    "",
    " ",
    "\u{0}",
    "\n",
    "\u{feff}",
    "\u{202e}abc",
    "e\u{301}\u{301}\u{301}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{10ffff}",
    "../../up",
    "=1+1",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "<!--<script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "]]>&lt;\u{2028}",
];

/// A file's content, spoilt. The name tells what it is.
pub fn mutate(random: &mut Random, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..*random.choose(&[1, 1, 1, 2, 4]) {
        bytes = once(random, name, &bytes);
    }
    bytes
}

fn once(random: &mut Random, name: &str, bytes: &[u8]) -> Vec<u8> {
    let way = random.below(10);
    if name.ends_with(".safetensors") && way < 8 {
        return tensors(random, bytes);
    }
    let spoilt = match way {
        0..5 => json_file(random, bytes),
        5..8 => words(random, bytes),
        _ => None,
    };
    spoilt.unwrap_or_else(|| plain(random, bytes))
}

/// Bytes changed, cut, repeated, inserted.
fn plain(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut spoilt = bytes.to_vec();
    let (at, other) = (random.below(bytes.len() + 1), random.below(bytes.len() + 1));
    let range = at.min(other)..at.max(other).min(at.min(other) + 200);
    match random.below(7) {
        0 => spoilt.truncate(at),
        1 => drop(spoilt.drain(range)),
        2 => {
            let part = spoilt[range].repeat(1 + random.below(4));
            spoilt.splice(at..at, part);
        }
        3 => drop(spoilt.splice(at..at, random.choose(&TEXTS).bytes())),
        4 => drop(spoilt.splice(at..at, [0xff, 0xfe, b'"', b'[', b'{', 0])),
        5 => drop(spoilt.splice(at..at, [b'['].repeat(3000))),
        _ if at < spoilt.len() => spoilt[at] ^= 1 << random.below(8),
        _ => spoilt.clear(),
    }
    spoilt
}

/// A number or a word of a text replaced, or a line doubled, dropped or moved.
fn words(random: &mut Random, bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if random.below(4) == 0 {
        return Some(lines(random, text));
    }
    let is_number = random.below(2) == 0;
    let fits = |c: char| match is_number {
        true => c.is_ascii_digit() || c == '.',
        false => c.is_alphabetic() || c == '_',
    };
    let mut places = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        match (fits(c) && at < text.len(), start) {
            (true, None) => start = Some(at),
            (false, Some(begun)) => {
                places.push(begun..at);
                start = None;
            }
            _ => {}
        }
    }
    if places.is_empty() {
        return None;
    }
    let place = random.choose(&places).clone();
    let new = match (is_number, random.below(3)) {
        (true, _) => (*random.choose(&NUMBERS)).to_owned(),
        (false, 0) => long(random),
        (false, 1) => text[random.choose(&places).clone()].to_owned(),
        (false, _) => (*random.choose(&TEXTS)).to_owned(),
    };
    Some([&text[..place.start], &new, &text[place.end..]].concat().into_bytes())
}

fn lines(random: &mut Random, text: &str) -> Vec<u8> {
    let mut lines: Vec<&str> = text.lines().collect();
    let (at, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        _ if lines.is_empty() => {}
        0 => drop(lines.remove(at)),
        1 => lines.insert(other, lines[at]),
        _ => lines.swap(at, other),
    }
    (lines.join("\n") + "\n").into_bytes()
}

fn long(random: &mut Random) -> String {
    random.choose(&["a", "\u{e9}", ") ", "\u{1f600}", "a "]).repeat(*random.choose(&[300, 20_000]))
}

/// One value of a JSON file changed; of JSON lines in one line.
fn json_file(random: &mut Random, bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if let Ok(mut value) = serde_json::from_str(text) {
        json_value(random, &mut value);
        return Some(value.to_string().into_bytes());
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = random.below(lines.len());
    let mut value = serde_json::from_str(lines.get(at)?).ok()?;
    json_value(random, &mut value);
    lines[at] = value.to_string();
    Some((lines.join("\n") + "\n").into_bytes())
}

/// Changes one value somewhere in a tree.
fn json_value(random: &mut Random, value: &mut Value) {
    // Every value is as likely as the others, but of long lists (vocabularies) only the first.
    let mut left = random.below(count(value));
    if let Some(found) = nth(value, &mut left) {
        *found = strange(random, found);
    }
}

fn children(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(list) => list.iter_mut().take(20).collect(),
        Value::Object(object) => object.values_mut().take(40).collect(),
        _ => Vec::new(),
    }
}

fn count(value: &mut Value) -> usize {
    1 + children(value).into_iter().map(count).sum::<usize>()
}

fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    children(value).into_iter().find_map(|child| nth(child, left))
}

/// Something else in a value's place.
fn strange(random: &mut Random, old: &Value) -> Value {
    let text = |random: &mut Random| match random.below(4) {
        0 => long(random),
        _ => (*random.choose(&TEXTS)).to_owned(),
    };
    let other_type = |random: &mut Random| match random.below(7) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!([]),
        3 => json!({}),
        4 => json!([[[[[[]]]]]]),
        5 => json!(text(random)),
        _ => json!(-1),
    };
    if random.below(4) == 0 {
        return other_type(random);
    }
    match old {
        Value::Number(_) => {
            let number = random.choose(&NUMBERS);
            serde_json::from_str(number).unwrap_or_else(|_| json!(i64::MIN))
        }
        Value::String(_) => json!(text(random)),
        Value::Array(list) => Value::Array(other_list(random, list)),
        Value::Object(object) => Value::Object(other_object(random, object)),
        _ => other_type(random),
    }
}

fn other_list(random: &mut Random, list: &[Value]) -> Vec<Value> {
    let mut list = list.to_vec();
    let (at, other) = (random.below(list.len()), random.below(list.len()));
    match random.below(4) {
        _ if list.is_empty() => list.push(json!(0)),
        0 => drop(list.remove(at)),
        1 => list.insert(other, list[at].clone()),
        2 => list.swap(at, other),
        _ => list.truncate(at),
    }
    list
}

fn other_object(random: &mut Random, object: &Map<String, Value>) -> Map<String, Value> {
    let mut object = object.clone();
    let keys: Vec<String> = object.keys().cloned().collect();
    if keys.is_empty() {
        object.insert("a".into(), json!(1));
        return object;
    }
    let (key, other) = (random.choose(&keys), random.choose(&keys));
    let value = object[key].clone();
    match random.below(4) {
        0 => drop(object.remove(key)),
        1 => drop(object.insert(other.clone(), value)),
        2 => drop(object.insert((*random.choose(&TEXTS)).to_owned(), value)),
        _ => drop(object.insert("unknown".into(), value)),
    }
    object
}

/// A safetensors file with a strange header, or strange values.
fn tensors(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let split = |bytes: &[u8]| -> Option<usize> {
        let length = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
        let end = usize::try_from(length).ok()?.checked_add(8)?;
        (end <= bytes.len()).then_some(end)
    };
    let Some(end) = split(bytes) else { return plain(random, bytes) };
    let (header, data) = (&bytes[8..end], &bytes[end..]);
    match random.below(6) {
        0 => {
            let length = *random.choose(&[0, 1, 7, u64::MAX, 1 << 40, 100_000_001, 1 << 20]);
            [&length.to_le_bytes(), header, data].concat()
        }
        1 => {
            let mut data = data.to_vec();
            let value = random.choose(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e38, -1e38]);
            let at = random.below(data.len() / 4) * 4;
            if let Some(place) = data.get_mut(at..at + 4) {
                place.copy_from_slice(&value.to_le_bytes());
            }
            [&bytes[..8], header, &data].concat()
        }
        2 => bytes[..random.below(bytes.len())].to_vec(),
        way => {
            let spoilt = match way {
                3 => words(random, header),
                _ => json_file(random, header),
            };
            let mut header = spoilt.unwrap_or_else(|| plain(random, header));
            header.resize(header.len().next_multiple_of(8), b' ');
            [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
        }
    }
}
