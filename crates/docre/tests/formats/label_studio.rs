//! Files of Label Studio.

use super::*;

#[test]
fn label_studio_relations_have_directions() {
    let place = Place::new();
    let path = place.write("export.json", json!([task()]).to_string());
    let (document, left_out) = single(&path);
    assert_eq!(document.title, "task 7");
    assert_eq!(names(&document), [vec!["Ann", "Ann"], vec!["Bo"]]);
    assert_eq!(facts(&document), [(1, "knows", 0), (0, "met", 1), (1, "met", 0)]);
    let expected =
        [Omission::FurtherAnnotation, Omission::SkippedAnnotation, Omission::OtherAnnotation];
    assert_eq!(lost(&left_out), expected.map(|loss| (loss, 1)));
}

#[test]
fn label_studio_offsets_may_count_utf16_units() {
    let place = Place::new();
    let mut task = task();
    task["data"]["text"] = "😀 Ann met Bo. Ann left.".into();
    let shift = |task: &mut Value, by: u64| {
        for item in task["annotations"][1]["result"].as_array_mut().unwrap() {
            for key in ["start", "end"] {
                if let Some(offset) = item["value"][key].as_u64() {
                    item["value"][key] = (offset + by).into();
                }
            }
        }
    };
    // 2 characters, or 3 units, in front.
    for by in [2, 1] {
        shift(&mut task, by);
        let path = place.write("export.json", json!([task]).to_string());
        assert_eq!(names(&single(&path).0), [vec!["Ann", "Ann"], vec!["Bo"]]);
    }
    shift(&mut task, 1);
    let path = place.write("export.json", json!([task]).to_string());
    let error = corpus::read_all(&path).unwrap_err().to_string();
    assert!(error.contains("document 0 \"task 7\", mention a: is \"Ann\""), "{error}");
    assert!(error.contains("the text has \"nn \" from character 4 to 7"), "{error}");
}
